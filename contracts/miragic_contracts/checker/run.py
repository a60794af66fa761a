"""Carrying out a plan: its requests in order, jobs polled until they end, and the trace of it all."""

from __future__ import annotations

import dataclasses
import enum
import heapq
import urllib.parse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ..drivers import Call
from ..pointers import number, value_at
from ..rules.view import KEY_REFUSED, PASSING
from ..spec import Spec
from ..trace import Exchange, Trace
from .budget import BudgetSpentError
from .conversation import Conversation
from .plan import Plan, look_at
from .schedule import LOOKS_AFTER_END, waits

# So many requests in a row without an answer, and the server is taken to be out of reach.
_HOPELESS: Final = 3


class Stop(enum.StrEnum):
    """Why a run ended before its plan did."""

    BUDGET = "budget"
    ENVIRONMENT = "environment"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Run:
    """The outcome of a plan.

    Attributes:
        trace: The exchanges.
        stop: Why it was not carried out to its end; None where it was.
        why: More about `stop`, for people.
    """

    trace: Trace
    stop: Stop | None = None
    why: str = ""


class _OutOfReachError(Exception):
    """The server or the account cannot be used for now."""


@dataclass(order=True, slots=True)
class _Watch:
    """A job that is polled. Ordered by when the next poll is due."""

    due_s: float
    job: int
    deadline_s: float = dataclasses.field(compare=False)
    pauses: Iterator[float] = dataclasses.field(compare=False)
    looks_left: int | None = dataclasses.field(compare=False, default=None)


def carry_out(
    plan: Plan, conversation: Conversation, spec: Spec, *, timeout_s: float, first_wait_s: float
) -> Run:
    """Carry out a plan. It never raises for what the server does: a run that cannot go on says why."""
    runner = _Runner(conversation, spec, timeout_s, first_wait_s)
    started_at_s = conversation.clock.wall()
    stop, why = (None, "") if plan.submissions else (Stop.BUDGET, "the budget does not pay for a single job")
    try:
        runner.go(plan)
    except BudgetSpentError as error:
        stop, why = Stop.BUDGET, str(error)
    except _OutOfReachError as error:
        stop, why = Stop.ENVIRONMENT, str(error)
    # What was paid for is judged and reported all the same.
    except KeyboardInterrupt:
        stop, why = Stop.INTERRUPTED, "interrupted"
    trace = Trace(
        base_url=conversation.driver.base_url,
        started_at_s=started_at_s,
        exchanges=tuple(conversation.exchanges),
        timeout_s=timeout_s,
        has_second_key=conversation.driver.has_second_key,
    )
    return Run(trace, stop, why)


class _Runner:
    def __init__(self, conversation: Conversation, spec: Spec, timeout_s: float, first_wait_s: float) -> None:
        self._conversation = conversation
        self._spec = spec
        self._timeout_s = timeout_s
        self._first_wait_s = first_wait_s
        self._ids: dict[int, str] = {}
        self._submitted_at_s: dict[int, float] = {}
        self._silent = 0

    def go(self, plan: Plan) -> None:
        self._all(plan.before)
        for call in plan.jobs:
            self._note(call, self._say(call))
        for call, exchange in zip(plan.together, self._conversation.say_together(plan.together), strict=True):
            self._note(call, exchange)
        self._watch(sorted(self._ids))
        self._all(plan.after)
        # The longest time after the end that a run can offer: `end-stays` and `readable` judge by it (Q14).
        self._all(look_at(self._spec, job) for job in sorted(self._ids))

    def _all(self, calls: Iterable[Call]) -> None:
        for call in calls:
            if call.job is None or call.job in self._ids:
                self._say(call)

    def _say(self, call: Call) -> Exchange:
        if call.job is not None and call.job in self._ids:
            braces = f"{{{self._spec.lifecycle.poll.parameter}}}"
            # Ids are opaque (D22), so one may hold a slash.
            quoted = urllib.parse.quote(self._ids[call.job], safe="")
            call = dataclasses.replace(call, path=call.path.replace(braces, quoted))
        exchange = self._conversation.say(call)
        # One lost answer is the network's noise; several in a row are an outage.
        self._silent = 0 if exchange.answer else self._silent + 1
        if self._silent >= _HOPELESS:
            raise _OutOfReachError(f"{exchange.trouble}: {exchange.detail}")
        return exchange

    def _note(self, call: Call, exchange: Exchange) -> None:
        """Note the job that a submission made."""
        answer, job = exchange.answer, call.job
        if answer is None or job is None:
            return
        if answer.status in PASSING:
            raise _OutOfReachError(f"a submission was answered {answer.status}")
        # Only of a key that never worked: one job submits it under a header in another case, which a server
        # may refuse for that (`key-header-case`).
        if answer.status in KEY_REFUSED and not self._ids and call.header == self._spec.api_key_header:
            raise _OutOfReachError(f"the key was refused: {answer.status}")
        job_id = value_at(answer.document, self._spec.lifecycle.submit.id)
        if answer.is_success and isinstance(job_id, str) and job_id:
            self._ids[job] = job_id
            # From the answer on, as `job-ends` counts too: the time of the upload is not the job's.
            self._submitted_at_s[job] = exchange.received_at_s

    def _watch(self, jobs: list[int]) -> None:
        """Poll all jobs, each in its own rhythm, until each has ended or has had its time."""
        watches = [
            _Watch(0.0, job, self._submitted_at_s[job] + self._timeout_s, waits(self._first_wait_s))
            for job in jobs
        ]
        heapq.heapify(watches)
        while watches:
            watch = heapq.heappop(watches)
            wait_s = watch.due_s - self._conversation.elapsed_s
            if wait_s > 0:
                self._conversation.clock.sleep(wait_s)
            exchange = self._say(look_at(self._spec, watch.job))
            if self._is_worth_another_look(watch, exchange):
                self._set_due(watch)
                heapq.heappush(watches, watch)

    def _is_worth_another_look(self, watch: _Watch, exchange: Exchange) -> bool:
        if watch.looks_left is not None:
            watch.looks_left -= 1
            return watch.looks_left > 0
        poll = self._spec.lifecycle.poll
        document = exchange.answer.document if exchange.answer else None
        status, cost = value_at(document, poll.status), number(value_at(document, poll.cost))
        is_over = isinstance(status, str) and status in self._spec.lifecycle.terminal
        # A 0 counts from an end only: until then it may mean that the price is not known yet.
        if cost is not None and (is_over or cost > 0):
            self._conversation.budget.note_price(watch.job, cost)
        if is_over:
            watch.looks_left = LOOKS_AFTER_END - 1
            watch.pauses = waits(self._first_wait_s)
            return True
        return exchange.received_at_s < watch.deadline_s

    def _set_due(self, watch: _Watch) -> None:
        now_s = self._conversation.elapsed_s
        watch.due_s = now_s + next(watch.pauses)
        # One poll right at the deadline, so that `job-ends` never judges by an older one.
        if watch.looks_left is None and now_s < watch.deadline_s:
            watch.due_s = min(watch.due_s, watch.deadline_s)
