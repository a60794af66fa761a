"""The mock as a whole: its state, whether its store answers, its metrics, a fresh start."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ..domain.tenants import SERVER
from ..errors import StoreError
from ..exchange.refusals import RefusedError, closed
from ..language.plans import format_plan
from ..records.metrics import CONTENT_TYPE, Counts, exposition
from ..release import release
from ..uploads.multipart import FORM_BOUNDS
from .call import MAX_BODY_BYTES, ControlAnswer, ControlCall
from .health import HEALTHY
from .representations import clock_json, tenant_json
from .waiting import MOST_WAITING


def state(call: ControlCall) -> Any:
    """Return the state of everything."""
    engine = call.engine
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
        "settings": _settings(call),
        "clock": clock_json(server.clock, call.now_of(server)),
        "plan": format_plan(server.plan),
        "scenario": server.scenario,
        "faults": list(server.faults),
        "tenants": [tenant_json(call, tenant) for tenant in engine.tenancy.alive(call.real_at)],
    }


def readiness(call: ControlCall) -> Any:
    """Make sure that the store keeps what it is given."""
    try:
        call.engine.store.probe()
    except StoreError as error:
        raise RefusedError(503, closed(f"The store keeps nothing: {error}")) from error
    return HEALTHY


def metrics(call: ControlCall) -> Any:
    """Return the metrics as Prometheus reads them."""
    engine = call.engine
    tenants = engine.tenancy.alive(call.real_at)
    totals = [engine.store.totals(tenant.id) for tenant in tenants]
    counts = Counts(
        answers=engine.tally.answers(),
        seconds=engine.tally.seconds(),
        tenants=len(tenants),
        jobs=sum(total.jobs for total in totals),
        credits=sum(total.charged for total in totals),
        evicted=asdict(engine.store.evicted()),
    )
    return ControlAnswer(200, exposition(counts), (("Content-Type", CONTENT_TYPE),))


def reset(call: ControlCall) -> Any:
    """Forget what happened, and keep what was set up."""
    store = call.engine.store
    if not call.is_about_server:
        store.reset_tenant(call.tenant.id)
        return {"tenants": 1}
    if not call.body.get("all"):
        raise RefusedError(400, 'Say whose: send a key, or {"all": true} for every tenant.')
    tenants = store.tenants()
    for tenant in tenants:
        if tenant.is_declared or tenant.id == SERVER:
            store.reset_tenant(tenant.id)
        else:
            # A request made it, and the next request with its key makes it anew.
            store.drop_tenant(tenant.id)
    return {"tenants": len(tenants)}


def _settings(call: ControlCall) -> dict[str, Any]:
    """Return the switches, with the number of the keys that are let in instead of their digests."""
    settings = asdict(call.engine.settings)
    settings["known_tenants"] = len(call.engine.settings.known_tenants)
    return settings
