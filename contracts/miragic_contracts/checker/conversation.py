"""Talking to a server within a budget and at a pace, and writing down what was said."""

from __future__ import annotations

import email.utils
from collections.abc import Callable
from dataclasses import dataclass, field

from miragic_contracts.checker.budget import Budget
from miragic_contracts.checker.clock import Clock
from miragic_contracts.checker.estimate import RETRIES, WAITING_S
from miragic_contracts.drivers import Call, HttpDriver
from miragic_contracts.trace import Answer, Exchange, Request, Trouble

# A server that wants to be left alone for longer is not waited for.
_LONGEST_PAUSE_S = 60.0
_DEFAULT_PAUSE_S = 2.0
_TRIES = 3


def say_nothing(exchange: Exchange) -> None:
    """For runs that nobody watches."""


@dataclass(slots=True)
class Conversation:
    """One run's requests. `submit_operation` names the operation that costs; `pace_s` is the least time
    between two requests. `on_exchange` is told of each exchange.
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
        """Sends a call, and again where the server says that it did nothing, for as long as there is
        patience.

        Raises: BudgetSpentError where it cannot be paid for.
        """
        for _ in range(_TRIES - 1):
            exchange = self._say_once(call)
            pause_s = self._pause_before_retry(exchange)
            if pause_s is None:
                return exchange
            self._retries -= 1
            self._patience_s -= pause_s
            self.clock.sleep(pause_s)
        return self._say_once(call)

    def _say_once(self, call: Call) -> Exchange:
        self._keep_pace()
        may_make_a_job = call.operation == self.submit_operation
        self.budget.pay(may_make_a_job=may_make_a_job, at_s=self.elapsed_s)
        self._last_sent_s = self.clock.now()
        sent_at_s = self.elapsed_s
        outcome = self.driver.send(call)
        if may_make_a_job:
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

    def _keep_pace(self) -> None:
        wait_s = self._last_sent_s + self.pace_s - self.clock.now()
        if wait_s > 0:
            self.clock.sleep(wait_s)

    def _pause_before_retry(self, exchange: Exchange) -> float | None:
        """How long to wait before the same call may be sent again; None where it may not.

        429 says that nothing was done, and a look changes nothing. A submission that met any other trouble
        may have made a job: it is not sent again, except after 503, where the budget has paid for a second
        one.
        """
        answer = exchange.answer
        is_free = exchange.operation != self.submit_operation
        if answer is None:
            is_retryable = is_free and exchange.trouble is not Trouble.FRAMING
        else:
            is_retryable = answer.status in (429, 503) or (is_free and answer.status in (502, 504))
        if not is_retryable or self._retries <= 0:
            return None
        pause_s = retry_after_s(answer, self.clock.wall()) if answer else _DEFAULT_PAUSE_S
        return pause_s if pause_s <= min(_LONGEST_PAUSE_S, self._patience_s) else None


def retry_after_s(answer: Answer, now_s: float) -> float:
    """The seconds that an answer asks to be given (RFC 9110, section 10.2.3); 2 where it says nothing
    clear.
    """
    value = (answer.header("Retry-After") or "").strip()
    if value.isascii() and value.isdecimal():
        return float(value[:9])
    date = email.utils.parsedate_tz(value)
    return max(0.0, email.utils.mktime_tz(date) - now_s) if date else _DEFAULT_PAUSE_S
