"""A Redis server as a store: shared by replicas, restarted, contended."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest
from miragic_mock.domain.jobs.job import Ended, Job
from miragic_mock.domain.tenants import Tenant
from miragic_mock.errors import StoreError
from miragic_mock.stores import open_store
from miragic_mock.stores.redis import RedisStore

from ..submitting import add_job

MakeJob = Callable[..., Job]


def test_a_redis_that_does_not_answer_is_refused() -> None:
    """Opening fails at once when nobody listens."""
    with pytest.raises(StoreError, match="Redis"):
        open_store("redis://127.0.0.1:1/0")


def test_two_replicas_share_one_redis(redis_url: str, make_job: MakeJob) -> None:
    """A job made through one connection is polled through another."""
    first, second = (RedisStore(redis_url, prefix="replicas:") for _ in range(2))
    job = add_job(first, make_job())
    assert first.is_shared
    assert second.poll(job.tenant, job.id) == (job, 1)
    assert first.poll(job.tenant, job.id) == (job, 2)
    first.close()
    second.close()


def test_redis_forgets_its_scripts_and_goes_on(redis_url: str, make_job: MakeJob) -> None:
    """A Redis that was restarted, and so knows no script any more, is told them again."""
    store = RedisStore(redis_url, prefix="restarted:")
    job = add_job(store, make_job())
    store._server._redis.script_flush()
    assert store.poll(job.tenant, job.id) == (job, 1)
    store.close()


def test_a_change_that_never_gets_through_is_an_error(
    redis_url: str, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When others change the same thing again and again, Redis gives up with an error instead of for ever."""
    monkeypatch.setattr(sys.modules[RedisStore.__module__], "_CHANGE_ATTEMPTS", 3)
    first, second = (RedisStore(redis_url, prefix="contended:") for _ in range(2))
    job = add_job(first, make_job())
    calls = itertools.count(1)

    def change_tenant(tenant: Tenant) -> Tenant:
        second.change_tenant(tenant.id, lambda before: replace(before, seed=next(calls)))
        return replace(tenant, name="mine")

    def change_job(before: Job) -> Job:
        second.change_job(job.tenant, job.id, lambda there: replace(there, ended=Ended(float(next(calls)))))
        return replace(before, text="mine")

    with pytest.raises(StoreError, match="changed by others 3 times"):
        first.change_tenant(job.tenant, change_tenant)
    with pytest.raises(StoreError, match="changed by others 3 times"):
        first.change_job(job.tenant, job.id, change_job)
    first.close()
    second.close()
