"""Every fault through every door that can do it, as a client sees it; through the others, the refusal."""

from __future__ import annotations

import ast
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from miragic_mock import ControlError
from miragic_mock.engine.injection.doors import Door
from miragic_mock.language.faults import parse_fault

CONNECT_S, SOON_S, LATER_S = 30, 0.1, 2
"""Timeouts, in seconds: for connecting, for answers that do not come, and for one that comes in part."""


def can(door: Door, fault: str) -> bool:
    return door.refusal(parse_fault(fault).effect) is None


BROKEN = [
    pytest.param("hang(for=0.03s)", requests.ConnectionError, "", 0, id="hang, then close"),
    pytest.param("hang", requests.ReadTimeout, "", 0, id="hang"),
    pytest.param("hang(byte=1000)", requests.ReadTimeout, "", 0, id="hang in the upload"),
    pytest.param("reset", requests.ConnectionError, "", 0, id="reset before"),
    pytest.param("reset(when=upload,byte=1000)", requests.ConnectionError, "", 0, id="reset in the upload"),
    pytest.param("reset(when=after)", requests.exceptions.ChunkedEncodingError, "reset", 1, id="reset after"),
    pytest.param("answer-lost", requests.ConnectionError, "without response", 1, id="answer lost"),
    pytest.param("truncate", requests.exceptions.ChunkedEncodingError, "10 bytes read", 1, id="truncated"),
    pytest.param(
        "content-length(delta=5)",
        requests.exceptions.ChunkedEncodingError,
        "5 more expected",
        1,
        id="Content-Length too large",
    ),
    pytest.param("delay(by=9s)", requests.ReadTimeout, "", 1, id="delay"),
    pytest.param("drip(pause=9s)", requests.ConnectionError, "timed out", 1, id="drip"),
    pytest.param("slow-headers(pause=9s)", requests.ReadTimeout, "", 1, id="slow headers"),
]


@pytest.mark.parametrize(("fault", "expected", "words", "jobs"), BROKEN)
def test_a_client_sees_the_real_failure(
    caller: Any, fault: str, expected: type[Exception], words: str, jobs: int
) -> None:
    """What breaks a connection ends in the very exception that `requests` has for it.

    The journal knows the fault, and a job was made exactly where the work was done.
    """
    if not can(caller.door, fault):
        answer = caller.submit(f"fault={fault}")
        assert (answer.status_code, caller.mock.ledger()["jobs_created"]) == (400, 0)
        assert caller.door.refusal(parse_fault(fault).effect) in answer.json()["error"]["message"]
        return
    waits = fault.startswith(("delay", "drip", "slow-headers")) or fault in ("hang", "hang(byte=1000)")
    read_s = LATER_S if fault.startswith("drip") else SOON_S
    with pytest.raises(requests.RequestException) as caught:
        caller.submit(f"fault={fault}", timeout=(CONNECT_S, read_s) if waits else 30)
    assert type(caught.value) is expected
    assert words in str(caught.value)
    if caller.door.name != "granian" or not waits:  # there the journal has it as soon as the answer is made
        assert eventually([fault], lambda: [exchange["fault"] for exchange in caller.mock.journal()]) == [
            fault
        ]
    assert eventually(jobs, lambda: caller.mock.ledger()["jobs_created"]) == jobs


def eventually(expected: object, look: Callable[[], object]) -> object:
    """Look until the mock has got as far as `expected`; a client that timed out may be ahead of it."""
    until = time.monotonic() + 30
    while (found := look()) != expected and time.monotonic() < until:
        pass
    return found


def error(body: bytes) -> Any:
    return json.loads(body)["error"]["code"]


READABLE = [
    pytest.param("401", 401, lambda r: error(r.content) == "INVALID_API_KEY", id="401"),
    pytest.param("402", 402, lambda r: error(r.content) == "INSUFFICIENT_CREDITS", id="402"),
    pytest.param("403", 403, lambda r: error(r.content), id="403"),
    pytest.param("404", 404, lambda r: error(r.content), id="404"),
    pytest.param("413", 413, lambda r: error(r.content), id="413"),
    pytest.param("413(byte=1000)", 413, lambda r: error(r.content), id="413 in the upload"),
    pytest.param("422", 422, lambda r: error(r.content), id="422"),
    pytest.param("500(code=OOPS,message=so)", 500, lambda r: error(r.content) == "OOPS", id="500"),
    pytest.param("429(retry-after=1.5s)", 429, lambda r: r.headers["Retry-After"] == "2", id="seconds"),
    pytest.param(
        "429(retry-after=2,retry-as=date)",
        429,
        lambda r: r.headers["Retry-After"].endswith(" GMT"),
        id="date",
    ),
    pytest.param("502", 502, lambda r: r.headers["Content-Type"].startswith("text/html"), id="a page"),
    pytest.param("503(body=text)", 503, lambda r: r.content == b"503 Service Unavailable", id="text"),
    pytest.param("503(body=empty)", 503, lambda r: r.content == b"", id="empty"),
    pytest.param("delay(by=0.01s)", 201, lambda r: r.json()["success"], id="delay"),
    pytest.param("delay(by=0.01s,byte=1000)", 201, lambda r: r.json()["success"], id="stalled upload"),
    pytest.param("uniform(low=0s,high=0.01s)", 201, lambda r: r.json()["success"], id="uniform"),
    pytest.param("lognormal(median=0.01s)", 201, lambda r: r.json()["success"], id="lognormal"),
    pytest.param("drip(chunk=50,pause=0.01s)", 201, lambda r: r.json()["success"], id="drip"),
    pytest.param("slow-headers(chunk=50,pause=0.01s)", 201, lambda r: r.json()["success"], id="slow head"),
    pytest.param(
        "content-length(delta=-5)", 201, lambda r: not r.content.endswith(b"}"), id="Content-Length too small"
    ),
    pytest.param("malformed-json", 201, lambda r: not parses(r.content), id="malformed JSON"),
    pytest.param("python-repr", 201, lambda r: ast.literal_eval(r.text)["success"] is True, id="repr"),
    pytest.param("content-type", 201, lambda r: r.headers["Content-Type"] == "text/html", id="media type"),
    pytest.param(
        "unknown-status", 201, lambda r: r.json()["data"]["status"] == "PROCESSING", id="unknown status"
    ),
    pytest.param(
        "extra-field", 201, lambda r: r.json()["data"]["unexpected"] == "surprise", id="extra field"
    ),
    pytest.param("missing-field", 201, lambda r: "status" not in r.json()["data"], id="missing field"),
]


def parses(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(("fault", "status", "is_so"), READABLE)
def test_a_client_reads_the_wrong_answer(
    caller: Any, fault: str, status: int, is_so: Callable[[requests.Response], object]
) -> None:
    """What leaves the connection whole arrives as it was planned, once, and is over after that."""
    if not can(caller.door, fault):
        with pytest.raises(ControlError) as caught:
            caller.mock.faults(fault)
        assert caught.value.status == 400
        assert caller.door.refusal(parse_fault(fault).effect) in str(caught.value)
        return
    joint = "," if fault.endswith(")") else "("
    (planned,) = caller.mock.faults(f"{fault.removesuffix(')')}{joint}first=1)")
    answer = caller.submit()
    assert answer.status_code == status
    assert is_so(answer)
    assert caller.submit().json()["data"]["status"] == "PENDING"
    assert [exchange.get("fault") for exchange in caller.mock.journal()] == [planned, None]
    assert caller.mock.verify()["unmet_faults"] == []


def test_a_poll_is_struck_as_well(caller: Any) -> None:
    """Faults of a job's plan strike its polls: an unknown status, a status that goes back, a stale one."""
    unknown = caller.submitted("done=never;fault=unknown-status(on=status,first=1)")
    assert caller.statuses(unknown, 2) == ["PROCESSING", "PENDING"]
    back = caller.submitted("done-after=0s;fault=status-back(skip=1,first=1)")
    assert caller.statuses(back, 3) == ["COMPLETED", "PENDING", "COMPLETED"]
    stale = caller.submitted("done-after=2polls;fault=stale(skip=1,first=1)")
    assert caller.statuses(stale, 3) == ["PENDING", "PENDING", "COMPLETED"]
    shown = [one["job_status"] for one in caller.mock.journal() if one["operation"] == "status"]
    assert shown == [
        "PROCESSING",
        "PENDING",
        "COMPLETED",
        "PENDING",
        "COMPLETED",
        "PENDING",
        "PENDING",
        "COMPLETED",
    ]


@pytest.mark.parametrize("caller", ["threads", "granian"], indirect=True)
@pytest.mark.parametrize("fault", ["delay(by=2s,on=status)", "drip(chunk=400,pause=2s,on=status)"])
def test_a_wait_holds_up_nobody(caller: Any, fault: str) -> None:
    """While answers are late or drip, others are given at once, through every door that has a socket."""
    job_id = caller.submitted("done=never")
    caller.mock.faults(fault)
    with ThreadPoolExecutor(12) as pool:
        late = [pool.submit(caller.poll, job_id) for _ in range(12)]
        while len(caller.mock.journal()) < 13:
            pass
        assert caller.submit().status_code == 201
        assert not any(answer.done() for answer in late)
    assert {answer.result().status_code for answer in late} == {200}
