"""Strikes a call with the faults that were planned: before the work, while an upload is read, and after it.

Rule: faults are asked in order, those of the job's plan before the tenant's before the server's. The first
that hits takes the request, and those after it do not count it, so a list of faults is a sequence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from ...domain import faults
from ...domain.fault_kind import Moment
from ...domain.tenants import Tenant
from ...exchange.call import CREATE, Call
from ...exchange.messages import Answer, Readable
from ...exchange.refusals import RefusedError, closed
from ...stores.protocol import Store
from ...uploads.multipart import drain
from .answers import WrongAnswers
from .doors import Door
from .script import is_unanswered
from .strikes import PlanFaults, Planned, effect_of_hit, hit_number, moment, of_tenant

Pauser = Callable[[float], object]
"""Waits so many seconds."""

_TOO_LATE: Final = (
    "it strikes before an upload is read, and a file name, a question or a scenario's rule is known only "
    "after; plan it by header, API key or tenant"
)

_BEFORE_UPLOAD: Final = "before any upload"
"""Counts those faults of plans that strike before it is known which upload it is."""


# An exception and not a return value: it has to leave through the parser of the form, which reads the body.
class StruckError(Exception):
    """A fault struck while an upload was read, which ends the work on the call."""

    def __init__(self, planned: Planned) -> None:
        self.planned = planned
        super().__init__(f"{planned.text} struck in the middle of an upload")


class StruckBody:
    """The body of a request that a fault strikes once so many bytes of it were read.

    Attributes:
        planned: the fault.
        has_struck: whether it has struck.
    """

    __slots__ = ("_body", "_left", "_pause", "has_struck", "planned")

    def __init__(self, body: Readable, planned: Planned, pause: Pauser) -> None:
        self.planned, self.has_struck = planned, False
        self._body, self._pause = body, pause
        self._left = faults.byte_of(planned.effect) or 0

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, nothing at the end.

        Raises:
            StruckError: the byte has come, and the fault is more than a stall.
        """
        if self._left > 0:
            piece = self._body.read(min(size, self._left))
            self._left -= len(piece)
            return piece
        effect = self.planned.effect
        stall_s = faults.kind_of(effect).stall_s(effect)
        if stall_s is None:
            self.has_struck = True
            raise StruckError(self.planned)
        if not self.has_struck:
            self.has_struck = True
            self._pause(stall_s)
        return self._body.read(size)


@dataclass(frozen=True, slots=True)
class Injector:
    """The faults of one mock at one door.

    Attributes:
        pause: how that door waits while it reads an upload.
    """

    store: Store
    answers: WrongAnswers
    door: Door
    pause: Pauser

    def standing(
        self, call: Call, tenant: Tenant, server: Tenant, early: Sequence[str]
    ) -> tuple[Planned, ...]:
        """Return the faults that are known before the work.

        Args:
            early: those of a submission's plan that are known before its body is read.
        """
        # Most requests have none, and pay for one look.
        if not (early or tenant.faults or server.faults):
            return ()
        planned = PlanFaults(tuple(early), _BEFORE_UPLOAD).planned()
        return (*filter(_is_early, planned), *of_tenant(tenant), *of_tenant(server))

    def of_job(self, call: Call, plan: PlanFaults, standing: Sequence[Planned]) -> tuple[Planned, ...]:
        """Return the faults of a job's plan that are still to be asked.

        Raises:
            RefusedError: 400, a new job's plan has one that cannot be done here, or that comes too late.
        """
        planned = plan.planned()
        return tuple(self._new(planned, standing) if call.operation == CREATE else planned)

    def before(self, call: Call, tenant: Tenant, candidates: Iterable[Planned]) -> Answer | None:
        """Strike before the work is done, and return the answer in its place; None where none is.

        A fault that strikes in the middle of an upload waits in the body of `call.request` from here on.
        """
        # The order of the checks matters: asking for the number counts the request, so what cannot strike it
        # is left out before.
        for planned in candidates:
            when = moment(planned.fault, call.operation)
            if when is Moment.INSTEAD and self._hit_number(call, tenant, planned):
                return self.instead(call, planned)
            if when is not Moment.UPLOAD or not _is_in_reach(call, planned):
                continue
            if isinstance(call.request.body, StruckBody):
                return None  # it waits there since an earlier attempt at the answer
            if self._hit_number(call, tenant, planned, for_good=True):
                body = StruckBody(call.request.body, planned, self.pause)
                call.request = call.request._replace(body=body)
                return None
        return None

    def instead(self, call: Call, planned: Planned) -> Answer:
        """Return the answer that a fault gives in place of the work; `call` notes the fault."""
        call.fault = planned.text
        effect = planned.effect
        # Not after a reset, which is to strike before a byte is read.
        if faults.kind_of(effect).waits_for_upload and faults.byte_of(effect) is None:
            drain(call.request.body)
        if isinstance(effect, faults.Status):
            return self.answers.refusal(call, effect)
        call.is_unanswered = True
        return Answer(HTTPStatus.SERVICE_UNAVAILABLE, b"", (), effect)

    def after(self, call: Call, tenant: Tenant, candidates: Iterable[Planned], answer: Answer) -> Answer:
        """Strike when the work is done: return the answer gone wrong, or with an effect for the wire."""
        body = call.request.body
        if call.fault is None and isinstance(body, StruckBody) and body.has_struck:
            call.fault = body.planned.text
        if call.fault is not None:
            return answer
        for planned in candidates:
            if moment(planned.fault, call.operation) is not Moment.AFTER:
                continue
            # The answer is spoilt first and the request counted then: a fault that finds nothing to spoil
            # must not be used up.
            struck = self.answers.struck(call, planned.effect, answer)
            n = 0 if struck is None else self._hit_number(call, tenant, planned)
            if struck is not None and n:
                return self._struck(call, tenant, planned, n, answer, struck)
        return answer

    def _struck(
        self, call: Call, tenant: Tenant, planned: Planned, n: int, answer: Answer, struck: Answer
    ) -> Answer:
        call.fault = planned.text
        self.answers.note_status(call, struck)
        if struck is not answer:
            return struck
        effect = effect_of_hit(planned, n, tenant)
        call.is_unanswered = is_unanswered(effect)
        return answer._replace(effect=effect)

    def _new(self, planned: Iterable[Planned], standing: Sequence[Planned]) -> Iterator[Planned]:
        """Yield the faults of a new job's plan, each of which must be possible."""
        known = {other.text for other in standing if other.counted_by == _BEFORE_UPLOAD}
        for fault in planned:
            self._check(fault)
            if not _is_early(fault):
                yield fault
            elif fault.text not in known:
                raise RefusedError(400, f"The fault {fault.text} cannot be planned here: {_TOO_LATE}.")

    def _hit_number(self, call: Call, tenant: Tenant, planned: Planned, *, for_good: bool = False) -> int:
        n = hit_number(planned, call, tenant, self.store, for_good=for_good)
        if n:
            self._check(planned)  # planned, maybe, through another door of a shared store
        return n

    def _check(self, planned: Planned) -> None:
        reason = self.door.refusal(planned.effect)
        if reason is not None:
            raise RefusedError(400, closed(f"The fault {planned.text} cannot be carried out: {reason}"))


def _is_early(planned: Planned) -> bool:
    """Whether a fault must be known before the first byte of a submission is read."""
    when = moment(planned.fault, CREATE)
    waits = faults.kind_of(planned.effect).waits_for_upload
    return when is Moment.UPLOAD or (when is Moment.INSTEAD and not waits)


def _is_in_reach(call: Call, planned: Planned) -> bool:
    length = call.request.length
    return length is None or length > (faults.byte_of(planned.effect) or 0)
