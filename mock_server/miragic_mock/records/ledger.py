"""The books of a tenant: what was granted, charged and refunded, per job and in all, and what its rate limit
let in.

Rule: a pure view of jobs, polls and the moment. Charging happens once, at submit, in the store; whether a
FAILED job is refunded is the vendor's secret, so it is a switch, and it is off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..domain.job import Job
from ..domain.lifecycle import FAILED, state
from ..domain.tenants import RateLimit


@dataclass(frozen=True, slots=True)
class Entry:
    """One job's line: what it cost, and what of that came back."""

    job_id: str
    number: int
    at: float
    status: str
    charged: int
    refunded: int


@dataclass(frozen=True, slots=True)
class RateUse:
    """What became of a tenant's rate limit in one window, which ends at `ends_at` on the tenant's clock.

    `used` requests were let in, `refused` ones answered 429; requests that a fault answered are neither.
    """

    limit: RateLimit
    ends_at: float
    used: int
    refused: int

    @property
    def left(self) -> int:
        """How many more would be let in."""
        return self.limit.requests - self.used


@dataclass(frozen=True, slots=True)
class Ledger:
    """A tenant's books.

    `granted` and `balance` are None for a tenant without a limit. `jobs_created` and `charged` count evicted
    jobs too; `entries` are the jobs still kept, in order of number.
    """

    granted: int | None
    charged: int
    refunded: int
    balance: int | None
    jobs_created: int
    entries: tuple[Entry, ...]

    @property
    def allowance(self) -> int | None:
        """The most that may be charged in all: what `Store.add_job` wants to know; None for no limit."""
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
    """The books at `now` on the tenant's clock.

    `jobs_created` and `charged` are the store's totals; `polls` gives the polls a job id has had.
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
