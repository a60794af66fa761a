"""The journal as HAR 1.2: what the format requires is there, and nothing is made up."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import jsonschema
import pytest
from miragic_mock.records.har import har
from miragic_mock.records.journal import Exchange, Journal

# The members HAR 1.2 requires of each object, and their types; everything else in it is optional.
TEXT = {"type": "string"}
SIZE = {"type": "integer", "minimum": -1}
MS = {"type": "number", "minimum": -1}


def record(**members: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(members), "properties": members}


PAIRS = {"type": "array", "items": record(name=TEXT, value=TEXT)}
SHARED = {"httpVersion": TEXT, "cookies": PAIRS, "headers": PAIRS, "headersSize": SIZE, "bodySize": SIZE}
ENTRY = record(
    startedDateTime={"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$"},
    time=MS,
    request=record(method=TEXT, url={"type": "string", "format": "uri"}, queryString=PAIRS, **SHARED),
    response=record(
        status={"type": "integer", "minimum": 0},
        statusText=TEXT,
        content=record(size=SIZE, mimeType=TEXT),
        redirectURL=TEXT,
        **SHARED,
    ),
    cache={"type": "object"},
    timings=record(send=MS, wait=MS, receive=MS),
)
HAR = record(
    log=record(
        version={"const": "1.2"},
        creator=record(name=TEXT, version=TEXT),
        entries={"type": "array", "items": ENTRY},
    )
)

FULL = Exchange(
    *("create", "POST", "/api/v1/speech-to-text/generate?a=1&b=", 429),
    real_at=1762344258.785,
    at=5.0,
    number=7,
    took_s=0.0123,
    size_bytes=3,
    sha256="aa",
    file_name="a.mp3",
    job_id="j",
    job_status="PENDING",
    retry_after_s=2.5,
    fault="hang",
    note="for people",
    user_agent="curl/8",
    content_type="multipart/form-data; boundary=x",
    answer_bytes=10,
    answer_type="application/json",
)
BARE = Exchange("status", "GET", "/x", None, real_at=0.0, at=0.0, number=8)


def entries(*exchanges: Exchange) -> list[dict[str, Any]]:
    document = har(Journal(exchanges, 0), base_url="http://127.0.0.1:1", version="0.1.0")
    found: list[dict[str, Any]] = document["log"]["entries"]
    return found


@pytest.mark.parametrize("exchanges", [(), (FULL,), (BARE,), (FULL, BARE)])
def test_every_required_member_is_there(exchanges: tuple[Exchange, ...]) -> None:
    """Whatever the journal holds, the document has the members the format requires, and is JSON."""
    document = har(Journal(exchanges, 0), base_url="http://127.0.0.1:1", version="0.1.0")
    jsonschema.validate(json.loads(json.dumps(document)), HAR)


def test_an_exchange_says_what_the_journal_knows() -> None:
    """Method, address, query, status, headers, times and sizes; our own facts stand apart."""
    (entry,) = entries(FULL)
    assert datetime.fromisoformat(entry["startedDateTime"]).timestamp() == 1762344258.785
    assert entry["time"] == entry["timings"]["wait"] == 12.3
    assert entry["request"]["url"] == "http://127.0.0.1:1/api/v1/speech-to-text/generate?a=1&b="
    assert entry["request"]["queryString"] == [{"name": "a", "value": "1"}, {"name": "b", "value": ""}]
    assert {"name": "User-Agent", "value": "curl/8"} in entry["request"]["headers"]
    assert entry["response"]["headers"] == [{"name": "Retry-After", "value": "2.5"}]
    assert entry["response"]["content"] == {"size": 10, "mimeType": "application/json"}
    assert entry["comment"] == "for people"
    assert entry["_miragic"]["fault"] == "hang"
    assert entry["_miragic"]["number"] == 7


def test_what_is_unknown_is_said_to_be() -> None:
    """An exchange without an answer has status 0 and sizes of -1, as HAR has it."""
    (entry,) = entries(BARE)
    assert entry["response"]["status"] == 0
    assert entry["response"]["content"] == {"size": -1, "mimeType": "x-unknown"}
    assert entry["request"]["headers"] == entry["response"]["headers"] == []
    assert entry["_miragic"] == {"number": 8, "operation": "status", "at": 0.0}
    assert "comment" not in entry


def test_a_har_with_losses_says_so() -> None:
    """The comment of the log tells how many exchanges were dropped."""
    document = har(Journal((BARE,), 3), base_url="", version="1")
    assert document["log"]["comment"] == "3 older exchanges were dropped"
    assert "comment" not in har(Journal((BARE,), 0), base_url="", version="1")["log"]
