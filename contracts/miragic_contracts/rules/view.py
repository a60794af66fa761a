"""A trace arranged for the rules: by job, by look, by probe. Each arrangement is computed once."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..pointers import MISSING, value_at
from ..spec import Spec
from ..trace import Exchange, Intent, Key, Trace
from ..validation import Judge

# Statuses that say "not now" or "not with this account". They say nothing about the product.
PASSING: Final = frozenset({402, 429, 502, 503, 504})
KEY_REFUSED: Final = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class Look:
    """A poll that showed a job.

    Attributes:
        exchange: The poll and its answer.
        document: The answer's document.
        status: The job's state; None where it is no string.
    """

    exchange: Exchange
    document: Any
    status: str | None

    def value(self, pointer: str) -> Any:
        """Return what a JSON Pointer points at in the document, or `MISSING`."""
        return value_at(self.document, pointer)


@dataclass(frozen=True, slots=True)
class Job:
    """A job as its owner saw it in a trace.

    Attributes:
        number: The number of the job in the trace.
        id: The id that its submission answered with; None where it answered with none.
        submission: The submission; None where the trace begins later.
        polls: All polls, in order.
        looks: The polls that showed the job, in order.
    """

    number: int
    id: str | None
    submission: Exchange | None
    polls: tuple[Exchange, ...]
    looks: tuple[Look, ...]


# Without slots, since a cached property keeps its value in `__dict__`.
@dataclass(frozen=True)
class View:
    """A trace together with the contract.

    Attributes:
        trace: The trace.
        spec: The contract.
        judges: The contract's documents, compiled, by name.
    """

    trace: Trace
    spec: Spec
    judges: Mapping[str, Judge]

    @functools.cached_property
    def answered(self) -> tuple[Exchange, ...]:
        """Every exchange with a known operation that has an answer."""
        return tuple(e for e in self.trace.exchanges if e.answer and e.operation)

    @functools.cached_property
    def judged(self) -> tuple[Exchange, ...]:
        """The answered exchanges, without those whose answer says "not now"."""
        return tuple(e for e in self.answered if e.answer and e.answer.status not in PASSING)

    @functools.cached_property
    def submissions(self) -> tuple[Exchange, ...]:
        """The submissions of a customer that were accepted."""
        return tuple(
            e for e in self.judged if self.is_submit(e) and e.is_ordinary and e.answer and e.answer.is_success
        )

    @functools.cached_property
    def jobs(self) -> tuple[Job, ...]:
        """The jobs that were submitted with success or looked at, by number.

        Where two submissions got the same id, the second job is left out: what is shown under that id says
        nothing of it.
        """
        numbers = dict.fromkeys(e.job for e in self.trace.exchanges if e.is_ordinary and e.job is not None)
        by_id: dict[object, Job] = {}
        for job in map(self._job, sorted(numbers)):
            # Jobs without an id are kept apart by their number.
            if job.submission or job.polls:
                by_id.setdefault(job.id or job.number, job)
        return tuple(by_id.values())

    @functools.cached_property
    def looks(self) -> tuple[Look, ...]:
        """Every look at every job, job by job."""
        return tuple(look for job in self.jobs for look in job.looks)

    @functools.cached_property
    def finished(self) -> tuple[Look, ...]:
        """For each job that has ended, the first look that showed it."""
        firsts = (next(filter(self.is_over, job.looks), None) for job in self.jobs)
        return tuple(look for look in firsts if look)

    def is_submit(self, exchange: Exchange) -> bool:
        """Return whether an exchange addressed the operation that makes jobs."""
        return exchange.operation == self.spec.submit.id

    def is_over(self, look: Look) -> bool:
        """Return whether a look shows a job that has ended."""
        return look.status in self.spec.lifecycle.terminal

    def spelling(self, exchange: Exchange) -> str | None:
        """Return how a request spelt the header of the key, or None if it had no such header."""
        name = self.spec.api_key_header.lower()
        return next((key for key, _ in exchange.request.headers if key.lower() == name), None)

    def probes(self, *intents: Intent) -> tuple[Exchange, ...]:
        """Return the judged exchanges with some intents that carried the first key."""
        return tuple(e for e in self.judged if e.intent in intents and e.key is Key.FIRST)

    def keyed(self, *keys: Key) -> tuple[Exchange, ...]:
        """Return the judged submissions and polls that carried one of some keys."""
        return tuple(e for e in self.judged if e.intent in (Intent.SUBMIT, Intent.POLL) and e.key in keys)

    def _job(self, number: int) -> Job:
        polls = tuple(
            e for e in self.judged if e.job == number and e.is_ordinary and e.operation == self.spec.poll.id
        )
        looks = (self._look(poll) for poll in polls)
        # The first: in recorded traffic two submissions may have got the same id, and so the same number.
        submission = next((e for e in self.submissions if e.job == number), None)
        document = submission.answer.document if submission and submission.answer else None
        job_id = value_at(document, self.spec.lifecycle.submit.id)
        return Job(
            number=number,
            id=job_id if isinstance(job_id, str) else None,
            submission=submission,
            polls=polls,
            looks=tuple(look for look in looks if look),
        )

    def _look(self, exchange: Exchange) -> Look | None:
        answer = exchange.answer
        if answer is None or not answer.is_success or not isinstance(answer.document, dict):
            return None
        status = value_at(answer.document, self.spec.lifecycle.poll.status)
        return Look(exchange, answer.document, status if isinstance(status, str) else None)


def as_text(value: Any, limit: int = 160) -> str:
    """Return a value of a document for people, in at most `limit` characters."""
    if value is MISSING:
        return "nothing"
    text = "null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
