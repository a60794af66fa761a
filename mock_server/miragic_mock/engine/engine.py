"""The fake API: from a request to an answer, without any web framework.

Rule: everything a client can see is decided below `Engine.handle`; doors only carry. It never raises for
anything that a client can send.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from miragic_contracts.spec import Spec

from ..documents.documents import Documents, Failure, upload_folder
from ..documents.links import Links
from ..domain.settings import Settings
from ..domain.tenants import SERVER, Tenant
from ..errors import OutdatedError, StoreError
from ..exchange.call import CREATE, STATUS, Call
from ..exchange.messages import JSON, Answer, Request
from ..exchange.refusals import RefusedError, closed
from ..exchange.routes import Found, Routes
from ..records.journal import Exchange
from ..stores.protocol import Glance, Store
from ..uploads.form import form_of
from ..uploads.multipart import drain
from . import transcripts
from .admission import Tenancy
from .downloads import Files
from .injection.answers import WrongAnswers
from .injection.doors import WSGI, Door
from .injection.injector import Interference, Pauser
from .polls import Polls
from .submissions import Submissions
from .tally import Tally

REQUEST_ID: Final = "X-Request-Id"
WARNING: Final = "X-Mock-Warning"


class Engine:
    """One mock: the contract, the state and the switches.

    `clock` gives real epoch seconds. `text_of` is where transcriptions come from when no plan says;
    `reads_uploads` says that it wants the upload as a file. `door` is how clients get here, which decides
    what faults there can be; `pause` is how a fault waits.
    """

    def __init__(
        self,
        *,
        spec: Spec,
        store: Store,
        settings: Settings = Settings(),  # noqa: B008  # a frozen value
        server: Tenant = Tenant(SERVER),  # noqa: B008  # a frozen value
        clock: Callable[[], float] = time.time,
        text_of: transcripts.Source = transcripts.seeded,
        reads_uploads: bool = False,
        door: Door = WSGI,
        pause: Pauser = time.sleep,
    ) -> None:
        self.spec, self.store, self.settings, self.clock = spec, store, settings, clock
        self.tenancy = Tenancy(store, settings, server)
        secret = blake2b(str(server.seed).encode(), person=b"miragic-links").digest()
        self.links = Links(upload_folder(spec), secret)
        form = form_of(spec)
        self.documents = Documents(spec, settings, self.links)
        self._routes = Routes(spec.operations.values())
        self._kinds = {spec.poll.id: STATUS, spec.submit.id: CREATE}
        self._job_id = spec.lifecycle.poll.parameter
        self._polls = Polls(store, self.documents)
        self._submissions = Submissions(
            spec, store, settings, form, self.documents, text_of, reads_uploads=reads_uploads
        )
        self._files = Files(store, self.links)
        self.door, self.pause = door, pause
        wrong_answers = WrongAnswers(spec, store, self.documents, settings.public_url)
        self._interference = Interference(store, wrong_answers, door, pause)
        self.tally = Tally()

    def handle(self, request: Request) -> Answer:
        """The answer to any request; it stands in the journal already when this returns.

        The one exception is a store that does not answer: the 503 then goes where no journal is kept.
        """
        real_at = self.clock()
        call = Call(request, real_at, real_at)
        try:
            try:
                return self._finish(call, self._attempt(call, recalls=True))
            except OutdatedError:
                call = Call(request, real_at, real_at)
                return self._finish(call, self._attempt(call, recalls=False))
        except StoreError as error:
            message = closed(f"The mock cannot keep its state: {error}")
            answer = self.refuse(call, RefusedError(503, message, headers=(("Retry-After", "1"),)))
            return self._told(call, answer, call.exchange(answer, self.clock() - real_at))

    def _attempt(self, call: Call, *, recalls: bool) -> Answer:
        try:
            return self._answer(call, recalls=recalls)
        except RefusedError as refusal:
            return self.refuse(call, refusal)

    def refuse(self, call: Call, refusal: RefusedError) -> Answer:
        """The contract's error document for a refusal."""
        drain(call.request.body)
        call.note = call.note or refusal.message
        body = self.documents.error(refusal.status, Failure(refusal.code, refusal.message))
        return Answer(refusal.status, body, (("Content-Type", JSON), *refusal.headers))

    def _answer(self, call: Call, *, recalls: bool) -> Answer:
        request = call.request
        found = self._routes.find(request.path)
        key = request.headers.get(self.spec.api_key_header) or ""
        job_id = "" if found is None else found.parameters.get(self._job_id, "")
        seen = self.tenancy.glance(key, job_id, recalled_at=call.real_at if recalls else None)
        call.proof = seen.proof
        server = seen.server or self.tenancy.server()
        call.at = server.clock.now(call.real_at)
        if found is None:
            linked = self.links.find(request.path)
            if linked is None:
                raise RefusedError(404, "There is nothing at this path.")
            return self._files.answer(call, linked, self.tenancy)
        operation = found.operations.get("GET" if request.method == "HEAD" else request.method)
        if operation is None:
            return self._without_operation(call, found)
        call.operation = self._kinds.get(operation.id, operation.id)
        call.tenant = tenant = self.tenancy.admit(key, seen.tenant, call.real_at)
        if tenant is None:
            raise RefusedError(401, headers=(("WWW-Authenticate", _challenge(self.spec.api_key_header)),))
        call.at = tenant.clock.now(call.at)

        def work() -> Answer:
            try:
                self.tenancy.limit(call, tenant)
                return self._work(call, tenant, server, key, job_id, seen)
            except RefusedError as refusal:
                return self.refuse(call, refusal)

        return self._interference.answer(call, tenant, server, key, work)

    def _work(
        self, call: Call, tenant: Tenant, server: Tenant, key: str, job_id: str, seen: Glance
    ) -> Answer:
        if call.operation == STATUS:
            call.job_id = job_id
            if tenant is not seen.tenant:
                raise RefusedError(404)  # the one that asks has just been made, and has no jobs yet
            base_url = self.settings.public_url or call.request.base_url
            return self._polls.answer(call, seen, base_url, counts=call.request.method != "HEAD")
        if call.operation == CREATE:
            return self._submissions.answer(call, tenant, server, key)
        raise RefusedError(501, f"The mock does not know what {call.operation} does.")

    def _without_operation(self, call: Call, found: Found) -> Answer:
        """A method that the path does not take; OPTIONS only asks which it takes."""
        if call.request.method == "OPTIONS":
            return Answer(204, b"", (("Allow", found.allow),))
        raise RefusedError(405, headers=(("Allow", found.allow),))

    def _finish(self, call: Call, answer: Answer) -> Answer:
        exchange = call.exchange(answer, self.clock() - call.real_at)
        kept = self.store.append(call.tenant_id, exchange, counts_poll=call.counts_poll, proof=call.proof)
        return self._told(call, answer, kept)

    def _told(self, call: Call, answer: Answer, exchange: Exchange) -> Answer:
        """`answer`, counted, with the headers that every answer has; `exchange` is what the journal has."""
        self.tally.add(call.operation, answer.status, exchange.took_s)
        headers = (*answer.headers, (REQUEST_ID, exchange.request_id(call.tenant_id)))
        if call.warnings:
            headers = (*headers, (WARNING, "; ".join(call.warnings)))
        if self.settings.cors:
            headers = (*headers, *_cors(self.spec.api_key_header))
        return answer._replace(headers=headers)


def _challenge(header: str) -> str:
    """A 401 must say how to authenticate (RFC 9110, section 11.6.1); there is no registered scheme for
    this.
    """
    return f'ApiKey realm="miragic-mock", header="{header}"'


@lru_cache
def _cors(header: str) -> tuple[tuple[str, str], ...]:
    return (
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Headers", f"{header}, Content-Type, X-Mock-Plan"),
        ("Access-Control-Allow-Methods", "GET, POST, OPTIONS"),
        ("Access-Control-Expose-Headers", f"{REQUEST_ID}, {WARNING}, Retry-After"),
    )
