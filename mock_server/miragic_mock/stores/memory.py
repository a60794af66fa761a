"""The store in memory: the default, for one process.

Rule: one lock guards everything that changes more than one thing; a job costs its own identity and little
else (`packed`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from threading import RLock
from typing import BinaryIO, Final

from ..domain.jobs.job import Job
from ..domain.tenants import SERVER, Tenant
from ..errors import JobExistsError, OutOfCreditsError, UnknownTenantError
from ..records.journal import Exchange, Journal
from .blobs import MemoryBlobs
from .memory_counters import MemoryCounters
from .memory_tenant import MemoryTenant
from .packed import PackedJob
from .protocol import DEFAULT_BOUNDS, Bounds, Count, Evicted, Glance, Kept, Recording, Totals
from .sweeps import SweepSchedule

# A hundredth of the bound goes at once: `MemoryTenant.forget` goes through a tenant's jobs for each eviction.
_EVICTED_SHARE: Final = 100
_WHOLE: Final = 2_000


class MemoryStore:
    """A `Store` whose state lives and dies with this object.

    Args:
        bounds: How much it keeps.
        whole: How many of the newest jobs are not packed: those are what is mostly polled.
    """

    is_shared = False

    def __init__(self, *, bounds: Bounds = DEFAULT_BOUNDS, whole: int = _WHOLE) -> None:
        self.bounds = bounds
        self._whole = whole
        # Reentrant, since methods are made of one another: dropping a tenant resets it, submitting sweeps.
        self._lock = RLock()
        self._tenants: dict[str, MemoryTenant] = {}
        self._counters = MemoryCounters(bounds.counters)
        self._arrivals: deque[PackedJob] = deque()
        self._newest: deque[PackedJob] = deque()
        self._live = 0
        self._sweeps = SweepSchedule(bounds)
        self._evicted = Evicted()
        self._blobs = MemoryBlobs(bounds)

    def now(self, real: float) -> float:
        return real

    def glance(self, tenant_id: str, job_id: str) -> Glance:
        with self._lock:
            server, kept = self._tenants.get(SERVER), self._tenants.get(tenant_id)
            packed = None if kept is None else kept.jobs.get(job_id)
            return Glance(
                None if server is None else server.tenant,
                None if kept is None else kept.tenant,
                None if packed is None else packed.job(),
                0 if packed is None else packed.polls,
            )

    def recall(self, tenant_id: str, job_id: str) -> Glance | None:
        # A look into a dictionary is as quick as remembering the last one, and is never outdated.
        return None

    def tenant(self, tenant_id: str) -> Tenant | None:
        kept = self._tenants.get(tenant_id)
        return None if kept is None else kept.tenant

    def add_tenant(self, tenant: Tenant) -> Tenant:
        with self._lock:
            kept = self._tenants.get(tenant.id)
            if kept is None:
                self._make_space_for_tenant()
                kept = self._tenants[tenant.id] = MemoryTenant(tenant, deque(maxlen=self.bounds.journal))
            return kept.tenant

    def change_tenant(self, tenant_id: str, change: Callable[[Tenant], Tenant]) -> Tenant | None:
        with self._lock:
            kept = self._tenants.get(tenant_id)
            if kept is None:
                return None
            kept.tenant = change(kept.tenant)
            return kept.tenant

    def drop_tenant(self, tenant_id: str) -> bool:
        with self._lock:
            is_there = self.reset_tenant(tenant_id)
            self._tenants.pop(tenant_id, None)
            return is_there

    def end_tenant(self, tenant_id: str, real: float) -> bool:
        with self._lock:
            kept = self._tenants.get(tenant_id)
            return kept is not None and kept.tenant.is_over(real) and self.drop_tenant(tenant_id)

    def reset_tenant(self, tenant_id: str) -> bool:
        with self._lock:
            kept = self._tenants.get(tenant_id)
            if kept is None:
                return False
            self._live -= len(kept.jobs)
            kept.clear()
            self._counters.drop(tenant_id)
            self._blobs.drop(tenant_id)
            return True

    def tenants(self) -> list[Tenant]:
        with self._lock:
            return [kept.tenant for kept in self._tenants.values()]

    def submit(
        self,
        job: Job,
        exchange: Exchange,
        *,
        allowance: int | None = None,
        counts: Sequence[Count] = (),
        recording: Recording | None = None,
    ) -> Kept:
        # Before the lock is taken, so that nobody waits while a large upload is copied.
        with self._blobs.taken(job.tenant, recording) as blob, self._lock:
            if self._sweeps.is_due(job.received_at):
                self.sweep(job.received_at)
            kept = self._kept_of(job.tenant)
            if job.id in kept.jobs:
                raise JobExistsError(job.id)
            cost = job.plan.credits
            if allowance is not None and kept.charged + cost > allowance:
                raise OutOfCreditsError(needed=cost, left=max(allowance - kept.charged, 0))
            self._counters.check(job.tenant, counts)
            self._make_space_for_job()
            stored = replace(job, number=kept.made + 1)
            packed = PackedJob(stored)
            numbered = exchange._replace(number=kept.journaled + 1)
            before = kept.made, kept.charged, kept.journaled, self._live
            counted = self._counters.values(job.tenant, counts)
            try:
                # First what may be left behind: those queues pass over jobs that are not kept.
                self._queue(packed)
                self._counters.keep(job.tenant, counts)
                self._blobs.keep(blob)
                self._live += 1
                kept.submitted(packed, cost, numbered)
                return Kept(stored, numbered)
            except BaseException:
                # Whatever stops it halfway, such as the end of memory: nothing of it is left.
                kept.made, kept.charged, kept.journaled, self._live = before
                kept.take_back(packed.id, numbered)
                self._counters.restore(job.tenant, counted)
                self._blobs.take_back(blob)
                raise

    def job(self, tenant_id: str, job_id: str) -> Job | None:
        with self._lock:
            packed = self._packed(tenant_id, job_id)
            return None if packed is None else packed.job()

    def poll(self, tenant_id: str, job_id: str) -> tuple[Job, int] | None:
        with self._lock:
            packed = self._packed(tenant_id, job_id)
            if packed is None:
                return None
            packed.polls += 1
            return packed.job(), packed.polls

    def polls(self, tenant_id: str, job_id: str) -> int:
        packed = self._packed(tenant_id, job_id)
        return 0 if packed is None else packed.polls

    def change_job(self, tenant_id: str, job_id: str, change: Callable[[Job], Job]) -> Job | None:
        with self._lock:
            packed = self._packed(tenant_id, job_id)
            if packed is None:
                return None
            job = packed.job()
            changed = change(job)
            if changed is not job:
                self._tenants[tenant_id].change(packed, changed)
            return changed

    def jobs(self, tenant_id: str, *, limit: int | None = None) -> list[Job]:
        with self._lock:
            kept = self._tenants.get(tenant_id)
            newest = [] if kept is None else list(islice(reversed(kept.jobs.values()), limit))
            return [packed.job() for packed in reversed(newest)]

    def due(self, tenant_id: str, after: float, until: float) -> list[Job]:
        with self._lock:
            kept = self._tenants.get(tenant_id)
            return [] if kept is None else kept.due_between(after, until)

    def totals(self, tenant_id: str) -> Totals:
        kept = self._tenants.get(tenant_id)
        return Totals(0, 0) if kept is None else Totals(kept.made, kept.charged)

    def count(self, tenant_id: str, name: str) -> int:
        with self._lock:
            return self._counters.count(self._kept_of(tenant_id).tenant.id, name)

    def counted(self, tenant_id: str, name: str) -> float:
        return self._counters.counted(tenant_id, name)

    def append(
        self,
        tenant_id: str,
        exchange: Exchange,
        *,
        counts_poll: bool = False,
        counts: Sequence[Count] = (),
        proof: tuple[str, ...] = (),
    ) -> Exchange:
        with self._lock:
            kept = self._kept_of(tenant_id)
            packed = kept.jobs.get(exchange.job_id or "") if counts_poll else None
            polls = 0 if packed is None else packed.polls
            number = kept.journaled + 1
            numbered = exchange._replace(number=number, poll=exchange.poll if packed is None else polls + 1)
            counted = None
            try:
                if counts:
                    self._counters.check(tenant_id, counts)
                    counted = self._counters.values(tenant_id, counts)
                    self._counters.keep(tenant_id, counts)
                if packed is not None:
                    packed.polls = polls + 1
                kept.journaled = number
                kept.exchanges.append(numbered)
                return numbered
            except BaseException:
                kept.journaled = number - 1
                if packed is not None:
                    packed.polls = polls
                kept.take_back("", numbered)
                self._counters.restore(tenant_id, counted or {})
                raise

    def journal(self, tenant_id: str) -> Journal:
        with self._lock:
            kept = self._tenants.get(tenant_id)
            if kept is None:
                return Journal((), 0)
            return Journal(tuple(kept.exchanges), kept.journaled - len(kept.exchanges))

    def blob(self, tenant_id: str, sha256: str) -> BinaryIO | None:
        return self._blobs.open(tenant_id, sha256)

    def sweep(self, now: float) -> None:
        with self._lock:
            for kept in list(self._tenants.values()):
                if kept.tenant.expires_at is not None and kept.tenant.expires_at <= now:
                    self._evict_tenant(kept.tenant.id)
            oldest = now - self.bounds.job_ttl_s
            self._evict_jobs(lambda: self._arrivals[0].received_at <= oldest)

    def probe(self) -> None:
        pass

    def evicted(self) -> Evicted:
        return replace(self._evicted, counters=self._counters.evicted, blobs=self._blobs.evicted)

    def close(self) -> None:
        self._blobs.close()

    def _kept_of(self, tenant_id: str) -> MemoryTenant:
        kept = self._tenants.get(tenant_id)
        if kept is None:
            raise UnknownTenantError(tenant_id)
        return kept

    def _queue(self, packed: PackedJob) -> None:
        self._arrivals.append(packed)
        self._newest.append(packed)
        if len(self._newest) > self._whole:
            self._newest.popleft().squeeze()

    def _packed(self, tenant_id: str, job_id: str) -> PackedJob | None:
        kept = self._tenants.get(tenant_id)
        return None if kept is None else kept.jobs.get(job_id)

    def _is_kept(self, packed: PackedJob) -> bool:
        # By identity: after a reset the same submission makes a job of the same id, which is another.
        return self._packed(packed.tenant, packed.id) is packed

    def _make_space_for_tenant(self) -> None:
        if len(self._tenants) < self.bounds.tenants:
            return
        others = [kept.tenant for kept in self._tenants.values() if kept.tenant.id != SERVER]
        victim = next((tenant for tenant in others if not tenant.is_declared), others[0] if others else None)
        if victim is not None:
            self._evict_tenant(victim.id)

    def _evict_tenant(self, tenant_id: str) -> None:
        jobs = len(self._tenants[tenant_id].jobs)
        self.drop_tenant(tenant_id)
        self._evicted = replace(
            self._evicted, tenants=self._evicted.tenants + 1, jobs=self._evicted.jobs + jobs
        )

    def _make_space_for_job(self) -> None:
        """Let the oldest jobs go, some at a time, so that each costs little."""
        if self._live >= self.bounds.jobs:
            target = self.bounds.jobs - self.bounds.jobs // _EVICTED_SHARE
            self._evict_jobs(lambda: self._live >= target)
        if len(self._arrivals) > 2 * self._live + 1024:
            # Jobs of tenants that were reset or dropped stay in the queue until most of it is such jobs:
            # taking one out of the middle of a deque would cost its whole length.
            self._arrivals = deque(filter(self._is_kept, self._arrivals))

    def _evict_jobs(self, is_enough_to_go_on: Callable[[], bool]) -> None:
        leaving: dict[str, set[str]] = {}
        while self._arrivals and is_enough_to_go_on():
            packed = self._arrivals.popleft()
            if self._is_kept(packed):
                leaving.setdefault(packed.tenant, set()).add(packed.id)
                self._live -= 1
        for tenant_id, job_ids in leaving.items():
            self._tenants[tenant_id].forget(job_ids)
        gone = sum(map(len, leaving.values()))
        self._evicted = replace(self._evicted, jobs=self._evicted.jobs + gone)
