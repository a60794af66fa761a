"""What may go wrong with a call: the step between the engine's work and its answer.

Rule: faults are asked in order, those of the job's plan before the tenant's before the server's. The first
that hits takes the request, and those after it do not count it, so a list of faults is a sequence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final, NoReturn

from ...domain import faults
from ...domain.tenants import Tenant
from ...exchange.call import CREATE, Call
from ...exchange.messages import Answer, Readable
from ...exchange.refusals import RefusedError, closed
from ...stores.protocol import Store
from ...uploads.multipart import drain
from ..planning import PLAN_HEADER, early_faults
from .answers import WrongAnswers
from .doors import Door
from .script import is_unanswered
from .strikes import Moment, Planned, count_hit, moment, of_plan, of_tenant, settled

Pauser = Callable[[float], object]
"""Waits so many seconds."""

_TOO_LATE: Final = (
    "it strikes before an upload is read, and a file name, a question or a scenario's rule is known only "
    "after; plan it by header, API key or tenant"
)

_BLANK_PLAN: Final = (
    f"{PLAN_HEADER} came without a value: leave it out, or write what is not ASCII percent-encoded, as in "
    "text=caf%C3%A9; this server passes on no other."
)

_BEFORE_UPLOAD: Final = "before any upload"
"""What those faults of plans are counted by that strike before it is known which upload it is."""


class _Interrupted(Exception):
    """Ends the work on a call; `answer` is what comes of it."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("a fault struck before the work was done")
        self.answer = answer


class _Trap:
    """The body of a request, with something that happens once so many bytes of it were read."""

    __slots__ = ("_body", "_left", "_spring")

    def __init__(self, body: Readable, byte: int, spring: Callable[[], None]) -> None:
        self._body, self._left, self._spring = body, byte, spring

    def read(self, size: int, /) -> bytes:
        if self._left > 0:
            piece = self._body.read(min(size, self._left))
            self._left -= len(piece)
            return piece
        if self._left == 0:
            self._left = -1
            self._spring()
        return self._body.read(size)


@dataclass(frozen=True, slots=True)
class Interference:
    """The faults of one mock at one door. `pause` is how that door waits while it reads an upload."""

    store: Store
    wrong_answers: WrongAnswers
    door: Door
    pause: Pauser

    def answer(
        self, call: Call, tenant: Tenant, server: Tenant, key: str, work: Callable[[], Answer]
    ) -> Answer:
        """The answer to a call of `tenant`: that of `work`, unless a fault strikes.

        Its `fault` is what the wire has still to do; `call` notes the fault that struck.

        Raises:
            RefusedError: a fault was planned that this door cannot do, or a plan that it cannot bring.
        """
        if self.door.blanks and call.operation == CREATE and call.request.headers.get(PLAN_HEADER) == "":
            raise RefusedError(400, _BLANK_PLAN)
        standing = [*_known_early(call, tenant, server, key), *_of_tenants(tenant, server)]
        of_job: list[Planned] = []

        def meet(texts: Sequence[str], counted_by: str, since: float | None) -> None:
            met = [of_plan(text, counted_by, since) for text in texts]
            of_job.extend(self._of_job(call, met, standing))
            self._strike_before(call, tenant, of_job)

        call.on_plan = meet
        try:
            self._strike_before(call, tenant, standing)
            answer = work()
        except _Interrupted as interrupted:
            return interrupted.answer
        finally:
            call.on_plan = None  # it knows the call: as a ring, both would wait for the garbage collector
        if call.fault is not None:
            return answer
        return self._strike_after(call, tenant, (*of_job, *standing), answer)

    def _of_job(self, call: Call, met: Iterable[Planned], standing: Sequence[Planned]) -> Iterator[Planned]:
        """The faults of a job's plan that are still to be asked; a new job's must all be possible."""
        known = {one.text for one in standing if one.counted_by == _BEFORE_UPLOAD}
        for one in met:
            if call.operation == CREATE:
                self._check(one)
                if _is_early(one):
                    if one.text not in known:
                        raise RefusedError(400, f"The fault {one.text} cannot be planned here: {_TOO_LATE}.")
                    continue
            yield one

    def _check(self, one: Planned) -> None:
        reason = self.door.refusal(one.effect)
        if reason is not None:
            raise RefusedError(400, closed(f"The fault {one.text} cannot be carried out: {reason}"))

    def _is_hit(self, call: Call, tenant: Tenant, one: Planned) -> int:
        n = count_hit(one, call, tenant, self.store)
        if n:
            self._check(one)  # planned, maybe, through another door of a shared store
        return n

    def _strike_before(self, call: Call, tenant: Tenant, candidates: Iterable[Planned]) -> None:
        for one in candidates:
            when = moment(one.fault, call.operation)
            if when is Moment.INSTEAD and self._is_hit(call, tenant, one):
                self._interrupt(call, one)
            if when is Moment.UPLOAD and _is_in_reach(call, one) and self._is_hit(call, tenant, one):
                return self._set_trap(call, one)

    def _set_trap(self, call: Call, one: Planned) -> None:
        def spring() -> None:
            if isinstance(one.effect, faults.Delay):
                call.fault = one.text
                self.pause(one.effect.by_s)
            else:
                self._interrupt(call, one)

        body = _Trap(call.request.body, faults.byte_of(one.effect) or 0, spring)
        call.request = call.request._replace(body=body)

    def _interrupt(self, call: Call, one: Planned) -> NoReturn:
        call.fault = one.text
        if isinstance(one.effect, faults.Status | faults.Hang) and one.effect.byte is None:
            drain(call.request.body)
        if isinstance(one.effect, faults.Status):
            raise _Interrupted(self.wrong_answers.refusal(call, one.effect))
        call.is_unanswered = True
        raise _Interrupted(Answer(HTTPStatus.SERVICE_UNAVAILABLE, b"", (), one.fault))

    def _strike_after(
        self, call: Call, tenant: Tenant, candidates: Iterable[Planned], answer: Answer
    ) -> Answer:
        for one in candidates:
            if moment(one.fault, call.operation) is not Moment.AFTER:
                continue
            struck = self.wrong_answers.struck(call, one.effect, answer)
            n = 0 if struck is None else self._is_hit(call, tenant, one)
            if struck is None or not n:
                continue
            call.fault = one.text
            self.wrong_answers.note_status(call, struck)
            if struck is not answer:
                return struck
            effect = settled(one, n, tenant)
            call.is_unanswered = is_unanswered(effect)
            return answer._replace(fault=replace(one.fault, effect=effect))
        return answer


def _is_early(one: Planned) -> bool:
    """Whether it must be known before the first byte of a submission is read."""
    when = moment(one.fault, CREATE)
    return when is Moment.UPLOAD or (when is Moment.INSTEAD and isinstance(one.effect, faults.Reset))


def _is_in_reach(call: Call, one: Planned) -> bool:
    length = call.request.length
    return length is None or length > (faults.byte_of(one.effect) or 0)


def _known_early(call: Call, tenant: Tenant, server: Tenant, key: str) -> Iterator[Planned]:
    if call.operation == CREATE:
        for text in early_faults(call.request.headers, key, tenant, server):
            one = of_plan(text, _BEFORE_UPLOAD, None)
            if _is_early(one):
                yield one


def _of_tenants(tenant: Tenant, server: Tenant) -> Iterator[Planned]:
    for owner in (tenant, server):
        for text in owner.faults:
            yield of_tenant(text, owner.faults_since)
