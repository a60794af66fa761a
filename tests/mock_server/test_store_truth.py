"""What a mock says of its store: whether it keeps anything, who has ended, and what time it is."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis
from miragic_mock.domain.tenants import Tenant, tenant_id
from miragic_mock.stores import Store, open_store
from miragic_mock.stores.redis import RedisStore
from miragic_mock.stores.sqlite import SqliteStore


def test_a_full_database_is_not_ready_and_charges_nothing(
    make_api: Callable[..., Any], tmp_path: Path
) -> None:
    """Readiness writes: a file that can take no more is 503 there, as it is for a submission."""
    store = SqliteStore(tmp_path / "full.db")
    api = make_api(store=store)
    api.submitted()
    database: sqlite3.Connection = store._file._db
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    database.execute(f"PRAGMA max_page_count = {pages}")
    statuses = {api.submit(content=b"x" * 8_000).status_code for _ in range(3)}
    ready = api.client.get("/_mock/ready")
    assert (statuses, ready.status_code) == ({503}, 503)
    assert "full" in ready.get_json()["error"]["message"]
    assert store.totals(tenant_id(api.key)).jobs == len(store.jobs(tenant_id(api.key))) == 1
    database.execute("PRAGMA max_page_count = 1000000")
    assert api.client.get("/_mock/ready").status_code == 200


def test_a_database_that_is_read_only_is_not_ready(make_api: Callable[..., Any], tmp_path: Path) -> None:
    """Reading is not enough to be ready."""
    store = SqliteStore(tmp_path / "read.db")
    api = make_api(store=store)
    store._file._db.execute("PRAGMA query_only = 1")
    answer = api.client.get("/_mock/ready")
    assert answer.status_code == 503
    assert "let the mock write" in answer.get_json()["error"]["message"]


@pytest.mark.parametrize(
    ("spoil", "mend", "reason"),
    [
        (("CONFIG", "SET", "maxmemory", "1"), ("CONFIG", "SET", "maxmemory", "0"), "maxmemory"),
        (("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE"), "replica"),
    ],
)
def test_a_redis_that_takes_no_writes_is_not_ready(
    make_api: Callable[..., Any],
    redis_url: str,
    spoil: tuple[str, ...],
    mend: tuple[str, ...],
    reason: str,
) -> None:
    """Full, or a replica: 503 with the reason, and a submission is neither kept nor charged."""
    store = open_store(redis_url)
    api = make_api(store=store)
    api.submitted()
    name = tenant_id(api.key)
    before = store.totals(name), store.journal(name)
    with redis.Redis.from_url(redis_url) as client:
        client.execute_command(*spoil)
        try:
            ready, refused = api.client.get("/_mock/ready"), api.submit()
        finally:
            client.execute_command(*mend)
    assert (ready.status_code, refused.status_code) == (503, 503)
    assert reason in ready.get_json()["error"]["message"]
    assert (store.totals(name), store.journal(name)) == before
    assert api.client.get("/_mock/ready").status_code == 200


@pytest.fixture(params=["memory", "sqlite", "redis"])
def two_stores(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Store, Store]:
    """Two that share their state, as those of two processes do."""
    if request.param == "memory":
        store = open_store()
        return store, store
    if request.param == "sqlite":
        return SqliteStore(tmp_path / "mock.db"), SqliteStore(tmp_path / "mock.db")
    url = request.getfixturevalue("redis_url")
    return RedisStore(url, prefix=f"{tmp_path.name}:"), RedisStore(url, prefix=f"{tmp_path.name}:")


@pytest.mark.parametrize("is_declared", [True, False])
@pytest.mark.parametrize("step", ["counted", "submit", "append"])
def test_a_tenant_that_ends_in_the_middle_of_its_request_leaves_no_ghost(
    make_api: Callable[..., Any],
    two_stores: tuple[Store, Store],
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    is_declared: bool,
) -> None:
    """Another process ends it before any step: nothing makes it anew, and the answer says so."""
    store, other = two_stores
    api = make_api(store=store)
    name = tenant_id(api.key)
    store.add_tenant(Tenant(name, is_declared=is_declared))
    job_id = api.submitted("done-after=1h")
    assert api.poll(job_id).status_code == 200
    real = getattr(store, step)

    def ended(*arguments: Any, **options: Any) -> Any:
        other.drop_tenant(name)
        return real(*arguments, **options)

    monkeypatch.setattr(store, step, ended)
    answer = api.poll(job_id) if step == "append" else api.submit()
    expected = 401 if is_declared and step != "append" else 503
    allowed = {404, 401} if step == "append" else {expected}
    assert answer.status_code in allowed
    assert name not in {tenant.id for tenant in other.tenants()}
    assert (other.jobs(name), other.totals(name).charged) == ([], 0)


def test_replicas_whose_clocks_differ_agree(make_api: Callable[..., Any], redis_url: str) -> None:
    """With a second between their clocks, no poll goes back, and a tenant lives as long at both."""
    stores = open_store(redis_url), open_store(redis_url)
    ahead, behind = (
        make_api(store=store, clock=lambda skew=skew: time.time() + skew)
        for store, skew in zip(stores, (1.0, -1.0), strict=True)
    )
    moments = [api.engine.now() for api in (ahead, behind, ahead, behind)]
    assert max(moments) - min(moments) < 0.5
    job_id = behind.submitted("done-after=0.05s")
    shown = [api.job(job_id)["status"] for _ in range(60) for api in (ahead, behind)]
    first = shown.index("COMPLETED") if "COMPLETED" in shown else len(shown)
    assert set(shown[first:]) <= {"COMPLETED"}


def test_what_was_shown_stays_shown(make_api: Callable[..., Any], tmp_path: Path) -> None:
    """A job that was shown as done stays so in a process whose clock is behind."""
    apis = [make_api(store=SqliteStore(tmp_path / "mock.db")) for _ in range(2)]
    job_id = apis[0].submitted("done-after=10s")
    for api in apis:
        api.poll(job_id)
    apis[0].time.now += 11
    assert [api.job(job_id)["status"] for api in (*apis, *apis)] == ["COMPLETED"] * 4
