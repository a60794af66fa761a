"""What the control API's document does not allow, and how that is said."""

from __future__ import annotations

import json
from typing import Any

import pytest
from miragic_mock.engine.injection.catalogue import described
from miragic_mock.language.faults import parse_fault


@pytest.mark.parametrize(
    ("method", "path", "body", "end"),
    [
        ("PUT", "/plan", {"plan": "outcome=failde"}, "got 'failde'; did you mean 'failed'?"),
        ("PUT", "/faults", {"faults": ["hagn"]}, "got 'hagn'; did you mean 'hang'?"),
        ("POST", "/clock/advance", {"second": 3}, 'got "second"; did you mean "seconds"?'),
        (
            "POST",
            "/clock/advance",
            {"seconds": float("nan")},
            "The body is not JSON: NaN is none of its numbers.",
        ),
        ("POST", "/clock/advance", {"seconds": -1}, "at /seconds: expected at least 0, got -1."),
        ("GET", "/verify?min_intervall=5", None, 'got "min_intervall"; did you mean "min_interval"?'),
        ("GET", "/clock?x", None, 'The query is not allowed: expected no parameters, got "x".'),
        ("GET", "/jobs?limit=0", None, "The parameter limit is not allowed: expected at least 1, got 0."),
    ],
)
def test_a_refusal_is_a_sentence(api: Any, method: str, path: str, body: Any, end: str) -> None:
    """A refusal says what was expected and what came, in the mock's words, with one full stop at its end."""
    message = api.control(method, path, json=body, status=400)["error"]["message"]
    assert message.endswith(end)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"plan": 3}', b'{"plan": "", "more": 1}', b"[" * 9999]
)
def test_a_body_that_is_not_allowed_is_refused(api: Any, body: bytes) -> None:
    """What is not JSON, or not what the document allows, is a 400 and changes nothing."""
    api.control("PUT", "/plan", status=400, data=body)


def test_white_space_is_a_body_that_is_not_json(api: Any) -> None:
    """Only nothing at all is no body, where none is needed."""
    api.control("POST", "/reset", status=400, data=b"\n")
    api.control("POST", "/reset", status=200, data=b"", headers={"X-API-Key": "k"})


@pytest.mark.parametrize("limit", ["1.0", "1e0"])
def test_a_whole_number_may_be_written_as_any_json_number(api: Any, limit: str) -> None:
    """JSON has no integers, and its schema takes 1.0 for one; the code that counts with it gets an `int`."""
    newest = [api.submitted(content=bytes([n])) for n in range(2)][-1:]
    assert [job["id"] for job in api.control("GET", f"/jobs?limit={limit}")["jobs"]] == newest
    made = api.control("POST", "/tenants", status=201, data=f'{{"credits": {limit}, "seed": {limit}}}')
    assert json.dumps([made["tenant"]["credits"], made["tenant"]["seed"]]) == "[1, 1]"


def test_the_document_that_is_served_knows_every_fault(api: Any) -> None:
    """A client in any language finds each kind with its parameters, and examples."""
    fault = api.control("GET", "/openapi.json")["components"]["schemas"]["Fault"]
    assert fault["x-faults"] == described()
    assert {parse_fault(example).effect for example in fault["examples"]}
    assert {"503", "slow-headers", "hang(byte=1000)"} <= set(fault["examples"])
