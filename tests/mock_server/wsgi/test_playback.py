"""Faults by somebody else's WSGI server: those it can play, and those that are refused."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from typing import Any

import pytest
from miragic_mock.domain.tenants import tenant_id
from miragic_mock.engine.injection.catalogue import matrix
from miragic_mock.engine.injection.doors import WSGI
from miragic_mock.exchange.messages import Answer
from miragic_mock.language.faults import parse_fault
from miragic_mock.wsgi.playback import played

ROWS = [row.split("`")[1] for row in matrix().split("\n\n")[0].splitlines()[2:]]
REFUSED = [row for row in ROWS if WSGI.refusal(parse_fault(row).effect)]

PLAYED: dict[str, Callable[[Any], object]] = {
    "503": lambda r: r.status_code == 503,
    "429(retry-after=2s)": lambda r: (r.status_code, r.headers["Retry-After"]) == (429, "2"),
    "delay(by=0.01s)": lambda r: r.get_json()["success"],
    "delay(by=0.01s,byte=10)": lambda r: r.get_json()["success"],
    "uniform(low=0s,high=0.01s)": lambda r: r.get_json()["success"],
    "lognormal(median=0.001s)": lambda r: r.get_json()["success"],
    "drip(chunk=50,pause=0.001s)": lambda r: r.get_json()["success"],
    "malformed-json": lambda r: not parses(r.data),
    "python-repr": lambda r: ast.literal_eval(r.text)["success"] is True,
    "content-type": lambda r: r.content_type == "text/html",
    "unknown-status": lambda r: r.get_json()["data"]["status"] == "PROCESSING",
    "extra-field": lambda r: r.get_json()["data"]["unexpected"] == "surprise",
    "missing-field": lambda r: "status" not in r.get_json()["data"],
}
OF_POLLS = {
    "status-back(skip=1,first=1)": ("done-after=0s", ["COMPLETED", "PENDING", "COMPLETED"]),
    "stale(skip=1,first=1)": ("done-after=2polls", ["PENDING", "PENDING", "COMPLETED"]),
}


def parses(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def kind(fault: str) -> tuple[type, bool]:
    effect = parse_fault(fault).effect
    return type(effect), getattr(effect, "byte", None) is not None


def test_each_fault_is_played_or_refused() -> None:
    """No row of the table is left out here: what is not refused is among those that are played."""
    played = {kind(fault) for fault in (*PLAYED, *OF_POLLS)}
    assert {kind(row) for row in ROWS if row not in REFUSED} == played


@pytest.mark.parametrize("fault", REFUSED)
def test_what_this_door_cannot_do_is_refused(api: Any, fault: str) -> None:
    """A refused fault is a 400 with the reason and the way out, by a tenant's plan too, and makes no job."""
    reason = WSGI.refusal(parse_fault(fault).effect)
    answer = api.submit(f"fault={fault}")
    assert answer.status_code == 400
    assert reason in answer.get_json()["error"]["message"]
    steered = api.client.put("/_mock/faults", json={"faults": [fault]}, headers=api.headers())
    assert steered.status_code == 400
    assert reason in steered.get_json()["error"]["message"]
    assert api.engine.store.totals(tenant_id(api.key)).jobs == 0


@pytest.mark.parametrize("fault", PLAYED)
def test_what_this_door_can_do_is_seen(api: Any, fault: str) -> None:
    """The answer is late or wrong as planned, once, and right after that."""
    joint = "," if fault.endswith(")") else "("
    planned = {"faults": [f"{fault.removesuffix(')')}{joint}first=1)"]}
    assert api.client.put("/_mock/faults", json=planned, headers=api.headers()).status_code == 200
    assert PLAYED[fault](api.submit())
    assert api.submit().get_json()["data"]["status"] == "PENDING"
    journal = api.client.get("/_mock/journal", headers=api.headers()).get_json()["exchanges"]
    assert [fault.partition("(")[0] in str(exchange.get("fault")) for exchange in journal] == [True, False]


@pytest.mark.parametrize("fault", OF_POLLS)
def test_polls_are_struck_by_this_door_too(api: Any, fault: str) -> None:
    """What a poll shows goes back, or stands still, and goes on after that."""
    plan, expected = OF_POLLS[fault]
    job_id = api.submitted(f"{plan};fault={fault}")
    assert [api.job(job_id)["status"] for _ in expected] == expected


BODY = b"0123456789"


def test_a_wsgi_server_plays_what_it_can() -> None:
    """Waits come before the head or between pieces, and a cut is a body that ends early, once flushed."""
    waited: list[float] = []
    effect = parse_fault("drip(chunk=5,pause=1s)").effect
    answer = played(Answer(200, BODY), effect, waited.append)
    assert b"".join(answer.body) == BODY  # type: ignore[arg-type]  # it is an iterator here
    assert waited == [1.0]
    cut = played(Answer(200, BODY), parse_fault("truncate(keep=2)").effect, waited.append)
    assert ("Content-Length", "10") in cut.headers
    assert list(cut.body) == [b"01"]
    assert len(waited) == 2
