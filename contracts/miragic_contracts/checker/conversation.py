"""Sending requests within a budget and at a pace, and keeping each exchange."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from ..drivers import Call, HttpDriver
from ..drivers.http import Outcome
from ..trace import Answer, Exchange, Request, Trouble, http_date_s
from .budget import Budget
from .clock import Clock
from .estimate import RETRIES, WAITING_S

# If a server asks for a longer pause, the checker does not wait for it.
_LONGEST_PAUSE_S: Final = 60.0
_DEFAULT_PAUSE_S: Final = 2.0
_TRIES: Final = 3


def say_nothing(exchange: Exchange) -> None:
    """Do nothing, for runs without a display of their progress."""


@dataclass(slots=True)
class Conversation:
    """The requests of a run.

    Attributes:
        driver: The way to the server.
        clock: The time to wait and measure by.
        budget: What pays for the requests.
        submit_operation: The `operationId` of the operation that costs money.
        pace_s: The least time between two requests, 0 for none.
        on_exchange: Called with each exchange as it happens.
        exchanges: The exchanges so far.
    """

    driver: HttpDriver
    clock: Clock
    budget: Budget
    submit_operation: str
    pace_s: float = 0.0
    on_exchange: Callable[[Exchange], None] = say_nothing
    exchanges: list[Exchange] = field(default_factory=list)
    _began_s: float = field(init=False)
    _last_sent_s: float = field(init=False, default=float("-inf"))
    _retries: int = RETRIES
    _patience_s: float = WAITING_S

    def __post_init__(self) -> None:
        self._began_s = self.clock.now()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the conversation began."""
        return self.clock.now() - self._began_s

    def say(self, call: Call) -> Exchange:
        """Send a call, and send it again where the server says that it did nothing.

        Raises:
            BudgetSpentError: It cannot be paid for.
        """
        for _ in range(_TRIES - 1):
            exchange = self._say_once(call)
            pause_s = self._pause_before_retry(exchange)
            if pause_s is None:
                return exchange
            self._wait_for_retry(pause_s)
        return self._say_once(call)

    def say_together(self, calls: Sequence[Call]) -> list[Exchange]:
        """Send calls at the same moment, or one after the other where there is a pace to keep.

        Raises:
            BudgetSpentError: They cannot all be paid for. Of calls at the same moment none is sent then.
        """
        if self.pace_s > 0 or len(calls) < 2:
            return [self.say(call) for call in calls]
        # All are paid for before any is sent: half of a race would show nothing.
        for call in calls:
            self._pay(call)
        sent_at_s = self.elapsed_s
        with ThreadPoolExecutor(len(calls), thread_name_prefix="miragic-contract") as pool:
            outcomes = list(pool.map(self.driver.send, calls))
        # Recorded in the order of the calls, not of the answers, so that a run has the same numbers each
        # time.
        exchanges = [self._record(*pair, sent_at_s) for pair in zip(calls, outcomes, strict=True)]
        return [self._once_more(*pair) for pair in zip(calls, exchanges, strict=True)]

    def _once_more(self, call: Call, exchange: Exchange) -> Exchange:
        pause_s = self._pause_before_retry(exchange)
        if pause_s is None:
            return exchange
        self._wait_for_retry(pause_s)
        return self.say(call)

    def _say_once(self, call: Call) -> Exchange:
        self._keep_pace()
        self._pay(call)
        self._last_sent_s = self.clock.now()
        sent_at_s = self.elapsed_s
        return self._record(call, self.driver.send(call), sent_at_s)

    def _pay(self, call: Call) -> None:
        self.budget.pay(may_make_a_job=self._may_make_a_job(call), at_s=self.elapsed_s)

    def _may_make_a_job(self, call: Call) -> bool:
        # Bad forms and bad keys too: a server that fails to refuse one makes a job of it, and charges for it.
        return call.operation == self.submit_operation

    def _record(self, call: Call, outcome: Outcome, sent_at_s: float) -> Exchange:
        if self._may_make_a_job(call):
            self.budget.settle(outcome.answer, outcome.trouble)
        exchange = Exchange(
            number=len(self.exchanges) + 1,
            operation=call.operation,
            intent=call.intent,
            key=call.key,
            request=Request(call.method, call.path, outcome.headers, call.form),
            sent_at_s=sent_at_s,
            received_at_s=self.elapsed_s,
            job=call.job,
            answer=outcome.answer,
            trouble=outcome.trouble,
            detail=outcome.detail,
        )
        self.exchanges.append(exchange)
        self.on_exchange(exchange)
        return exchange

    def _wait_for_retry(self, pause_s: float) -> None:
        # Retries and waiting are part of the estimate, so both are bounded for the whole run.
        self._retries -= 1
        self._patience_s -= pause_s
        self.clock.sleep(pause_s)

    def _keep_pace(self) -> None:
        wait_s = self._last_sent_s + self.pace_s - self.clock.now()
        if wait_s > 0:
            self.clock.sleep(wait_s)

    def _pause_before_retry(self, exchange: Exchange) -> float | None:
        """Return how long to wait before the same call may be sent again, or None if it may not.

        429 says that nothing was done, and a poll changes nothing. A submission that met any other trouble
        may have made a job: it is not sent again, not even after 503.
        """
        answer = exchange.answer
        is_free = exchange.operation != self.submit_operation
        if answer is None:
            # A broken answer is the server's doing, and a finding; any other trouble may be a moment's.
            is_retryable = is_free and exchange.trouble is not Trouble.FRAMING
        else:
            is_retryable = answer.status == 429 or (is_free and answer.status in (502, 503, 504))
        if not is_retryable or self._retries <= 0:
            return None
        pause_s = retry_after_s(answer, self.clock.wall()) if answer else _DEFAULT_PAUSE_S
        return pause_s if pause_s <= min(_LONGEST_PAUSE_S, self._patience_s) else None


def retry_after_s(answer: Answer, now_s: float) -> float:
    """Return how long to wait by an answer's `Retry-After` (RFC 9110, section 10.2.3); 2 if it is unclear."""
    value = (answer.header("Retry-After") or "").strip()
    if value.isascii() and value.isdecimal():
        return float(value[:9])  # so many digits are years; more might not fit a float
    # A date in the past means at once.
    date = http_date_s(value)
    return _DEFAULT_PAUSE_S if date is None else max(0.0, date - now_s)
