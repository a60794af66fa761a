"""A trace as rules want to see it: by job, by look, by probe. Computed once, judged many times."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..pointers import MISSING, value_at
from ..spec import Spec
from ..trace import Exchange, Intent, Key, Trace
from ..validation import Judge

# Statuses that say "not now" or "not with this account": they tell of the weather, not of the product.
PASSING = frozenset({402, 429, 502, 503, 504})
KEY_REFUSED = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class Look:
    """One answer that shows a job. `status` is None where it is no string."""

    exchange: Exchange
    document: Any
    status: str | None

    def value(self, pointer: str) -> Any:
        """What a pointer points at in the document; `MISSING` where there is nothing."""
        return value_at(self.document, pointer)


@dataclass(frozen=True, slots=True)
class Job:
    """Everything a trace says of one job, as its owner saw it.

    `submission` is None where the trace begins later, `id` where it answered with none. `polls` are all
    looks that were tried, `looks` those that showed a document; both in order.
    """

    number: int
    id: str | None
    submission: Exchange | None
    polls: tuple[Exchange, ...]
    looks: tuple[Look, ...]


@dataclass(frozen=True)
class View:
    """A trace, the contract, and the contract's documents compiled: `judges`, by name."""

    trace: Trace
    spec: Spec
    judges: Mapping[str, Judge]

    @functools.cached_property
    def answered(self) -> tuple[Exchange, ...]:
        """Every exchange of a known operation that has an answer."""
        return tuple(e for e in self.trace.exchanges if e.answer and e.operation)

    @functools.cached_property
    def judged(self) -> tuple[Exchange, ...]:
        """The answered ones, those aside whose answer says "not now"."""
        return tuple(e for e in self.answered if e.answer and e.answer.status not in PASSING)

    @functools.cached_property
    def submissions(self) -> tuple[Exchange, ...]:
        """Submissions of a customer that were accepted."""
        return tuple(
            e for e in self.judged if self.is_submit(e) and e.is_ordinary and e.answer and e.answer.is_success
        )

    @functools.cached_property
    def jobs(self) -> tuple[Job, ...]:
        """The jobs that were submitted with success or looked at, by number.

        Where two submissions got the same id, the second job is left out: what is shown under that id tells
        nothing of it.
        """
        numbers = dict.fromkeys(e.job for e in self.trace.exchanges if e.is_ordinary and e.job is not None)
        by_id: dict[object, Job] = {}
        for job in map(self._job, sorted(numbers)):
            if job.submission or job.polls:
                by_id.setdefault(job.id or job.number, job)
        return tuple(by_id.values())

    @functools.cached_property
    def looks(self) -> tuple[Look, ...]:
        """Every look at every job, job by job."""
        return tuple(look for job in self.jobs for look in job.looks)

    @functools.cached_property
    def finished(self) -> tuple[Look, ...]:
        """The first look at each job that showed it ended."""
        firsts = (next(filter(self.is_over, job.looks), None) for job in self.jobs)
        return tuple(look for look in firsts if look)

    def is_submit(self, exchange: Exchange) -> bool:
        """Whether it addressed the operation that makes jobs."""
        return exchange.operation == self.spec.submit.id

    def is_over(self, look: Look) -> bool:
        """Whether it shows a job that has ended."""
        return look.status in self.spec.lifecycle.terminal

    def spelling(self, exchange: Exchange) -> str | None:
        """How a request spelt the header that carries the key; None where it carried none."""
        name = self.spec.api_key_header.lower()
        return next((key for key, _ in exchange.request.headers if key.lower() == name), None)

    def probes(self, *intents: Intent) -> tuple[Exchange, ...]:
        """The judged exchanges of some intents that carried the first key."""
        return tuple(e for e in self.judged if e.intent in intents and e.key is Key.FIRST)

    def keyed(self, *keys: Key) -> tuple[Exchange, ...]:
        """The judged submissions and looks that carried one of some keys."""
        return tuple(e for e in self.judged if e.intent in (Intent.SUBMIT, Intent.POLL) and e.key in keys)

    def _job(self, number: int) -> Job:
        polls = tuple(
            e for e in self.judged if e.job == number and e.is_ordinary and e.operation == self.spec.poll.id
        )
        looks = (self._look(poll) for poll in polls)
        submission = next((e for e in self.submissions if e.job == number), None)
        document = submission.answer.document if submission and submission.answer else None
        given = value_at(document, self.spec.lifecycle.submit.id)
        return Job(
            number=number,
            id=given if isinstance(given, str) else None,
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


def shown(value: Any, limit: int = 160) -> str:
    """A value of a document, for people, and short."""
    if value is MISSING:
        return "nothing"
    text = "null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
