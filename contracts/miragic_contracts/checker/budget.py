"""What a run may spend, and what it has spent. Fails closed: what cannot be paid for is not sent.

A request that may make a job is paid for before it is sent. Only an answer that says that no job was made
gives the money back; no answer, or one that leaves it open, does not.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..trace import Answer, Trouble

_NEVER_SENT = (Trouble.NAME, Trouble.REFUSED, Trouble.TLS)


class BudgetSpentError(Exception):
    """The next request cannot be paid for. `what` is `jobs`, `credits`, `requests` or `seconds`."""

    def __init__(self, what: str, limit: float) -> None:
        super().__init__(what, limit)
        self.what = what
        self.limit = limit

    def __str__(self) -> str:
        return f"the budget of {self.limit:g} {self.what} does not allow the next request"


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a run may spend. `credits_per_job` is what a job is taken to cost until one says more.

    `seconds` bounds when the last request may be sent, from the first on.
    """

    jobs: int
    requests: int
    credits: float
    seconds: float
    credits_per_job: float


@dataclass(frozen=True, slots=True)
class Spent:
    """What a run has spent: jobs that were or may have been made, requests sent, credits for those jobs."""

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
        """Jobs at the price they told, the others at the dearest price that any told."""
        told = list(self._prices.values())[: self._jobs]
        return Spent(self._jobs, self._requests, sum(told) + (self._jobs - len(told)) * self._price)

    def pay(self, *, may_make_a_job: bool, at_s: float = 0.0) -> None:
        """Books one request, just before it is sent `at_s` seconds after the first.

        Raises: BudgetSpentError where it is beyond a limit; nothing is booked then.
        """
        if self._requests + 1 > self.limits.requests:
            raise BudgetSpentError("requests", self.limits.requests)
        if at_s > self.limits.seconds:
            raise BudgetSpentError("seconds", self.limits.seconds)
        if may_make_a_job:
            self._pay_for_a_job()
        self._requests += 1

    def settle(self, answer: Answer | None, trouble: Trouble | None = None) -> None:
        """Gives the money for a job back where none can have been made: the answer is a status of 300
        to 499, or the request never reached the server.
        """
        is_refused = answer is not None and 300 <= answer.status < 500
        if is_refused or trouble in _NEVER_SENT:
            self._jobs -= 1

    def note_price(self, job: int, credits: float) -> None:
        """A job told what it costs; later jobs are taken to cost as much."""
        self._prices[job] = max(credits, self._prices.get(job, 0))

    @property
    def _price(self) -> float:
        return max([self.limits.credits_per_job, *self._prices.values()])

    def _pay_for_a_job(self) -> None:
        if self._jobs + 1 > self.limits.jobs:
            raise BudgetSpentError("jobs", self.limits.jobs)
        if self.spent.credits + self._price > self.limits.credits:
            raise BudgetSpentError("credits", self.limits.credits)
        self._jobs += 1
