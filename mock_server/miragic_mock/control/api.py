"""The control API: from a request below `/_mock` to an answer, without any web framework.

Rule: the document decides what is well-formed, the guard who is let in, the views what happens.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Final

from ..domain.tenants import Tenant, is_key
from ..engine.engine import REQUEST_ID, Engine
from ..errors import StoreError
from ..exchange.messages import JSON, Answer, Request
from ..exchange.refusals import RefusedError
from . import clocks, evidence, jobs, overview, steering, tenants
from .call import MAX_BODY_BYTES, Asked, Reply
from .document import Document, load_document
from .guard import Guard
from .health import HEALTHY, Health
from .paths import PREFIX
from .waiting import Waiting

View = Callable[[Asked], Any]

_BELOW_TENANT: Final = "/tenants/"

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
"""The view of each operation of the document, but for those that need something of the API itself."""


class Control:
    """The control API of one engine. `guard` None lets everybody in: for a mock without a socket."""

    def __init__(self, engine: Engine, *, guard: Guard | None = None, waiting: Waiting | None = None) -> None:
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
        """The answer to any request whose path begins with `PREFIX`."""
        health = self._health.answer(request.method, request.path)
        if health is not None:
            return health
        try:
            answer = _written(self._answer(request))
        except RefusedError as refusal:
            error = {"status": refusal.status, "message": refusal.message or "It was refused."}
            answer = _written(Reply(refusal.status, {"error": error}, refusal.headers))
        except StoreError as error:
            answer = _written(Reply(503, {"error": {"status": 503, "message": str(error)}}))
        return answer.with_header(REQUEST_ID, f"control-{next(self._numbers)}")

    def _answer(self, request: Request) -> Any:
        path = request.path.removeprefix(PREFIX).rstrip("/") or "/"
        name, path = _about(path)
        found = self.document.routes.find(path)
        if found is None:
            raise RefusedError(404, f"There is nothing here; {PREFIX}/openapi.json says what there is.")
        operation = found.operation(request.method)
        if operation is None:
            return found.without_operation(request.method, f"This path takes {found.allow}.")
        if self._guard is not None and not operation.is_open:
            self._guard.admit(request)
        asked = Asked(
            self._engine,
            request,
            self._tenant(request, name, path),
            found.parameters,
            operation.query(request.query),
            operation.read_body(_body(request)),
            self._engine.clock(),
        )
        return self._views[operation.id](asked)

    def _tenant(self, request: Request, name: str | None, path: str) -> Tenant:
        """Whom the call is about: whose id is in the path, who owns the key, or the server.

        A call about tenants admits nobody: a key would otherwise make the tenant anew that it asks for.
        """
        tenancy = self._engine.tenancy
        if name is not None:
            tenant = tenancy.find(name, self._engine.clock())
            if tenant is None:
                raise RefusedError(404, "There is no such tenant.")
            return tenant
        key = request.headers.get(self._engine.spec.api_key_header)
        if key is None or f"{path}/".startswith(_BELOW_TENANT):
            return tenancy.server()
        if not is_key(key):
            raise RefusedError(
                400, "The key is empty, or is not all visible ASCII. To call about all, send none."
            )
        admitted = tenancy.admit(key, tenancy.glance(key).tenant, self._engine.clock())
        if admitted is None:
            raise RefusedError(404, "No tenant owns this key.")
        return admitted


def _about(path: str) -> tuple[str | None, str]:
    """The tenant's id in a path below `/tenants/{tenantId}/`, and the path as the document has it."""
    name, separator, rest = path.removeprefix(_BELOW_TENANT).partition("/")
    if path.startswith(_BELOW_TENANT) and separator:
        return name, f"/{rest}"
    return None, path


def _body(request: Request) -> bytes:
    pieces, size = [], 0
    try:
        while piece := request.body.read(65_536):
            pieces.append(piece)
            size += len(piece)
            if size > MAX_BODY_BYTES:
                raise RefusedError(413, f"A body here has at most {MAX_BODY_BYTES} bytes.")
    except OSError as error:
        raise RefusedError(400, "The body broke off before its end.") from error
    return b"".join(pieces)


def _written(given: Any) -> Answer:
    if isinstance(given, Answer):
        return given
    reply = given if isinstance(given, Reply) else Reply(200, given)
    if isinstance(reply.body, bytes) or reply.status == 204:
        return Answer(reply.status, reply.body or b"", reply.headers)
    body = json.dumps(reply.body, separators=(",", ":")).encode()
    return Answer(reply.status, body, (("Content-Type", JSON), *reply.headers))
