"""The mock as a whole: its state, whether it is well, its metrics, its document, a fresh start."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ..domain.tenants import SERVER
from ..errors import StoreError
from ..exchange.refusals import RefusedError, closed
from ..language.plans import format_plan
from ..release import release
from ..uploads.multipart import FORM_BOUNDS
from .call import MAX_BODY_BYTES, Asked, Reply
from .health import HEALTHY
from .shown import show_clock, show_tenant
from .waiting import MOST_WAITING


def state(asked: Asked) -> Any:
    """The state of everything."""
    engine = asked.engine
    server = engine.tenancy.server()
    return {
        "version": release(),
        "spec": {"version": engine.spec.version, "path": engine.spec.path},
        "store": {
            "kind": type(engine.store).__name__.removesuffix("Store").lower(),
            "shared": engine.store.is_shared,
            "bounds": asdict(engine.store.bounds),
            "evicted": asdict(engine.store.evicted()),
        },
        "form": {"bounds": asdict(FORM_BOUNDS)},
        "control": {"bounds": {"body_bytes": MAX_BODY_BYTES, "waiting": MOST_WAITING}},
        "settings": _settings(asked),
        "clock": show_clock(server.clock, asked.now_of(server)),
        "plan": format_plan(server.plan),
        "scenario": server.scenario,
        "faults": list(server.faults),
        "tenants": [show_tenant(asked, tenant) for tenant in engine.tenancy.alive(asked.real_at)],
    }


def readiness(asked: Asked) -> Any:
    """The store answers."""
    try:
        asked.engine.store.tenant(SERVER)
    except StoreError as error:
        raise RefusedError(503, closed(f"The store does not answer: {error}")) from error
    return HEALTHY


def metrics(asked: Asked) -> Any:
    """The metrics as Prometheus reads them."""
    from .metrics import CONTENT_TYPE, exposition  # its library is needed by no other call

    return Reply(200, exposition(asked.engine), (("Content-Type", CONTENT_TYPE),))


def reset(asked: Asked) -> Any:
    """Forget what happened, and keep what was set up."""
    store = asked.engine.store
    if not asked.is_about_server:
        store.reset_tenant(asked.tenant.id)
        return {"tenants": 1}
    if not asked.body.get("all"):
        raise RefusedError(400, 'Say whose: send a key, or {"all": true} for every tenant.')
    tenants = store.tenants()
    for tenant in tenants:
        if tenant.is_declared or tenant.id == SERVER:
            store.reset_tenant(tenant.id)
        else:
            store.drop_tenant(tenant.id)
    return {"tenants": len(tenants)}


def _settings(asked: Asked) -> dict[str, Any]:
    """The switches; of the keys that are let in only the number."""
    shown = asdict(asked.engine.settings)
    shown["known_tenants"] = len(asked.engine.settings.known_tenants)
    return shown
