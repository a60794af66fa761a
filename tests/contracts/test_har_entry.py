"""The one builder of HAR entries: what HAR demands is there, and nothing is made up."""

from __future__ import annotations

import subprocess
import sys

import miragic_contracts.har
import pytest
from miragic_contracts.har import har_entry, har_request, har_response


def test_an_entry_of_which_little_is_known() -> None:
    """What nobody knows is -1, an empty list or an empty text, as HAR 1.2 has it."""
    entry = har_entry(
        started_at_s=1_767_265_200.0844,
        took_ms=12.5,
        request=har_request("GET", "http://mock/jobs/1?a=1&b="),
        response=har_response(0, content={"size": -1, "mimeType": "x-unknown"}, body_size=-1),
        own_facts={"number": 7},
    )
    assert entry == {
        "startedDateTime": "2026-01-01T11:00:00.084+00:00",
        "time": 12.5,
        "request": {
            "method": "GET",
            "url": "http://mock/jobs/1?a=1&b=",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [],
            "queryString": [{"name": "a", "value": "1"}, {"name": "b", "value": ""}],
            "headersSize": -1,
            "bodySize": -1,
        },
        "response": {
            "status": 0,
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [],
            "content": {"size": -1, "mimeType": "x-unknown"},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
        },
        "cache": {},
        "timings": {"send": 0, "wait": 12.5, "receive": 0},
        "_miragic": {"number": 7},
    }


def test_an_entry_of_which_all_is_known() -> None:
    """What is known stands where HAR has a place for it, and a comment at the end."""
    post = {"mimeType": "multipart/form-data", "params": [], "text": ""}
    entry = har_entry(
        started_at_s=0.0,
        took_ms=0.0,
        request=har_request("POST", "http://mock/", headers=[("A", "1")], body_size=3, post_data=post),
        response=har_response(
            302,
            phrase="Found",
            headers=[("Location", "/x")],
            redirect_url="/x",
            content={"size": 2, "mimeType": "text/plain", "text": "hi"},
            body_size=2,
        ),
        own_facts={},
        comment="by hand",
    )
    request, response = entry["request"], entry["response"]
    assert list(entry)[-1] == "comment"
    assert (request["headers"], request["bodySize"]) == ([{"name": "A", "value": "1"}], 3)
    assert request["postData"] == post
    assert (response["status"], response["statusText"], response["redirectURL"]) == (302, "Found", "/x")
    assert response["headers"] == [{"name": "Location", "value": "/x"}]


def test_the_builder_loads_no_validator() -> None:
    """Writing entries costs no more than the standard library, also by way of the package."""
    program = (
        "import sys\n"
        "from miragic_contracts.har import har_entry\n"
        "assert har_entry.__module__ == 'miragic_contracts.har.entry'\n"
        "print(sorted(name for name in sys.modules if 'jsonschema' in name or 'yaml' in name))\n"
        "print(sorted(name for name in sys.modules if name.startswith('miragic_contracts')))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    ours = ["miragic_contracts", "miragic_contracts.har", "miragic_contracts.har.entry"]
    assert done.stdout.splitlines() == ["[]", str(ours)]


def test_the_package_has_no_other_names() -> None:
    """A name that the package does not have is an AttributeError, as anywhere."""
    with pytest.raises(AttributeError, match="has no attribute 'as_hat'"):
        _ = miragic_contracts.har.as_hat
