"""What a run may spend, and what it has spent.

Rule: what cannot be paid for is not sent. A request that may make a job is paid for before it is sent, and
the money comes back only where it is certain that no job was made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from ..trace import Answer, Trouble

# After any other trouble the request may have arrived, and the server may have charged for it.
_NEVER_SENT: Final = (Trouble.NAME, Trouble.REFUSED, Trouble.TLS)


class BudgetSpentError(Exception):
    """The next request cannot be paid for.

    Attributes:
        what: What has run out: `jobs`, `credits`, `requests` or `seconds`.
        limit: The most of it that the run may spend.
    """

    def __init__(self, what: str, limit: float) -> None:
        super().__init__(what, limit)
        self.what = what
        self.limit = limit

    def __str__(self) -> str:
        return f"the budget of {self.limit:g} {self.what} does not allow the next request"


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a run may spend.

    Attributes:
        jobs: Jobs that are or may be made.
        requests: Requests of any kind.
        credits: Credits for the jobs.
        seconds: From the first request to the last.
        credits_per_job: What a job is taken to cost, until a job turns out to cost more.
    """

    jobs: int
    requests: int
    credits: float
    seconds: float
    credits_per_job: float


@dataclass(frozen=True, slots=True)
class Spent:
    """What a run has spent.

    Attributes:
        jobs: Jobs that were or may have been made.
        requests: Requests that were sent.
        credits: Credits for the jobs.
    """

    jobs: int = 0
    requests: int = 0
    credits: float = 0


@dataclass(slots=True)
class Budget:
    """Keeps the books of one run."""

    limits: Limits
    _jobs: int = 0
    _requests: int = 0
    _prices: dict[int, float] = field(default_factory=dict)

    @property
    def spent(self) -> Spent:
        """What was spent. A job whose price is not known counts at the highest price that any job had."""
        known = list(self._prices.values())[: self._jobs]
        return Spent(self._jobs, self._requests, sum(known) + (self._jobs - len(known)) * self._price)

    def pay(self, *, may_make_a_job: bool, at_s: float = 0.0) -> None:
        """Book a request, just before it is sent.

        Args:
            may_make_a_job: Whether it has to be paid for as a job.
            at_s: Seconds since the run began.

        Raises:
            BudgetSpentError: It is beyond a limit. Nothing is booked then.
        """
        if self._requests + 1 > self.limits.requests:
            raise BudgetSpentError("requests", self.limits.requests)
        if at_s > self.limits.seconds:
            raise BudgetSpentError("seconds", self.limits.seconds)
        # Last of the checks, since it books: an error must leave the books as they were.
        if may_make_a_job:
            self._pay_for_a_job()
        self._requests += 1

    def settle(self, answer: Answer | None, trouble: Trouble | None = None) -> None:
        """Give the money for a job back if none can have been made.

        That is certain where the status is from 300 to 499, and where the request never reached the server.
        """
        # A 5xx may come after the job was made, and so may no answer at all.
        is_refused = answer is not None and 300 <= answer.status < 500
        if is_refused or trouble in _NEVER_SENT:
            self._jobs -= 1

    def note_price(self, job: int, credits: float) -> None:
        """Note what a job costs by its own account; later jobs are taken to cost as much."""
        # A job may show a price of 0 while it is pending, and its real one only at its end.
        self._prices[job] = max(credits, self._prices.get(job, 0))

    @property
    def _price(self) -> float:
        # The highest, as nothing says what the next job costs: better to stop early than to spend too much.
        return max([self.limits.credits_per_job, *self._prices.values()])

    def _pay_for_a_job(self) -> None:
        if self._jobs + 1 > self.limits.jobs:
            raise BudgetSpentError("jobs", self.limits.jobs)
        if self.spent.credits + self._price > self.limits.credits:
            raise BudgetSpentError("credits", self.limits.credits)
        self._jobs += 1
