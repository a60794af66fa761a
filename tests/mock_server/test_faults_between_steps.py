"""A store that fails between any two of its steps: what was acknowledged is kept, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from miragic_mock.domain.tenants import SERVER, RateLimit, Tenant, tenant_id
from miragic_mock.stores import Bounds, Store, Totals, open_store
from miragic_mock.stores.redis import RedisStore
from miragic_mock.stores.sqlite import SqliteStore

from .faulty_steps import failing

# Uploads of more than so many bytes lie in files, of which a failure must leave none either.
BOUNDS = Bounds(blob_memory_bytes=8)
CREDITS = 1_000


@pytest.fixture(params=["memory", "sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty store of each kind in turn."""
    if request.param == "memory":
        return open_store(bounds=BOUNDS)
    if request.param == "sqlite":
        return SqliteStore(tmp_path / "mock.db", bounds=BOUNDS)
    return RedisStore(request.getfixturevalue("redis_url"), bounds=BOUNDS, prefix=f"{tmp_path.name}:")


class Books:
    """What a tenant's client was told, and what the store has of it."""

    def __init__(self, api: Any) -> None:
        self.api, self.store = api, api.engine.store
        self.tenant = tenant_id(api.key)
        self.acknowledged: list[str] = []
        self.answered = 0

    def submit(self, content: bytes, plan: str) -> int:
        answer = self.api.submit(plan, content=content)
        if answer.status_code == 201:
            self.acknowledged.append(answer.get_json()["data"]["jobId"])
        self.answered += answer.status_code != 503
        return int(answer.status_code)

    def check(self) -> None:
        jobs = self.store.jobs(self.tenant)
        made = len(self.acknowledged)
        assert [job.id for job in jobs] == self.acknowledged
        assert [job.number for job in jobs] == list(range(1, made + 1))
        assert self.store.totals(self.tenant) == Totals(jobs=made, charged=2 * made)
        journal = self.store.journal(self.tenant)
        assert [exchange.job_id for exchange in journal.exchanges] == self.acknowledged
        assert [exchange.number for exchange in journal.exchanges] == list(range(1, made + 1))
        assert self.store.counted(self.tenant, "submit") == made
        assert self.store.counted(self.tenant, "rate 0") == self.answered


@pytest.mark.parametrize("content", [b"%d", b"%d is an upload that lies in a file"])
def test_a_failure_between_two_steps_of_a_submission_leaves_nothing(
    make_api: Callable[..., Any], store: Store, tmp_path: Path, content: bytes
) -> None:
    """For each step: 503 and no job, charge, exchange, count or upload, or 201 and all of them."""
    books = Books(make_api(store=store))
    store.add_tenant(Tenant(books.tenant, credits=CREDITS, rate_limit=RateLimit(10**6, 1e12)))
    assert books.submit(b"first", "") == 201
    for number in count(1):
        upload = content % number
        with failing(store, number) as steps:
            status = books.submit(upload, "fault=503(first=1,skip=1000)")
        if not steps.has_failed:
            break
        assert status in (201, 503)
        books.check()
        digest = sha256(upload).hexdigest()
        blob = store.blob(books.tenant, digest)
        assert (blob is not None) == (status == 201)
        if blob is not None:
            blob.close()
        assert [path.name for path in tmp_path.rglob(f"*{digest}*")] == [digest] * (
            status == 201 and isinstance(store, SqliteStore) and len(upload) > BOUNDS.blob_memory_bytes
        )
        assert books.submit(upload, "") == 201, "what was refused can be sent again"
    assert number > 4
    books.check()


def test_a_failure_between_two_steps_of_a_poll_leaves_it_uncounted(
    make_api: Callable[..., Any], store: Store
) -> None:
    """A poll that is answered 503 is in no journal and is not counted against a rate limit."""
    api = make_api(store=store)
    name = tenant_id(api.key)
    store.add_tenant(Tenant(name, rate_limit=RateLimit(10**6, 1e12)))
    job_id = api.submitted("done-after=1h")
    answered = 1
    for number in count(1):
        with failing(store, number) as steps:
            status = api.poll(job_id).status_code
        if not steps.has_failed:
            break
        answered += status == 200
        kept = len(store.journal(name).exchanges)
        # What was done in Redis before its answer was lost was done: a poll costs nothing.
        assert kept == answered or (isinstance(store, RedisStore) and kept == answered + 1)
        answered = kept
        assert store.counted(name, "rate 0") == kept
        assert store.polls(name, job_id) == kept - 1
    assert store.tenant(SERVER) is not None
