"""The books of a tenant: what was granted, charged and refunded, and what its rate limit let in.

Rule: a pure view of jobs, polls and the moment. Charging happens once, at submit, in the store. Whether
the vendor refunds a FAILED job is not known (Q10), so that is a switch, and it is off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..domain.jobs.job import Job
from ..domain.jobs.lifecycle import FAILED, state
from ..domain.tenants import RateLimit


@dataclass(frozen=True, slots=True)
class Entry:
    """The line of one job.

    Attributes:
        job_id: The job.
        number: Its place among the tenant's jobs.
        at: When it was submitted, on the tenant's clock.
        status: What it shows now.
        charged: What it cost.
        refunded: What of that came back.
    """

    job_id: str
    number: int
    at: float
    status: str
    charged: int
    refunded: int


@dataclass(frozen=True, slots=True)
class RateUse:
    """What became of a tenant's rate limit in one window.

    Attributes:
        limit: The limit.
        ends_at: When the window ends, on the tenant's clock.
        used: How many requests were let in; those that a fault answered do not count.
        refused: How many requests were answered with 429.
    """

    limit: RateLimit
    ends_at: float
    used: int
    refused: int

    @property
    def left(self) -> int:
        """How many more requests would be let in."""
        return self.limit.requests - self.used


@dataclass(frozen=True, slots=True)
class Ledger:
    """A tenant's books.

    Attributes:
        granted: The credits it was given, None for no limit.
        charged: The credits it was ever charged, for evicted jobs too.
        refunded: The credits that came back, for jobs still kept.
        balance: What is left, None for no limit.
        jobs_created: How many jobs it ever made, evicted ones included.
        entries: The jobs still kept, in order of number.
    """

    granted: int | None
    charged: int
    refunded: int
    balance: int | None
    jobs_created: int
    entries: tuple[Entry, ...]

    @property
    def allowance(self) -> int | None:
        """The most that may be charged in all, as `Store.submit` takes it; None for no limit."""
        return None if self.granted is None else self.granted + self.refunded


def ledger(
    jobs: Iterable[Job],
    *,
    granted: int | None,
    jobs_created: int,
    charged: int,
    now: float,
    polls: Callable[[str], int],
    refund_failed: bool = False,
) -> Ledger:
    """Return the books of a tenant.

    Args:
        jobs: The jobs still kept.
        granted: The credits it was given, None for no limit.
        jobs_created: The store's total.
        charged: The store's total.
        now: The moment, on the tenant's clock.
        polls: Gives how often a job was polled, by its id.
        refund_failed: Whether the price of a FAILED job is given back.
    """
    entries = tuple(_entry(job, now, polls(job.id), refund_failed) for job in jobs)
    refunded = sum(entry.refunded for entry in entries)
    balance = None if granted is None else granted - charged + refunded
    return Ledger(granted, charged, refunded, balance, jobs_created, entries)


def _entry(job: Job, now: float, polls: int, refund_failed: bool) -> Entry:
    status = state(job, now, polls).status
    charged = job.plan.credits
    refunded = charged if refund_failed and status == FAILED else 0
    return Entry(job.id, job.number, job.created_at, status, charged, refunded)
