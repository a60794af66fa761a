"""The fake API: from a request to an answer, without any web framework.

Rule: everything a client can see is decided below `Engine.handle`; doors only carry. It never raises for
anything that a client can send.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from typing import Final, NamedTuple

from miragic_contracts.spec import Spec

from ..documents.documents import Documents, Failure, upload_folder
from ..domain.settings import Settings
from ..domain.tenants import SERVER, Tenant
from ..downloads.files import Files
from ..downloads.links import Links
from ..errors import OutdatedError, StoreError
from ..exchange.call import CREATE, STATUS, Call
from ..exchange.messages import JSON, Answer, Request
from ..exchange.refusals import RefusedError, closed
from ..exchange.routes import Routes
from ..language.scenario import parse_scenario
from ..records.journal import Exchange
from ..stores.protocol import Glance, Store
from ..transcripts.made_up import seeded
from ..transcripts.sources import Source
from ..uploads.form import form_of
from ..uploads.multipart import drain
from .admission import Tenancy
from .injection.answers import WrongAnswers
from .injection.doors import WSGI, Door
from .injection.injector import Injector, Pauser, StruckError
from .injection.strikes import Planned
from .planning import PLAN_HEADER, early_faults
from .polls import Polls
from .submissions import Submissions
from .tally import Tally
from .work import Work

REQUEST_ID: Final = "X-Request-Id"
WARNING: Final = "X-Mock-Warning"


_BLANK_PLAN: Final = (
    f"{PLAN_HEADER} came without a value: leave it out, or write what is not ASCII percent-encoded, as in "
    "text=caf%C3%A9; this server passes on no other."
)


class _Admitted(NamedTuple):
    """Who was let in, and what the store has of them."""

    tenant: Tenant
    server: Tenant
    key: str
    job_id: str
    seen: Glance


class Engine:
    """One mock: the contract, the state and the switches.

    Args:
        server: what the server's own tenant is at first; its clock, plan and faults underlie all others.
        clock: gives real epoch seconds.
        text_of: where transcriptions come from when no plan says.
        reads_uploads: whether that source wants the upload as a file.
        door: how clients get here, which decides what faults there can be.
        pause: how a fault waits.
    """

    def __init__(
        self,
        *,
        spec: Spec,
        store: Store,
        settings: Settings = Settings(),  # noqa: B008  # a frozen value
        server: Tenant = Tenant(SERVER),  # noqa: B008  # a frozen value
        clock: Callable[[], float] = time.time,
        text_of: Source = seeded,
        reads_uploads: bool = False,
        door: Door = WSGI,
        pause: Pauser = time.sleep,
    ) -> None:
        self.spec, self.store, self.settings, self.clock = spec, store, settings, clock
        self.tenancy = Tenancy(store, settings, server)
        # From the seed and not drawn: processes that share a store honour one another's links, and the same
        # run gives the same links.
        secret = blake2b(str(server.seed).encode(), person=b"miragic-links").digest()
        self.links = Links(upload_folder(spec), secret)
        form = form_of(spec)
        self._further_fields = tuple(name for name, field in form.fields.items() if field.part is None)
        self.check_scenario(server.scenario)
        self.documents = Documents(spec, settings, self.links)
        self._routes = Routes(spec.operations.values())
        self._kinds = {spec.poll.id: STATUS, spec.submit.id: CREATE}
        self._job_id = spec.lifecycle.poll.parameter
        self._polls = Polls(store, self.documents, settings.public_url)
        self._submissions = Submissions(
            spec, store, settings, form, self.documents, text_of, reads_uploads=reads_uploads
        )
        self._files = Files(store, self.links)
        self.door, self.pause = door, pause
        wrong_answers = WrongAnswers(spec, store, self.documents, settings.public_url)
        self._injector = Injector(store, wrong_answers, door, pause)
        self.tally = Tally()

    def check_scenario(self, text: str) -> None:
        """Make sure that a scenario can be read, and asks only for fields that the contract's form has.

        Raises:
            ScenarioError: It cannot, or it does not.
        """
        if text:  # what checks one is loaded for it, and a mock that starts mostly has none
            parse_scenario(text).check_fields(self._further_fields)

    def handle(self, request: Request) -> Answer:
        """Return the answer to any request, which stands in the journal by then.

        The one exception is a store that does not answer: its 503 is in no journal.
        """
        real_at = self.clock()
        call = Call(request, real_at, real_at)
        try:
            try:
                return self._finish(call, self._attempt(call, recalls=True))
            except OutdatedError:  # what was recalled is no longer so, and nothing was done: look again
                call = Call(request, real_at, real_at)
                return self._finish(call, self._attempt(call, recalls=False))
        except StoreError as error:
            message = closed(f"The mock cannot keep its state: {error}")
            answer = self.refuse(call, RefusedError(503, message, headers=(("Retry-After", "1"),)))
            exchange = call.exchange(answer, self.clock() - real_at, self._key(request))
            return self._signed(call, answer, exchange)

    def _attempt(self, call: Call, *, recalls: bool) -> Answer:
        try:
            return self._answer(call, recalls=recalls)
        except RefusedError as error:
            return self.refuse(call, error)

    def refuse(self, call: Call, refusal: RefusedError) -> Answer:
        """Return the contract's error document for a refusal."""
        # A client that is still sending may not read its answer before it has sent all.
        drain(call.request.body)
        call.note = call.note or refusal.message
        body = self.documents.error(refusal.status, Failure(refusal.code, refusal.message))
        return Answer(refusal.status, body, (("Content-Type", JSON), *refusal.headers))

    def _answer(self, call: Call, *, recalls: bool) -> Answer:
        request = call.request
        found = self._routes.find(request.path)
        key = self._key(request)
        job_id = "" if found is None else found.parameters.get(self._job_id, "")
        seen = self.tenancy.glance(key, job_id, recalled_at=call.real_at if recalls else None)
        call.proof = seen.proof
        server = seen.server or self.tenancy.server()
        call.at = server.clock.now(call.real_at)
        if found is None:
            # Without a key: to have the link is enough (Q12).
            linked = self.links.find(request.path)
            if linked is None:
                raise RefusedError(404, "There is nothing at this path.")
            return self._files.answer(call, linked, self.tenancy)
        operation = found.operation(request.method)
        if operation is None:
            return found.without_operation(request.method)
        call.operation = self._kinds.get(operation.id, operation.id)
        call.tenant = tenant = self.tenancy.admit(key, seen.tenant, call.real_at)
        if tenant is None:
            raise RefusedError(401, headers=(("WWW-Authenticate", _challenge(self.spec.api_key_header)),))
        call.at = tenant.clock.now(call.at)
        return self._served(call, _Admitted(tenant, server, key, job_id, seen))

    def _key(self, request: Request) -> str:
        return request.headers.get(self.spec.api_key_header) or ""

    def _served(self, call: Call, admitted: _Admitted) -> Answer:
        """Return the answer of the work, unless a fault strikes before, during or after it.

        Raises:
            RefusedError: a fault was planned that this door cannot do, or a plan that it cannot bring.
        """
        tenant, injector = admitted.tenant, self._injector
        standing = injector.standing(call, tenant, admitted.server, self._early_faults(call, admitted))
        answer = injector.before(call, tenant, standing)
        if answer is not None:
            return answer
        try:
            answer, of_job = self._worked(call, admitted, standing)
        except StruckError as error:
            return injector.instead(call, error.planned)
        return injector.after(call, tenant, (*of_job, *standing), answer)

    def _worked(
        self, call: Call, admitted: _Admitted, standing: tuple[Planned, ...]
    ) -> tuple[Answer, tuple[Planned, ...]]:
        """Return the answer of the work, a refusal included, and the faults of its job's plan.

        Raises:
            StruckError: a fault struck in the middle of the upload.
        """
        of_job: tuple[Planned, ...] = ()
        try:
            self.tenancy.limit(call, admitted.tenant)
            work = self._begun(call, admitted)
            try:
                of_job = self._injector.of_job(call, work.faults, standing)
                struck = self._injector.before(call, admitted.tenant, of_job)
                answer = work.answer(call) if struck is None else struck
            finally:
                work.close()
        except RefusedError as error:
            answer = self.refuse(call, error)
        return answer, of_job

    def _begun(self, call: Call, admitted: _Admitted) -> Work:
        if call.operation == STATUS:
            call.job_id = admitted.job_id
            # By identity: what was seen belongs to the tenant that was admitted, unless that was just made.
            if admitted.tenant is not admitted.seen.tenant:
                raise RefusedError(404)  # the tenant has just been made, and has no jobs yet
            return self._polls.begin(call, admitted.seen)
        if call.operation == CREATE:
            return self._submissions.begin(call, admitted.tenant, admitted.server, admitted.key)
        raise RefusedError(501, f"The mock does not know what {call.operation} does.")

    def _early_faults(self, call: Call, admitted: _Admitted) -> tuple[str, ...]:
        """Return the faults of a submission's plan that are known before its body is read."""
        if call.operation != CREATE:
            return ()
        headers = call.request.headers
        if self.door.blanks and headers.get(PLAN_HEADER) == "":
            raise RefusedError(400, _BLANK_PLAN)
        return early_faults(headers, admitted.key, admitted.tenant, admitted.server)

    def _finish(self, call: Call, answer: Answer) -> Answer:
        exchange = call.exchange(answer, self.clock() - call.real_at, self._key(call.request))
        kept = self.store.append(call.tenant_id, exchange, counts_poll=call.counts_poll, proof=call.proof)
        return self._signed(call, answer, kept)

    def _signed(self, call: Call, answer: Answer, exchange: Exchange) -> Answer:
        """Count `answer` and return it with the headers that every answer has.

        Args:
            exchange: what the journal has of it, which names the request.
        """
        self.tally.add(call.operation, answer.status, exchange.took_s)
        headers = (*answer.headers, (REQUEST_ID, exchange.request_id(call.tenant_id)))
        if call.warnings:
            headers = (*headers, (WARNING, "; ".join(call.warnings)))
        if self.settings.cors:
            headers = (*headers, *_cors(self.spec.api_key_header))
        return answer._replace(headers=headers)


def _challenge(header: str) -> str:
    """Return how to authenticate, which a 401 must say (RFC 9110, section 11.6.1)."""
    # No scheme is registered for a key in a header of its own.
    return f'ApiKey realm="miragic-mock", header="{header}"'


@lru_cache
def _cors(header: str) -> tuple[tuple[str, str], ...]:
    return (
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Headers", f"{header}, Content-Type, X-Mock-Plan"),
        ("Access-Control-Allow-Methods", "GET, POST, OPTIONS"),
        ("Access-Control-Expose-Headers", f"{REQUEST_ID}, {WARNING}, Retry-After"),
    )
