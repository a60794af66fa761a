"""The fake API: from a request to an answer, without any web framework.

Rule: everything a client can see is decided below `Engine.handle`; doors only carry. It never raises for
anything that a client can send.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import Final, NamedTuple

from miragic_contracts.spec import Spec

from ..documents.documents import Documents, Failure, upload_folder
from ..domain.settings import Settings
from ..domain.tenants import SERVER, Tenant
from ..downloads.files import Files
from ..downloads.links import Links
from ..errors import JobExistsError, OutdatedError, OutOfCreditsError, StoreError, UnknownTenantError
from ..exchange.call import CREATE, OTHER, STATUS, Call
from ..exchange.messages import JSON, Answer, Request
from ..exchange.refusals import RefusedError, closed
from ..exchange.routes import Routes
from ..language.scenario import parse_scenario
from ..records.journal import Exchange
from ..stores.protocol import Glance, Store
from ..transcripts.made_up import seeded
from ..transcripts.sources import Source
from ..uploads.form import form_of
from .admission import Tenancy
from .defects import MESSAGE, note_defect
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
_SOON: Final = (("Retry-After", "1"),)
_MOST_ATTEMPTS: Final = 100

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
        counts: a folder where the processes of one mock count together; None for a mock of one process.
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
        counts: Path | None = None,
    ) -> None:
        self.spec, self.store, self.settings, self.clock = spec, store, settings, clock
        self.tenancy = Tenancy(store, settings, server)
        secret = blake2b(self.tenancy.link_secret.encode(), person=b"miragic-links").digest()
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
        self.tally = Tally((CREATE, STATUS, OTHER, *spec.operations), counts)
        self._turn = Lock()

    def check_scenario(self, text: str) -> None:
        """Make sure that a scenario can be read, and asks only for fields that the contract's form has.

        Raises:
            ScenarioError: It cannot, or it does not.
        """
        if text:  # what checks one is loaded for it, and a mock that starts mostly has none
            parse_scenario(text).check_fields(self._further_fields)

    def handle(self, request: Request) -> Answer:
        """Return the answer to any request, which stands in the journal by then.

        Two are not: the 503 of a store that does not answer, and the 500 of a defect of the mock.
        """
        real_at = self.now()
        call = Call(request, real_at, real_at)
        lasting = call.lasting
        try:
            while True:
                try:
                    return self._once(call)
                except OutdatedError as error:  # nothing was done: look again
                    if lasting.attempts == _MOST_ATTEMPTS:
                        raise StoreError(f"others were faster {_MOST_ATTEMPTS} times in a row") from error
                    call = call.again()
        except Exception as error:
            return self._failed(call, error)
        finally:
            if lasting.form is not None:
                lasting.form.close()

    def _failed(self, call: Call, error: Exception) -> Answer:
        """Return the answer where the work broke off: 503 for the store, 500 for a defect of the mock."""
        call.poll = None  # what would name the answer by a job that was not made, or a poll not counted
        if isinstance(error, StoreError):
            message = closed(f"The mock cannot keep its state: {error}")
            refusal = RefusedError(503, message, headers=_SOON)
        else:
            refusal = self.defect(error, call.request)
        answer = self.refuse(call, refusal)
        exchange = call.exchange(answer, max(self.now() - call.real_at, 0.0), self._key(call.request))
        return self._signed(call, answer, exchange)

    def defect(self, error: Exception, request: Request, *, where: str = "the engine") -> RefusedError:
        """Note a defect of the mock in the log and in the metrics, and return what the client hears of it."""
        headers = request.headers
        # Of `Bearer TOKEN` the token, which may stand elsewhere without the word before it.
        token = (headers.get("Authorization") or "").rpartition(" ")[2]
        note_defect(error, where=where, secrets=(self._key(request), token))
        self.tally.add_defect()
        return RefusedError(500, MESSAGE)

    def now(self) -> float:
        """Return the real moment by the clock that all who share the store go by."""
        return self.store.now(self.clock())

    def _once(self, call: Call) -> Answer:
        """Return the answer to a call, which is in the journal by then, with all that goes with it.

        Raises:
            OutdatedError: What was found in the store is no longer so.
            StoreError: The store does not answer, or not as asked.
        """
        # One at a time from the third attempt on: those of one process would else outrun one another.
        with self._turn if call.lasting.attempts > 1 else nullcontext():
            try:
                return self._finish(call, self._attempt(call))
            except UnknownTenantError as error:
                self.tenancy.server()
                if call.tenant is None and call.lasting.tenant is None:
                    raise OutdatedError(SERVER) from error
                return self._ended(call)
            except JobExistsError as error:
                call.lasting.taken_ids += 1
                raise OutdatedError(call.tenant_id) from error
            except OutOfCreditsError as error:
                raise OutdatedError(call.tenant_id) from error

    def _attempt(self, call: Call) -> Answer:
        try:
            return self._answer(call)
        except RefusedError as error:
            return self.refuse(call, error)

    def _ended(self, call: Call) -> Answer:
        """Return the answer to a request whose tenant has ended meanwhile; it makes none anew."""
        tenant = call.tenant or call.lasting.tenant
        late = Call(call.request, call.real_at, call.at, call.operation, job_id=call.job_id)
        if tenant is not None and tenant.is_declared and tenant.id not in self.settings.known_tenants:
            headers = (("WWW-Authenticate", _challenge(self.spec.api_key_header)),)
            refusal = RefusedError(401, "The tenant of this key has ended meanwhile.", headers=headers)
        elif call.operation == CREATE:
            message = "The tenant of this key has ended meanwhile, and nothing was kept. Send it again."
            refusal = RefusedError(503, message, headers=_SOON)
        else:
            refusal = RefusedError(404)
        return self._finish(late, self.refuse(late, refusal))

    def refuse(self, call: Call, refusal: RefusedError) -> Answer:
        """Return the contract's error document for a refusal."""
        call.note = call.note or refusal.message
        body = self.documents.error(refusal.status, Failure(refusal.code, refusal.message))
        return Answer(refusal.status, body, (("Content-Type", JSON), *refusal.headers))

    def _answer(self, call: Call) -> Answer:
        request = call.request
        found = self._routes.find(request.path)
        key = self._key(request)
        job_id = "" if found is None else found.parameters.get(self._job_id, "")
        seen = self.tenancy.glance(key, job_id, recalled_at=None if call.lasting.attempts else call.real_at)
        call.proof = seen.proof
        # A poll never shows an earlier moment than the poll before, whichever process answered that.
        call.real_at = max(call.real_at, seen.shown_at)
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
        if seen.tenant is None and call.lasting.tenant is not None:
            raise UnknownTenantError(call.lasting.tenant.id)
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
            of_job = self._injector.of_job(call, work.faults, standing)
            struck = self._injector.before(call, admitted.tenant, of_job)
            answer = work.answer(call) if struck is None else struck
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
        exchange = call.exchange(answer, max(self.now() - call.real_at, 0.0), self._key(call.request))
        counts = (*call.counts.values(),)
        if call.new_job is None:
            kept = self.store.append(
                call.tenant_id, exchange, counts_poll=call.counts_poll, counts=counts, proof=call.proof
            )
        else:
            job, allowance, recording = call.new_job
            kept = self.store.submit(
                job, exchange, allowance=allowance, counts=counts, recording=recording
            ).exchange
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
