"""The control API: from a request below `/_mock` to an answer, without any web framework.

Rule: the document decides what is well-formed, the guard which calls are let in, the views what happens.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from functools import cached_property
from http import HTTPStatus
from typing import Any, Final

from ..domain.tenants import Tenant, is_key
from ..engine.engine import REQUEST_ID, Engine
from ..errors import StoreError
from ..exchange.messages import JSON, Answer, Headers, Request
from ..exchange.refusals import RefusedError
from . import clocks, evidence, jobs, overview, steering, tenants
from .call import MAX_BODY_BYTES, ControlAnswer, ControlCall
from .document import Document, load_document
from .guard import Guard
from .health import HEALTHY, Health
from .paths import PREFIX, TENANTS_PATH
from .waiting import Waiting

View = Callable[[ControlCall], Any]

_BELOW_TENANTS: Final = f"{TENANTS_PATH.removeprefix(PREFIX)}/"

VIEWS: Final[Mapping[str, View]] = {
    "advanceClock": clocks.advance,
    "changeJobPlan": jobs.change_plan,
    "changeTenant": tenants.change_tenant,
    "clearFaults": steering.clear_faults,
    "clearPlan": steering.clear_plan,
    "clearScenario": steering.clear_scenario,
    "createTenant": tenants.create_tenant,
    "deleteTenant": tenants.delete_tenant,
    "explainJob": jobs.explain,
    "finishJob": jobs.finish,
    "freezeClock": clocks.freeze,
    "getClock": clocks.get,
    "getFaults": steering.get_faults,
    "getHealth": lambda _: HEALTHY,
    "getJob": jobs.get,
    "getJournal": evidence.get_journal,
    "getJournalAsHar": evidence.get_har,
    "getLedger": evidence.get_ledger,
    "getMetrics": overview.metrics,
    "getPlan": steering.get_plan,
    "getReadiness": overview.readiness,
    "getScenario": steering.get_scenario,
    "getState": overview.state,
    "getTenant": tenants.get_tenant,
    "listJobs": jobs.list_jobs,
    "listTenants": tenants.list_tenants,
    "reset": overview.reset,
    "resetClock": clocks.real,
    "scaleClock": clocks.scale,
    "setClock": clocks.set_to,
    "setFaults": steering.set_faults,
    "setPlan": steering.set_plan,
    "setScenario": steering.set_scenario,
    "verify": evidence.verify_manners,
}
"""The view of each operation of the document, except those that need something of the API itself."""


class Control:
    """The control API of one engine."""

    def __init__(self, engine: Engine, *, guard: Guard | None = None, waiting: Waiting | None = None) -> None:
        """Make the control API of an engine.

        Args:
            engine: The mock.
            guard: Who may call; None for everybody, as where there is no socket.
            waiting: The view that waits for jobs; None for one that sleeps in real time.
        """
        self._engine = engine
        self._guard = guard
        self._views: Mapping[str, View] = {
            **VIEWS,
            "getDocument": lambda _: dict(self.document.value),
            "waitForJob": waiting or Waiting(),
        }
        self._health = Health()
        self._numbers = itertools.count(1)

    @cached_property
    def document(self) -> Document:
        """The API's document, read when it is first needed."""
        return load_document()

    def handle(self, request: Request) -> Answer:
        """Answer any request whose path is the control API's."""
        health = self._health.answer(request.method, request.path)
        if health is not None:
            return health
        try:
            answer = self._answer(request)
        except RefusedError as error:
            answer = _refusal(error.status, error.message or "It was refused.", error.headers)
        except StoreError as error:
            # Redis or a disk can fail at any time. A defect of ours is not caught, but goes on to the server.
            answer = _refusal(503, str(error))
        return answer.with_header(REQUEST_ID, f"control-{next(self._numbers)}")

    def _answer(self, request: Request) -> Answer:
        tenant_id, path = _tenant_and_path(request.path.removeprefix(PREFIX).rstrip("/") or "/")
        found = self.document.routes.find(path)
        if found is None:
            raise RefusedError(404, f"There is nothing here; {PREFIX}/openapi.json says what there is.")
        operation = found.operation(request.method)
        if operation is None:
            return found.without_operation(request.method, f"This path takes {found.allow}.")
        # After the route, so that any caller learns of a path that is not there: the document is no secret.
        if self._guard is not None and not operation.is_open:
            self._guard.admit(request)
        call = ControlCall(
            engine=self._engine,
            request=request,
            tenant=self._tenant(request, tenant_id, path),
            path=found.parameters,
            query=operation.query(request.query),
            body=operation.read_body(_body(request)),
            real_at=self._engine.now(),
        )
        return _written(self._views[operation.id](call))

    def _tenant(self, request: Request, tenant_id: str | None, path: str) -> Tenant:
        """Return the tenant that a call is about: by the id in its path, by its key, or the server.

        Raises:
            RefusedError: 404 for no such tenant, 400 for a key that is none.
        """
        tenancy = self._engine.tenancy
        if tenant_id is not None:
            tenant = tenancy.find(tenant_id, self._engine.now())
            if tenant is None:
                raise RefusedError(404, "There is no such tenant.")
            return tenant
        key = request.headers.get(self._engine.spec.api_key_header)
        # A call about tenants admits no key: it would make the very tenant anew that it is about.
        if key is None or f"{path}/".startswith(_BELOW_TENANTS):
            return tenancy.server()
        if not is_key(key):
            raise RefusedError(
                400, "The key is empty, or is not all visible ASCII. To call about all, send none."
            )
        admitted = tenancy.admit(key, tenancy.glance(key).tenant, self._engine.now())
        if admitted is None:
            raise RefusedError(404, "No tenant owns this key.")
        return admitted


def _tenant_and_path(path: str) -> tuple[str | None, str]:
    """Split a path below `/tenants/{tenantId}/` into that id and the path as the document has it."""
    tenant_id, separator, rest = path.removeprefix(_BELOW_TENANTS).partition("/")
    if path.startswith(_BELOW_TENANTS) and separator:
        return tenant_id, f"/{rest}"
    return None, path


def _body(request: Request) -> bytes:
    pieces, size = [], 0
    try:
        # To its end and not by Content-Length, which a chunked body does not have.
        while piece := request.body.read(65_536):
            pieces.append(piece)
            size += len(piece)
            if size > MAX_BODY_BYTES:
                raise RefusedError(413, f"A body here has at most {MAX_BODY_BYTES} bytes.")
    except TimeoutError as error:
        raise RefusedError(408, "The body came too slowly, or not at all.") from error
    except OSError as error:
        raise RefusedError(400, "The body broke off before its end.") from error
    return b"".join(pieces)


def _written(value: Any) -> Answer:
    """Return what a view gave as an answer."""
    status, body, headers = value if isinstance(value, ControlAnswer) else ControlAnswer(200, value)
    if isinstance(body, bytes) or status == HTTPStatus.NO_CONTENT:
        return Answer(status, body or b"", headers)
    content = json.dumps(body, separators=(",", ":")).encode()
    return Answer(status, content, (("Content-Type", JSON), *headers))


def _refusal(status: int, message: str, headers: Headers = ()) -> Answer:
    return _written(ControlAnswer(status, {"error": {"status": status, "message": message}}, headers))
