"""Each store against a model of plain dictionaries, under any sequence of operations."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from miragic_mock.domain.jobs.job import Ended, Job, Upload
from miragic_mock.domain.jobs.plan import resolve
from miragic_mock.domain.tenants import SERVER, Tenant
from miragic_mock.errors import JobExistsError, OutdatedError, OutOfCreditsError, UnknownTenantError
from miragic_mock.language.plans import parse_plan
from miragic_mock.records.journal import Exchange
from miragic_mock.stores import Bounds, Store, open_store
from miragic_mock.stores.memory import MemoryStore
from miragic_mock.stores.protocol import Count
from miragic_mock.stores.redis import RedisStore

from ..submitting import submission_of

TENANTS = ("aa", "bb")
JOURNAL = 4
BOUNDS = Bounds(journal=JOURNAL)
PLANS = ("done-after=1s", "done-after=2s", "done-after=3polls", "done=manual;credits=0", "credits=5")
UPLOAD = Upload("a.mp3", "mp3", 1, "aa", 1.0)


class Model(RuleBasedStateMachine):
    """Small whole seconds and two tenants, so that ties and collisions are the rule."""

    open: Callable[[], Store]
    jobs = Bundle("jobs")

    @initialize()
    def start(self) -> None:
        self.store = type(self).open()
        self.tenants: dict[str, Tenant] = {SERVER: self.store.add_tenant(Tenant(SERVER))}
        self.kept: dict[str, tuple[Job, int]] = {}
        self.made: dict[str, int] = {}
        self.charged: dict[str, int] = {}
        self.counters: dict[tuple[str, str], int] = {}
        self.log: dict[str, list[Exchange]] = {}
        self.serial = 0

    @rule(tenant=st.sampled_from(TENANTS), name=st.sampled_from(["x", "y"]))
    def add_tenant(self, tenant: str, name: str) -> None:
        expected = self.tenants.setdefault(tenant, Tenant(tenant, name=name))
        assert self.store.add_tenant(Tenant(tenant, name=name)) == expected

    @rule(tenant=st.sampled_from(TENANTS), seconds=st.integers(0, 3))
    def advance(self, tenant: str, seconds: int) -> None:
        def change(before: Tenant) -> Tenant:
            return replace(before, clock=before.clock.advanced(seconds))

        expected = self.tenants.get(tenant)
        if expected is not None:
            expected = self.tenants[tenant] = change(expected)
        assert self.store.change_tenant(tenant, change) == expected

    @rule(tenant=st.sampled_from(TENANTS), drop=st.booleans())
    def end_tenant(self, tenant: str, drop: bool) -> None:
        was_there = tenant in self.tenants
        assert (self.store.drop_tenant(tenant) if drop else self.store.reset_tenant(tenant)) == was_there
        if drop:
            self.tenants.pop(tenant, None)
        self.kept = {job_id: kept for job_id, kept in self.kept.items() if kept[0].tenant != tenant}
        self.counters = {key: n for key, n in self.counters.items() if key[0] != tenant}
        for books in (self.made, self.charged, self.log):
            books.pop(tenant, None)

    @rule(
        target=jobs,
        tenant=st.sampled_from(TENANTS),
        plan=st.sampled_from(PLANS),
        at=st.integers(0, 2),
        allowance=st.none() | st.integers(0, 12),
    )
    def add_job(self, tenant: str, plan: str, at: int, allowance: int | None) -> Job:
        self.serial += 1
        resolved = resolve((("header", parse_plan(plan)),))
        job = Job(
            f"{self.serial:08x}-0000-4000-8000-000000000000",
            *(tenant, float(at), UPLOAD, "q", "u", resolved.plan, resolved.source, "text"),
        )
        if tenant not in self.tenants:
            with pytest.raises(UnknownTenantError):
                self.store.submit(job, submission_of(job))
            return job
        charged = self.charged.get(tenant, 0) + resolved.plan.credits
        if allowance is not None and charged > allowance:
            with pytest.raises(OutOfCreditsError):
                self.store.submit(job, submission_of(job), allowance=allowance)
            return job
        self.made[tenant] = self.made.get(tenant, 0) + 1
        self.charged[tenant] = charged
        expected = replace(job, number=self.made[tenant])
        self.kept[job.id] = (expected, 0)
        log = self.log.setdefault(tenant, [])
        log.append(submission_of(job)._replace(number=len(log) + 1))
        kept = self.store.submit(job, submission_of(job), allowance=allowance)
        assert kept == (expected, log[-1])
        return job

    @rule(job=jobs)
    def add_job_again(self, job: Job) -> None:
        if job.id in self.kept:
            with pytest.raises(JobExistsError):
                self.store.submit(job, submission_of(job))

    @rule(job=jobs, tenant=st.sampled_from(TENANTS))
    def poll(self, job: Job, tenant: str) -> None:
        kept = self.kept.get(job.id)
        if kept is None or kept[0].tenant != tenant:
            assert self.store.poll(tenant, job.id) is None
            return
        self.kept[job.id] = kept = (kept[0], kept[1] + 1)
        assert self.store.poll(tenant, job.id) == kept

    @rule(job=jobs, at=st.integers(0, 5))
    def end_job(self, job: Job, at: int) -> None:
        self.change(job, lambda before: replace(before, ended=Ended(float(at))))

    @rule(job=jobs, plan=st.sampled_from(PLANS))
    def replan(self, job: Job, plan: str) -> None:
        self.change(job, lambda before: replace(before, plan=resolve((("c", parse_plan(plan)),)).plan))

    def change(self, job: Job, change: Callable[[Job], Job]) -> None:
        kept = self.kept.get(job.id)
        if kept is not None:
            self.kept[job.id] = (change(kept[0]), kept[1])
        expected = self.kept.get(job.id, (None, 0))[0]
        assert self.store.change_job(job.tenant, job.id, change) == expected

    @rule(tenant=st.sampled_from(TENANTS), name=st.sampled_from(["x", "y"]))
    def count(self, tenant: str, name: str) -> None:
        if tenant not in self.tenants:
            with pytest.raises(UnknownTenantError):
                self.store.count(tenant, name)
            return
        self.counters[tenant, name] = self.counters.get((tenant, name), 0) + 1
        assert self.store.count(tenant, name) == self.counters[tenant, name]

    @rule(
        tenant=st.sampled_from(TENANTS),
        status=st.none() | st.just(200),
        before=st.none() | st.integers(0, 3),
        after=st.integers(1, 4),
    )
    def append(self, tenant: str, status: int | None, before: int | None, after: int) -> None:
        exchange = Exchange("status", "GET", "/x", status, real_at=1.0, at=2.0)
        counts = (Count("y", before, after), Count("z", None, 1))
        found = self.counters.get((tenant, "y"), 0)
        if tenant not in self.tenants or before not in (None, found):
            refused = OutdatedError if tenant in self.tenants else UnknownTenantError
            with pytest.raises(refused):
                self.store.append(tenant, exchange, counts=counts)
            return
        self.counters[tenant, "y"] = found + 1 if before is None else after
        self.counters[tenant, "z"] = self.counters.get((tenant, "z"), 0) + 1
        log = self.log.setdefault(tenant, [])
        log.append(exchange._replace(number=len(log) + 1))
        assert self.store.append(tenant, exchange, counts=counts) == log[-1]

    @rule(job=jobs)
    def poll_with_exchange(self, job: Job) -> None:
        """Recalls what it can, and looks again where that is no longer so, as the engine does."""
        recalled = self.store.recall(job.tenant, job.id)
        seen = self.store.glance(job.tenant, job.id)
        kept = self.kept.get(job.id, (None, 0))
        assert (seen.tenant, seen.job, seen.polls) == (self.tenants.get(job.tenant), *kept)
        exchange = Exchange("status", "GET", "/x", 200, real_at=1.0, at=2.0, job_id=job.id)
        proof = () if recalled is None else recalled.proof
        if recalled is not None and recalled[:3] != seen[:3]:
            with pytest.raises(OutdatedError):
                self.store.append(job.tenant, exchange, counts_poll=True, proof=proof)
            proof = ()
        if job.tenant not in self.tenants:
            with pytest.raises(UnknownTenantError):
                self.store.append(job.tenant, exchange, counts_poll=True)
            return
        log = self.log.setdefault(job.tenant, [])
        poll = None
        if kept[0] is not None:
            poll = kept[1] + 1
            self.kept[job.id] = (kept[0], poll)
        log.append(exchange._replace(number=len(log) + 1, poll=poll))
        assert self.store.append(job.tenant, exchange, counts_poll=True, proof=proof) == log[-1]

    @rule(tenant=st.sampled_from(TENANTS), after=st.integers(-1, 4), length=st.integers(0, 4))
    def due(self, tenant: str, after: int, length: int) -> None:
        jobs = [job for job, _ in self.kept.values() if job.tenant == tenant and job.due_at is not None]
        jobs.sort(key=lambda job: (job.due_at, job.number))
        expected = [job for job in jobs if job.due_at is not None and after < job.due_at <= after + length]
        assert self.store.due(tenant, after, after + length) == expected

    @rule(job=consumes(jobs))
    def forget_about(self, job: Job) -> None:
        """Lets the machine turn to other jobs."""

    @invariant()
    def shows_what_the_model_has(self) -> None:
        assert {tenant.id: tenant for tenant in self.store.tenants()} == self.tenants
        for tenant in TENANTS:
            jobs = [job for job, _ in self.kept.values() if job.tenant == tenant]
            assert self.store.jobs(tenant) == jobs
            for name in ("x", "y", "z"):
                assert self.store.counted(tenant, name) == self.counters.get((tenant, name), 0)
            totals = self.store.totals(tenant)
            assert (totals.jobs, totals.charged) == (self.made.get(tenant, 0), self.charged.get(tenant, 0))
            log = self.log.get(tenant, [])
            journal = self.store.journal(tenant)
            assert list(journal.exchanges) == log[-JOURNAL:]
            assert journal.dropped == max(len(log) - JOURNAL, 0)
        for job, polls in self.kept.values():
            assert self.store.job(job.tenant, job.id) == job
            assert self.store.polls(job.tenant, job.id) == polls

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()


@pytest.mark.parametrize("kind", ["memory", "packed", "sqlite", "redis"])
def test_a_store_behaves_like_dictionaries(kind: str, request: pytest.FixtureRequest) -> None:
    """No sequence of operations tells a store from a model of dictionaries."""
    with tempfile.TemporaryDirectory() as folder:
        runs = iter(range(1_000_000))

        def open_one() -> Store:
            name = f"run{next(runs)}"
            if kind == "memory":
                return open_store(bounds=BOUNDS)
            if kind == "packed":
                return MemoryStore(bounds=BOUNDS, whole=0)
            if kind == "sqlite":
                return open_store(f"sqlite:///{Path(folder, name).as_posix()}", bounds=BOUNDS)
            url = request.getfixturevalue("redis_url")
            return RedisStore(url, bounds=BOUNDS, prefix=f"model-{os.getpid()}-{name}:")

        machine = type("Machine", (Model,), {"open": staticmethod(open_one)})
        examples = 60 if kind in ("memory", "packed") else 15
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=25,
                deadline=None,
                derandomize=True,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
