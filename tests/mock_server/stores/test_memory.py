"""The memory store alone: how little a job costs, and what it drops when it is full."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import pytest
from miragic_mock.domain.jobs.job import Ended, Job, Upload
from miragic_mock.domain.jobs.plan import resolve
from miragic_mock.domain.tenants import Tenant
from miragic_mock.language.plans import parse_plan
from miragic_mock.stores import Bounds
from miragic_mock.stores.memory import MemoryStore

from ..submitting import add_job

MakeJob = Callable[..., Job]
JOBS = 2_000


def fill(store: MemoryStore, *, start: int = 0, is_own: bool = False) -> None:
    """Jobs as an edge would make them: every part of each is a new object, and `is_own` a new recording."""
    for n in range(start, start + JOBS):
        resolved = resolve((("header", parse_plan("done-after=4s")),))
        add_job(
            store,
            Job(
                id=f"{n:08x}-0000-4000-8000-000000000000",
                tenant=f"{0xAB:032x}",
                created_at=1762344258.0 + n,
                upload=Upload(
                    f"hello{n if is_own else ''}.{'mp3'}",
                    "mp3",
                    100_000 + n * is_own,
                    f"{n if is_own else 0xCD:064x}",
                    4.0 + n * is_own,
                ),
                question=f"Transcribe this audio{':'}",
                user_id=f"{1:08x}-1111-4111-8111-111111111111",
                plan=resolved.plan,
                plan_source=resolved.source,
                text=f"hello {'world'}",
                received_at=1762344258.5 + n,
            ),
        )


@pytest.mark.parametrize("is_own", [False, True], ids=["one recording", "a recording of each job's own"])
def test_a_job_costs_no_more_than_500_bytes(is_own: bool) -> None:
    """What differs between jobs is packed and the rest shared, but for the newest; polls cost nothing."""
    store = MemoryStore()
    tracemalloc.start()
    fill(store, is_own=is_own)
    gc.collect()
    before, _ = tracemalloc.get_traced_memory()
    fill(store, start=JOBS, is_own=is_own)
    for n in range(2 * JOBS):
        store.poll(f"{0xAB:032x}", f"{n:08x}-0000-4000-8000-000000000000")
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (after - before) / JOBS < 500
    store.close()


def test_a_counter_costs_little() -> None:
    """There is one for most jobs, so it costs a third of a job at most, however long its name."""
    store = MemoryStore()
    names = [f"same {n:064x}" for n in range(10_000)]
    store.add_tenant(Tenant("aa"))
    store.count("aa", "another")
    tracemalloc.start()
    for name in names:
        store.count("aa", name)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after / len(names) < 120
    store.close()


def test_counters_go_some_at_a_time_the_longest_uncounted_first() -> None:
    """A hundredth of them at once, never more than there may be, and what was counted again stays."""
    store = MemoryStore(bounds=Bounds(counters=1_000))
    store.add_tenant(Tenant("aa"))
    for n in range(1_000):
        store.count("aa", f"{n}")
    assert store.count("aa", "0") == 2
    store.count("aa", "one more")
    assert store.evicted().counters == 11
    assert [store.counted("aa", f"{n}") for n in (0, 1, 11, 12, 999)] == [2, 0, 0, 1, 1]
    assert store.counted("aa", "one more") == 1
    store.close()


def test_a_packed_job_is_what_it_was(make_job: MakeJob) -> None:
    """Long after it was added, changed and polled, a job is given as it was, its due end included."""
    store = MemoryStore()
    first = add_job(store, make_job("done-after=3s", duration_s=1.5, received_at=1762344258.25))
    other = add_job(store, make_job("done=manual", created_at=0.1, received_at=1762344258.2))
    fill(store)
    ended = store.change_job(first.tenant, first.id, lambda job: replace(job, ended=Ended(5.0)))
    assert store.poll(first.tenant, first.id) == (replace(first, ended=Ended(5.0)), 1) == (ended, 1)
    back = store.job(other.tenant, other.id)
    assert back == other
    assert back is not None
    assert (back.due_at, back.upload.duration_s) == (None, None)
    assert [job.due_at for job in store.due(first.tenant, 0, 2000)] == [1003.0]
    store.close()


def test_a_job_made_anew_has_its_full_time(make_job: MakeJob) -> None:
    """After a reset the same id may come again, and is not let go in the place of the one before it."""
    store = MemoryStore(bounds=Bounds(job_ttl_s=100))
    add_job(store, make_job(id="same", received_at=1000.0))
    store.reset_tenant(make_job().tenant)
    again = add_job(store, make_job(id="same", received_at=1090.0))
    store.sweep(1101.0)
    assert store.job(again.tenant, "same") == again
    store.close()


def test_what_was_let_go_is_not_remembered() -> None:
    """Resets leave nothing behind that grows, though a store remembers in which order jobs came."""
    store = MemoryStore(bounds=Bounds(jobs=10_000))
    for _ in range(3):
        fill(store)
        store.reset_tenant(f"{0xAB:032x}")
    add_job(store, Job("last", "aa", 0.0, Upload("a", "mp3", 1, "aa"), "q", "u"))
    assert len(store._arrivals) < 2 * JOBS
    assert store.evicted().jobs == 0
    store.close()


def test_a_full_store_lets_go_one_in_a_hundred_at_a_time() -> None:
    """Never more than the bound, never much less, and always the oldest."""
    store = MemoryStore(bounds=Bounds(jobs=1_000))
    fill(store)
    kept = store.jobs(f"{0xAB:032x}")
    assert 990 <= len(kept) <= 1_000
    assert [job.number for job in kept] == list(range(JOBS - len(kept) + 1, JOBS + 1))
    assert store.evicted().jobs == JOBS - len(kept)
    store.close()
