"""What is the memory store's own: how little a job costs, and how it lets go."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable

from miragic_mock.lifecycle import Job, Upload
from miragic_mock.plans import parse_plan, resolve
from miragic_mock.stores import Bounds
from miragic_mock.stores.memory import MemoryStore

MakeJob = Callable[..., Job]
JOBS = 2_000


def fill(store: MemoryStore) -> None:
    """Jobs as an edge would make them: every part of each is a new object."""
    for n in range(JOBS):
        resolved = resolve((("header", parse_plan("done-after=4s")),))
        store.add_job(
            Job(
                id=f"{n:08x}-0000-4000-8000-000000000000",
                tenant=f"{0xAB:032x}",
                created_at=1762344258.0 + n,
                upload=Upload(f"hello.{'mp3'}", "mp3", 100_000, f"{0xCD:064x}", 4.0),
                question=f"Transcribe this audio{':'}",
                user_id=f"{1:08x}-1111-4111-8111-111111111111",
                plan=resolved.plan,
                plan_source=resolved.source,
                text=f"hello {'world'}",
                received_at=1762344258.0 + n,
            )
        )


def test_a_job_costs_no_more_than_500_bytes() -> None:
    """Equal parts of jobs are kept once, though each job came with its own."""
    store = MemoryStore()
    store.add_job(Job("first", f"{0xAB:032x}", 0.0, Upload("a", "mp3", 1, "aa"), "q", "u"))
    gc.collect()
    tracemalloc.start()
    fill(store)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used / JOBS < 500
    store.close()


def test_what_was_let_go_is_not_remembered() -> None:
    """Resets leave nothing behind that grows, though a store remembers in which order jobs came."""
    store = MemoryStore(bounds=Bounds(jobs=10_000))
    for _ in range(3):
        fill(store)
        store.reset_tenant(f"{0xAB:032x}")
    store.add_job(Job("last", "aa", 0.0, Upload("a", "mp3", 1, "aa"), "q", "u"))
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
