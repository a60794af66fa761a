"""What the memory store keeps of one tenant."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..domain.jobs.job import Job
from ..domain.tenants import Tenant
from ..records.journal import Exchange
from .packed import PackedJob


@dataclass(slots=True)
class MemoryTenant:
    """All that belongs to one tenant; the store has the lock for it.

    Attributes:
        tenant: The tenant's value.
        exchanges: Its journal, bounded.
        jobs: Its jobs by id, in order of number.
        due: The ids of its jobs with a `due_at`, in the order of that.
        made: How many jobs it ever had.
        charged: How many credits it was ever charged.
        journaled: How many exchanges it ever had.
    """

    tenant: Tenant
    exchanges: deque[Exchange]
    jobs: dict[str, PackedJob] = field(default_factory=dict)
    due: list[str] = field(default_factory=list)
    made: int = 0
    charged: int = 0
    journaled: int = 0

    def submitted(self, packed: PackedJob, cost: int, exchange: Exchange) -> None:
        """Add a new job, the latest by number, with what it costs and its exchange."""
        self.jobs[packed.id] = packed
        if packed.due_at is not None:
            self._place(packed)
        self.made += 1
        self.charged += cost
        self.journaled += 1
        self.exchanges.append(exchange)

    def take_back(self, job_id: str, exchange: Exchange) -> None:
        """Forget a new job and its exchange, however much of them was added."""
        if job_id in self.due:
            self.due.remove(job_id)
        self.jobs.pop(job_id, None)
        if self.exchanges and self.exchanges[-1] is exchange:
            self.exchanges.pop()

    def change(self, packed: PackedJob, job: Job) -> None:
        """Let a job be what it has changed to."""
        was_due_at = packed.due_at
        if was_due_at is not None and was_due_at != job.due_at:
            self.due.remove(job.id)
        packed.hold(job)
        if job.due_at is not None and was_due_at != job.due_at:
            self._place(packed)

    def due_between(self, after: float, until: float) -> list[Job]:
        """Return the jobs whose `due_at` lies in `after < due_at <= until`, in order."""
        start = bisect_right(self.due, after, key=lambda job_id: self._order(job_id)[0])
        stop = bisect_right(self.due, until, key=lambda job_id: self._order(job_id)[0])
        return [self.jobs[job_id].job() for job_id in self.due[start:stop]]

    def forget(self, job_ids: Iterable[str]) -> None:
        """Let jobs go."""
        for job_id in job_ids:
            del self.jobs[job_id]
        self.due = [job_id for job_id in self.due if job_id in self.jobs]

    def clear(self) -> None:
        """Forget all but the tenant's value."""
        for part in (self.jobs, self.due, self.exchanges):
            part.clear()
        self.made = self.charged = self.journaled = 0

    def _order(self, job_id: str) -> tuple[float, int]:
        return self.jobs[job_id].order

    def _place(self, packed: PackedJob) -> None:
        # Jobs mostly end in the order in which they came: at the end no search is needed.
        if not self.due or self._order(self.due[-1]) < packed.order:
            self.due.append(packed.id)
        else:
            insort(self.due, packed.id, key=self._order)
