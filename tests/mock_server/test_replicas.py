"""Two mocks on one store, as processes have them: each sees at once what the other changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from miragic_mock.domain.tenants import tenant_id
from miragic_mock.stores import open_store


@pytest.fixture(params=["sqlite", "redis"])
def mocks(request: pytest.FixtureRequest, make_api: Callable[..., Any], tmp_path: Path) -> tuple[Any, Any]:
    """Two mocks on the same empty store, and one key."""
    if request.param == "sqlite":
        url = f"sqlite:///{(tmp_path / 'mock.db').as_posix()}"
    else:
        url = request.getfixturevalue("redis_url")
    first, second = (make_api(store=open_store(url)) for _ in range(2))
    key = f"key-{request.node.name}"
    return first.as_(key), second.as_(key)


def control(api: Any, method: str, path: str, **body: Any) -> Any:
    answer = api.client.open(f"/_mock{path}", method=method, headers=api.headers(), json=body)
    assert answer.status_code < 300, answer.text
    return answer.get_json()


def test_a_poll_sees_what_another_process_did_just_now(mocks: tuple[Any, Any]) -> None:
    """A clock moved, a job ended or a fault planned through one mock shows in the next poll at the other.

    Both had polled the job before; each poll is counted and written down once.
    """
    first, second = mocks
    control(first, "POST", "/clock/freeze")
    job_id = first.submitted("done-after=1h")
    assert [api.job(job_id)["progress"] for api in (first, second, first, second)] == [0] * 4
    control(first, "POST", "/clock/advance", seconds=1800)
    assert [api.job(job_id)["progress"] for api in (second, first)] == [50, 50]
    control(second, "PUT", "/faults", faults=["503(first=1,on=status)"])
    assert [api.poll(job_id).status_code for api in (first, second)] == [503, 200]
    control(second, "PUT", "/faults", faults=[])
    control(first, "POST", f"/jobs/{job_id}/finish", text="so be it")
    assert [api.job(job_id)["transcription"] for api in (second, first)] == ["so be it"] * 2
    control(first, "POST", "/reset")
    assert [api.poll(job_id).status_code for api in (second, first)] == [404, 404]


def test_a_poll_that_had_to_look_again_is_told_once(mocks: tuple[Any, Any]) -> None:
    """The journal has each poll once, under its own number, also where the first answer was outdated."""
    first, second = mocks
    job_id = first.submitted("done-after=1h")
    names = []
    for n in range(3):
        names += [api.poll(job_id).headers["X-Request-Id"] for api in (first, second)]
        control(first if n % 2 else second, "POST", "/clock/advance", seconds=1)
    assert names == [f"{job_id}-{n}" for n in range(1, 7)]
    exchanges = control(first, "GET", "/journal")["exchanges"]
    assert [exchange["poll"] for exchange in exchanges] == list(range(7))
    assert [exchange["number"] for exchange in exchanges] == list(range(1, 8))
    assert first.engine.tally.answers()["status", 200] + second.engine.tally.answers()["status", 200] == 6


def test_a_tenant_that_was_given_more_time_lives(mocks: tuple[Any, Any]) -> None:
    """A mock that recalls a tenant's former end does not end the tenant: its jobs stay."""
    first, second = mocks
    job_id = first.submitted("done-after=1h")
    name, end = tenant_id(first.key), first.time.now + 60
    first.engine.store.change_tenant(name, lambda tenant: replace(tenant, expires_at=end))
    assert first.poll(job_id).status_code == 200
    second.engine.store.change_tenant(name, lambda tenant: replace(tenant, expires_at=end + 60))
    first.time.now += 61
    assert [first.poll(job_id).status_code for _ in range(2)] == [200, 200]
