"""The answers that faults give: a refusal in place of the work, or the right answer gone wrong.

Rule: an effect that finds nothing to spoil in an answer does not strike it, so its fault waits for one.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import Final, assert_never

from miragic_contracts.spec import Spec

from ...documents.documents import Documents, Failure, Shown
from ...documents.pointers import at_pointer
from ...domain import faults
from ...domain.faults import Effect, OnWire
from ...exchange.call import CREATE, STATUS, Call
from ...exchange.messages import JSON, TEXT, Answer, Headers
from ...stores.protocol import Store
from .tampering import Places, seen_earlier, tampered

_HTML: Final = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class WrongAnswers:
    """The wrong answers of one mock.

    Attributes:
        public_url: what links start with; None for the address that the client used.
    """

    spec: Spec
    store: Store
    documents: Documents
    public_url: str | None

    def refusal(self, call: Call, effect: faults.Status) -> Answer:
        """Return the answer with the effect's status, in the form that it asks for."""
        status = effect.status
        phrase = f"{status} {HTTPStatus(status).phrase}"
        headers = _retry_after(call, effect)
        form = effect.form
        if form == "json":
            body = self.documents.error(status, Failure(effect.code, effect.message))
            return Answer(status, body, (("Content-Type", JSON), *headers))
        if form == "html":
            page = f"<html><head><title>{phrase}</title></head><body><h1>{phrase}</h1></body></html>\n"
            return Answer(status, page.encode("ascii"), (("Content-Type", _HTML), *headers))
        if form == "text":
            return Answer(status, phrase.encode("ascii"), (("Content-Type", TEXT), *headers))
        return Answer(status, b"", headers)

    def struck(self, call: Call, effect: Effect, answer: Answer) -> Answer | None:
        """Return the answer gone wrong; None where `effect` finds nothing to strike.

        It is `answer` itself where only the wire has something to do.
        """
        body = answer.body
        if isinstance(effect, faults.Status):
            return None  # its time is before the work
        kind = faults.kind_of(effect)
        if kind.spoils_errors:
            return answer
        if answer.status >= HTTPStatus.BAD_REQUEST or not isinstance(body, bytes):
            return None
        if kind.spares(effect, len(body)):
            return None
        if isinstance(effect, OnWire):
            return answer
        wrong: bytes | None
        match effect:
            case faults.ContentType(type=media_type):
                others = tuple(pair for pair in answer.headers if pair[0] != "Content-Type")
                return answer._replace(headers=(("Content-Type", media_type), *others))
            case faults.Stale() | faults.StatusBack():
                wrong = self._earlier(call, effect)
            case (
                faults.MalformedJson()
                | faults.PythonRepr()
                | faults.UnknownStatus()
                | faults.ExtraField()
                | faults.MissingField()
            ):
                wrong = tampered(effect, body, self._places(call))
            case _:
                assert_never(effect)
        return None if wrong is None or wrong == body else answer._replace(body=wrong)

    def note_status(self, call: Call, answer: Answer) -> None:
        """Let the journal have the job's status that the client was shown."""
        if call.operation != STATUS or not isinstance(answer.body, bytes):
            return
        try:
            shown = at_pointer(json.loads(answer.body), self.spec.lifecycle.poll.status)
        except ValueError:
            return
        call.job_status = shown if isinstance(shown, str) else None

    def _earlier(self, call: Call, effect: faults.Stale | faults.StatusBack) -> bytes | None:
        job = self.store.job(call.tenant_id, call.job_id or "")
        if job is None:
            return None
        state = seen_earlier(job, call.at, self.store.polls(call.tenant_id, job.id), effect)
        base_url = self.public_url or call.request.base_url
        return None if state is None else self.documents.job(Shown(job, state, base_url))

    def _places(self, call: Call) -> Places:
        lifecycle = self.spec.lifecycle
        where = lifecycle.submit if call.operation == CREATE else lifecycle.poll
        return Places(where.status, lifecycle.initial)


def _retry_after(call: Call, effect: faults.Status) -> Headers:
    if effect.retry_after_s is None:
        return ()
    call.retry_after_s = math.ceil(effect.retry_after_s)
    if effect.retry_as == "date":
        # An HTTP date has whole seconds; rounding up never asks a client to come too early.
        return (("Retry-After", formatdate(math.ceil(call.at + effect.retry_after_s), usegmt=True)),)
    return (("Retry-After", str(call.retry_after_s)),)
