"""Stores used by several processes at once, and by processes that are killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from miragic_mock.domain.jobs.job import Job
from miragic_mock.stores import Totals, open_store

from ..submitting import add_job

TENANT = "ab" * 16
WORKERS = 4
ROUNDS = 25
KILLS = 6
FILES = 6

# A worker adds jobs, polls one job shared by all, counts, journals and advances the tenant's clock, and tells
# each round only after the store has acknowledged it.
WORKER = """
import sys
from dataclasses import replace
from miragic_mock.records.journal import Exchange
from miragic_mock.domain.jobs.job import Job, Upload
from miragic_mock.stores import open_store
from miragic_mock.domain.tenants import Tenant

url, tenant, shared, worker, rounds = sys.argv[1:]
store = open_store(url)
store.add_tenant(Tenant(tenant))
upload = Upload("a.mp3", "mp3", 1, "aa")
n = 0
while rounds == "endless" or n < int(rounds):
    n += 1
    job = Job(f"job-{worker}-{n}", tenant, 1.0, upload, "q", "u")
    exchange = Exchange("create", "POST", "/", 200, real_at=1.0, at=1.0, job_id=job.id)
    kept = store.submit(job, exchange)
    number, logged = kept.job.number, kept.exchange.number
    polls = store.poll(tenant, shared)[1]
    counted = store.count(tenant, "n")
    store.change_tenant(tenant, lambda before: replace(before, clock=before.clock.advanced(1)))
    print(job.id, number, polls, counted, logged, flush=True)
"""


def start(url: str, shared: Job, worker: int, rounds: int | str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WORKER, url, TENANT, shared.id, str(worker), str(rounds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.fixture(params=["sqlite", "redis"])
def shared_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store that processes can share."""
    if request.param == "sqlite":
        return f"sqlite:///{(tmp_path / 'shared.db').as_posix()}"
    return str(request.getfixturevalue("redis_url"))


def test_four_processes_lose_nothing_to_one_another(shared_url: str, make_job: Callable[..., Job]) -> None:
    """Every number, poll, count and journal entry is given once, whichever process asks; none is missing."""
    store = open_store(shared_url)
    try:
        shared = add_job(store, make_job(tenant=TENANT))
        total = WORKERS * ROUNDS
        workers = [start(shared_url, shared, worker, ROUNDS) for worker in range(WORKERS)]
        lines = [line.split() for worker in workers for line in worker.communicate()[0].splitlines()]
        assert [worker.returncode for worker in workers] == [0] * WORKERS
        ids, *columns = zip(*lines, strict=True)
        numbers, polls, counted, logged = (sorted(map(int, column)) for column in columns)
        assert polls == counted == list(range(1, total + 1))
        assert numbers == logged == list(range(2, total + 2))
        assert {job.id for job in store.jobs(TENANT)} == {*ids, shared.id}
        assert store.totals(TENANT) == Totals(jobs=total + 1, charged=2 * (total + 1))
        tenant = store.tenant(TENANT)
        assert tenant is not None
        assert tenant.clock.virtual == total
    finally:
        store.close()


OPENER = """
import sys
from miragic_mock.domain.tenants import Tenant
from miragic_mock.stores import open_store

sys.stdin.readline()
for n in range(int(sys.argv[2])):
    store = open_store(f"{sys.argv[1]}-{n}.db")
    store.add_tenant(Tenant("aa"))
    store.count("aa", "n")
    store.close()
"""


def test_processes_may_make_the_file_together(tmp_path: Path) -> None:
    """Workers that start at once on a file that is not there yet all get the same one."""
    base = f"sqlite:///{(tmp_path / 'new').as_posix()}"
    command = [sys.executable, "-c", OPENER, base, str(FILES)]
    workers = [subprocess.Popen(command, stdin=subprocess.PIPE, text=True) for _ in range(WORKERS)]
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    for worker in workers:
        worker.communicate()
    assert [worker.returncode for worker in workers] == [0] * WORKERS
    for n in range(FILES):
        store = open_store(f"{base}-{n}.db")
        assert store.count("aa", "n") == WORKERS + 1
        store.close()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no kill -9")
@pytest.mark.parametrize("synchronous", ["normal", "full"])
def test_a_killed_writer_loses_nothing_it_was_told(
    tmp_path: Path, make_job: Callable[..., Job], synchronous: str
) -> None:
    """After each of several kill -9 every acknowledged job, count and journal entry is there."""
    url = f"sqlite:///{(tmp_path / 'killed.db').as_posix()}?synchronous={synchronous}"
    store = open_store(url)
    shared = add_job(store, make_job(tenant=TENANT))
    store.close()
    acknowledged = {shared.id}
    for kill in range(KILLS):
        acknowledged |= acknowledged_before_the_kill(start(url, shared, kill, "endless"), 10 + kill)
        store = open_store(url)
        try:
            jobs = store.jobs(TENANT)
            assert acknowledged <= {job.id for job in jobs}
            # At most one job a kill is there without having been acknowledged: the one in flight.
            assert len(jobs) <= len(acknowledged) + kill + 1
            assert store.totals(TENANT) == Totals(jobs=len(jobs), charged=2 * len(jobs))
            assert store.count(TENANT, "n") >= len(acknowledged)
            journal = store.journal(TENANT)
            assert [exchange.number for exchange in journal.exchanges] == list(
                range(1, len(journal.exchanges) + 1)
            )
            assert len(journal.exchanges) >= len(acknowledged) - 1
        finally:
            store.close()


def acknowledged_before_the_kill(writer: subprocess.Popen[str], lines: int) -> set[str]:
    """The ids of the jobs a writer acknowledged before it was killed, somewhere after that many."""
    assert writer.stdout is not None
    with writer.stdout:
        written = [writer.stdout.readline() for _ in range(lines)]
        writer.kill()
        written += list(writer.stdout)
    assert writer.wait(10) == -signal.SIGKILL
    return {line.split()[0] for line in written if line.endswith("\n")}
