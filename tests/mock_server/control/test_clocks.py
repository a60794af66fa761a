"""Time by the control API: a tenant's clock and the server's, stopped, moved and scaled."""

from __future__ import annotations

from typing import Any

import pytest
from miragic_mock.domain.tenants import tenant_id


def test_a_long_job_takes_no_time(api: Any) -> None:
    """A 30-minute job is over when the clock is advanced by 30 minutes, and not a second sooner."""
    api.control("POST", "/clock/freeze")
    job_id = api.submitted("done-after=30m;text=at last")
    api.control("POST", "/clock/advance", json={"seconds": 1799})
    assert api.job(job_id)["status"] == "PENDING"
    api.control("POST", "/clock/advance", json={"seconds": 1})
    assert api.job(job_id)["transcription"] == "at last"


def test_advancing_tells_what_it_changed_in_order(api: Any) -> None:
    """The answer lists the transitions in order of time, each once."""
    api.control("POST", "/clock/freeze")
    late, early = api.submitted("done-after=20s"), api.submitted("done-after=10s;outcome=failed")
    moved = api.control("POST", "/clock/advance", json={"seconds": 20})
    assert [(made["job"], made["after"]) for made in moved["transitions"]] == [
        (early, "FAILED"),
        (late, "COMPLETED"),
    ]
    assert api.control("POST", "/clock/advance", json={"seconds": 20})["transitions"] == []


def test_a_clock_is_one_tenants_own(api: Any) -> None:
    """Moving one tenant's clock moves no other's; moving the server's moves all."""
    other = api.as_("another-key")
    mine, theirs = api.submitted("done-after=60s"), other.submitted("done-after=60s")
    api.control("POST", "/clock/advance", json={"seconds": 60})
    assert (api.job(mine)["status"], other.job(theirs)["status"]) == ("COMPLETED", "PENDING")
    moved = api.control("POST", "/clock/advance", about=None, json={"seconds": 60})
    assert [made["tenant"] for made in moved["transitions"]] == [tenant_id("another-key")]
    assert other.job(theirs)["status"] == "COMPLETED"


def test_a_clock_runs_at_a_rate_and_stands_at_a_moment(api: Any) -> None:
    """A scaled clock shows `rate` seconds for each, a set one the moment, a real one the time beneath."""
    api.control("POST", "/clock/scale", json={"rate": 60})
    job_id = api.submitted("done-after=60s")
    api.time.pass_s(1)
    assert api.job(job_id)["status"] == "COMPLETED"
    frozen = api.control("POST", "/clock/freeze", json={"at": "2030-01-01T00:00:00Z"})
    assert frozen["clock"] == {"now": "2030-01-01T00:00:00.000Z", "mode": "frozen", "rate": 0.0}
    api.time.pass_s(5)
    assert api.control("GET", "/clock")["now"] == "2030-01-01T00:00:00.000Z"
    api.control("POST", "/clock/set", json={"at": 0})
    assert api.control("GET", "/clock")["now"] == "1970-01-01T00:00:00.000Z"
    api.control("POST", "/clock/real")
    assert api.control("GET", "/clock") == {"now": "2026-01-01T11:00:06.000Z", "mode": "real", "rate": 1.0}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/clock/advance", {}),
        ("/clock/advance", {"seconds": -1}),
        ("/clock/advance", {"seconds": "10"}),
        ("/clock/scale", {"rate": -1}),
        ("/clock/set", {"at": "yesterday"}),
        ("/clock/set", {"at": "9999-01-01T00:00:00Z"}),
        ("/clock/freeze", {"until": 3}),
    ],
)
def test_an_impossible_time_is_refused(api: Any, path: str, body: dict[str, Any]) -> None:
    """What no clock can do is a 400 that says why, and the clock stays as it was."""
    before = api.control("GET", "/clock")
    assert api.control("POST", path, status=400, json=body)["error"]["message"]
    assert api.control("GET", "/clock") == before
