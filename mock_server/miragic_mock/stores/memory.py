"""The store in memory: the default, for one process.

Rule: one lock guards everything that changes more than one thing; a job costs its own identity and little
else (`packed`).
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import blake2b
from itertools import islice
from threading import RLock
from typing import BinaryIO, Final

from ..domain.job import Job
from ..domain.tenants import SERVER, Tenant
from ..errors import JobExistsError, OutOfCreditsError
from ..records.journal import Exchange, Journal
from .blobs import MemoryBlobs
from .packed import PackedJob
from .protocol import DEFAULT_BOUNDS, Bounds, Evicted, Glance, Totals, next_sweep

_EVICTED_SHARE: Final = 100
_WHOLE: Final = 2_000


@dataclass(slots=True)
class _Room:
    """All that belongs to one tenant; `due` holds the ids of jobs with a `due_at`, in its order."""

    tenant: Tenant
    exchanges: deque[Exchange]
    jobs: dict[str, PackedJob] = field(default_factory=dict)
    due: list[str] = field(default_factory=list)
    made: int = 0
    charged: int = 0
    journaled: int = 0

    def order(self, job_id: str) -> tuple[float, int]:
        """Where a job that has a `due_at` stands in `due`."""
        return self.jobs[job_id].order

    def add(self, packed: PackedJob) -> None:
        self.jobs[packed.id] = packed
        if packed.due_at is not None:
            self.place(packed)

    def place(self, packed: PackedJob) -> None:
        """Put a job where it belongs in `due`: at the end, mostly, where no search is needed."""
        if not self.due or self.order(self.due[-1]) < packed.order:
            self.due.append(packed.id)
        else:
            insort(self.due, packed.id, key=self.order)

    def change(self, packed: PackedJob, job: Job) -> None:
        was_due_at = packed.due_at
        if was_due_at is not None and was_due_at != job.due_at:
            self.due.remove(job.id)
        packed.hold(job)
        if job.due_at is not None and was_due_at != job.due_at:
            self.place(packed)

    def forget(self, job_ids: Iterable[str]) -> None:
        for job_id in job_ids:
            del self.jobs[job_id]
        self.due = [job_id for job_id in self.due if job_id in self.jobs]

    def clear(self) -> None:
        for part in (self.jobs, self.due, self.exchanges):
            part.clear()
        self.made = self.charged = self.journaled = 0


class MemoryStore:
    """A `Store` whose state lives and dies with this object.

    So many of the newest jobs as `whole` says are not packed: those are what is mostly polled.
    """

    is_shared = False

    def __init__(self, *, bounds: Bounds = DEFAULT_BOUNDS, whole: int = _WHOLE) -> None:
        self.bounds = bounds
        self._whole = whole
        self._lock = RLock()
        self._rooms: dict[str, _Room] = {}
        self._counters: dict[bytes, float] = {}
        self._arrivals: deque[PackedJob] = deque()
        self._newest: deque[PackedJob] = deque()
        self._live = 0
        self._next_sweep = 0.0
        self._evicted = Evicted()
        self._blobs = MemoryBlobs(bounds)

    def glance(self, tenant_id: str, job_id: str) -> Glance:
        with self._lock:
            server, room = self._rooms.get(SERVER), self._rooms.get(tenant_id)
            packed = None if room is None else room.jobs.get(job_id)
            return Glance(
                None if server is None else server.tenant,
                None if room is None else room.tenant,
                None if packed is None else packed.job(),
                0 if packed is None else packed.polls,
            )

    def recall(self, tenant_id: str, job_id: str) -> Glance | None:
        return None

    def tenant(self, tenant_id: str) -> Tenant | None:
        room = self._rooms.get(tenant_id)
        return None if room is None else room.tenant

    def add_tenant(self, tenant: Tenant) -> Tenant:
        with self._lock:
            room = self._rooms.get(tenant.id)
            if room is None:
                self._make_space_for_tenant()
                room = self._rooms[tenant.id] = _Room(tenant, deque(maxlen=self.bounds.journal))
            return room.tenant

    def change_tenant(self, tenant_id: str, change: Callable[[Tenant], Tenant]) -> Tenant | None:
        with self._lock:
            room = self._rooms.get(tenant_id)
            if room is None:
                return None
            room.tenant = change(room.tenant)
            return room.tenant

    def drop_tenant(self, tenant_id: str) -> bool:
        with self._lock:
            is_there = self.reset_tenant(tenant_id)
            self._rooms.pop(tenant_id, None)
            return is_there

    def reset_tenant(self, tenant_id: str) -> bool:
        with self._lock:
            room = self._rooms.get(tenant_id)
            if room is None:
                return False
            self._live -= len(room.jobs)
            room.clear()
            mine = _owner_of_counters(tenant_id)
            for key in [key for key in self._counters if key.startswith(mine)]:
                del self._counters[key]
            self._blobs.drop(tenant_id)
            return True

    def tenants(self) -> list[Tenant]:
        with self._lock:
            return [room.tenant for room in self._rooms.values()]

    def add_job(self, job: Job, *, allowance: int | None = None) -> Job:
        with self._lock:
            self._sweep_sometimes(job.received_at)
            room = self._room(job.tenant)
            if job.id in room.jobs:
                raise JobExistsError(job.id)
            cost = job.plan.credits
            if allowance is not None and room.charged + cost > allowance:
                raise OutOfCreditsError(needed=cost, left=max(allowance - room.charged, 0))
            room.made += 1
            room.charged += cost
            stored = replace(job, number=room.made)
            packed = PackedJob(stored)
            self._live += 1
            room.add(packed)
            self._arrivals.append(packed)
            self._newest.append(packed)
            if len(self._newest) > self._whole:
                self._newest.popleft().squeeze()
            self._make_space_for_jobs()
            return stored

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
                self._rooms[tenant_id].change(packed, changed)
            return changed

    def jobs(self, tenant_id: str, *, limit: int | None = None) -> list[Job]:
        with self._lock:
            room = self._rooms.get(tenant_id)
            newest = [] if room is None else list(islice(reversed(room.jobs.values()), limit))
            return [packed.job() for packed in reversed(newest)]

    def due(self, tenant_id: str, after: float, until: float) -> list[Job]:
        with self._lock:
            room = self._rooms.get(tenant_id)
            if room is None:
                return []
            start = bisect_right(room.due, after, key=lambda job_id: room.order(job_id)[0])
            stop = bisect_right(room.due, until, key=lambda job_id: room.order(job_id)[0])
            return [room.jobs[job_id].job() for job_id in room.due[start:stop]]

    def totals(self, tenant_id: str) -> Totals:
        room = self._rooms.get(tenant_id)
        return Totals(0, 0) if room is None else Totals(room.made, room.charged)

    def count(self, tenant_id: str, name: str) -> int:
        key = _counter(self._room(tenant_id).tenant.id, name)
        with self._lock:
            # Taken out and put in anew, so that the order is that in which counters were last counted.
            n = self._counters[key] = int(self._counters.pop(key, 0)) + 1
            self._make_space_for_counters()
            return n

    def counted(self, tenant_id: str, name: str) -> int:
        return int(self._counters.get(_counter(tenant_id, name), 0))

    def since(self, tenant_id: str, name: str, now: float) -> float:
        key = _counter(self._room(tenant_id).tenant.id, name)
        with self._lock:
            moment = self._counters.setdefault(key, now)
            self._make_space_for_counters()
            return moment

    def append(
        self, tenant_id: str, exchange: Exchange, *, counts_poll: bool = False, proof: tuple[str, ...] = ()
    ) -> Exchange:
        with self._lock:
            room = self._room(tenant_id)
            room.journaled += 1
            poll = exchange.poll
            packed = room.jobs.get(exchange.job_id or "") if counts_poll else None
            if packed is not None:
                poll = packed.polls = packed.polls + 1
            kept = exchange._replace(number=room.journaled, poll=poll)
            room.exchanges.append(kept)
            return kept

    def journal(self, tenant_id: str) -> Journal:
        with self._lock:
            room = self._rooms.get(tenant_id)
            if room is None:
                return Journal((), 0)
            return Journal(tuple(room.exchanges), room.journaled - len(room.exchanges))

    def put_blob(self, tenant_id: str, sha256: str, content: BinaryIO, size_bytes: int) -> bool:
        return self._blobs.put(tenant_id, sha256, content, size_bytes)

    def blob(self, tenant_id: str, sha256: str) -> BinaryIO | None:
        return self._blobs.open(tenant_id, sha256)

    def sweep(self, now: float) -> None:
        with self._lock:
            for room in list(self._rooms.values()):
                if room.tenant.expires_at is not None and room.tenant.expires_at <= now:
                    self._evict_tenant(room.tenant.id)
            oldest = now - self.bounds.job_ttl_s
            self._evict_jobs(lambda: self._arrivals[0].received_at <= oldest)

    def evicted(self) -> Evicted:
        return replace(self._evicted, blobs=self._blobs.evicted)

    def close(self) -> None:
        self._blobs.close()

    def _room(self, tenant_id: str) -> _Room:
        """The tenant's room, made when it is not there: a counter or journal may be first."""
        return self._rooms.get(tenant_id) or self._rooms[self.add_tenant(Tenant(tenant_id)).id]

    def _packed(self, tenant_id: str, job_id: str) -> PackedJob | None:
        room = self._rooms.get(tenant_id)
        return None if room is None else room.jobs.get(job_id)

    def _is_kept(self, packed: PackedJob) -> bool:
        return self._packed(packed.tenant, packed.id) is packed

    def _sweep_sometimes(self, now: float) -> None:
        if now >= self._next_sweep:
            self._next_sweep = next_sweep(now, self.bounds)
            self.sweep(now)

    def _make_space_for_tenant(self) -> None:
        if len(self._rooms) < self.bounds.tenants:
            return
        others = [room.tenant for room in self._rooms.values() if room.tenant.id != SERVER]
        victim = next((tenant for tenant in others if not tenant.is_declared), others[0] if others else None)
        if victim is not None:
            self._evict_tenant(victim.id)

    def _evict_tenant(self, tenant_id: str) -> None:
        jobs = len(self._rooms[tenant_id].jobs)
        self.drop_tenant(tenant_id)
        self._evicted = replace(
            self._evicted, tenants=self._evicted.tenants + 1, jobs=self._evicted.jobs + jobs
        )

    def _make_space_for_counters(self) -> None:
        """Let the oldest counters go, some at a time: finding the first in a dictionary is what costs."""
        surplus = len(self._counters) - self.bounds.counters
        if surplus > 0:
            surplus += self.bounds.counters // _EVICTED_SHARE
            for key in list(islice(self._counters, surplus)):
                del self._counters[key]
            self._evicted = replace(self._evicted, counters=self._evicted.counters + surplus)

    def _make_space_for_jobs(self) -> None:
        """Let the oldest jobs go, some at a time, so that each costs little."""
        if self._live > self.bounds.jobs:
            target = self.bounds.jobs - self.bounds.jobs // _EVICTED_SHARE
            self._evict_jobs(lambda: self._live > target)
        if len(self._arrivals) > 2 * self._live + 1024:
            self._arrivals = deque(filter(self._is_kept, self._arrivals))

    def _evict_jobs(self, is_enough_to_go_on: Callable[[], bool]) -> None:
        leaving: dict[str, set[str]] = {}
        while self._arrivals and is_enough_to_go_on():
            packed = self._arrivals.popleft()
            if self._is_kept(packed):
                leaving.setdefault(packed.tenant, set()).add(packed.id)
                self._live -= 1
        for tenant_id, job_ids in leaving.items():
            self._rooms[tenant_id].forget(job_ids)
        gone = sum(map(len, leaving.values()))
        self._evicted = replace(self._evicted, jobs=self._evicted.jobs + gone)


def _counter(tenant_id: str, name: str) -> bytes:
    """What a counter is kept under: a digest, since there is one for most jobs, and names are long."""
    name_bytes = name.encode("utf-8", "surrogatepass")
    return _owner_of_counters(tenant_id) + blake2b(name_bytes, digest_size=16).digest()


@lru_cache(maxsize=1024)
def _owner_of_counters(tenant_id: str) -> bytes:
    return blake2b(tenant_id.encode(), digest_size=8).digest()
