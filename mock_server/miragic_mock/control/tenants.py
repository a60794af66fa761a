"""Tenants: make one with a key of its own, look, change, end it whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from ..domain.tenants import SERVER, Tenant, faults_since, new_api_key, tenant_id
from ..exchange.refusals import RefusedError
from ..language.clocks import parse_clock
from ..language.rates import parse_rate
from .call import ControlAnswer, ControlCall
from .paths import TENANTS_PATH
from .readers import read_faults, read_plan, reading
from .representations import tenant_json


def list_tenants(call: ControlCall) -> Any:
    """Return all tenants but the server."""
    return {"tenants": [tenant_json(call, tenant) for tenant in call.engine.tenancy.alive(call.real_at)]}


def create_tenant(call: ControlCall) -> Any:
    """Make a tenant, and return it with the key that owns it."""
    key = call.body.get("api_key") or new_api_key(os.urandom)
    name = tenant_id(key)
    server = call.engine.tenancy.server()
    settings = call.engine.settings
    blank = Tenant(
        name,
        created_at=call.real_at,
        seed=server.seed,
        credits=settings.credits,
        rate_limit=settings.rate_limit,
        is_declared=True,
    )
    tenant = _changed(blank, call.body, call)
    store = call.engine.store
    # `find` ends a tenant whose time is over, so that its key can have a new one; `add_tenant` then gives
    # another than ours only if another call was quicker.
    if call.engine.tenancy.find(name, call.real_at) is not None or store.add_tenant(tenant) != tenant:
        raise RefusedError(
            409, "There is a tenant with this key already; change that one, or take another key."
        )
    headers = (("Location", f"{TENANTS_PATH}/{name}"),)
    return ControlAnswer(201, {"api_key": key, "tenant": tenant_json(call, tenant)}, headers)


def get_tenant(call: ControlCall) -> Any:
    """Return one tenant."""
    return tenant_json(call, _tenant(call))


def change_tenant(call: ControlCall) -> Any:
    """Change some fields of a tenant."""
    tenant = _tenant(call)
    # Once outside of the store, so that what cannot be read is refused before a transaction begins.
    _changed(tenant, call.body, call)
    stored = call.engine.store.change_tenant(tenant.id, lambda now: _changed(now, call.body, call))
    return tenant_json(call, stored or tenant)


def delete_tenant(call: ControlCall) -> Any:
    """End a tenant."""
    call.engine.store.drop_tenant(_tenant(call).id)
    return ControlAnswer(204)


def _tenant(call: ControlCall) -> Tenant:
    """Return the tenant whose id is in the path, the server excepted."""
    name = call.path["tenantId"]
    tenant = call.engine.tenancy.find(name, call.real_at) if name != SERVER else None
    if tenant is None:
        raise RefusedError(404, "There is no such tenant.")
    return tenant


def _changed(tenant: Tenant, body: Mapping[str, Any], call: ControlCall) -> Tenant:
    """Return a tenant with what the body says; what it leaves out stays."""
    changes: dict[str, Any] = {}
    for name, value in body.items():
        member = _MEMBERS.get(name)
        if member is not None:
            with reading(name):
                changes[member.field] = member.read(value, call)
    if "faults" in changes:
        changes["faults_since"] = faults_since(tenant, tenant.clock.now(call.time_beneath(tenant)))
    return replace(tenant, **changes)


class _Member(NamedTuple):
    """A member of the body: the field of the tenant that it sets, and how its value is read.

    The document allows null for each of them, which takes back what was set.
    """

    field: str
    read: Callable[[Any, ControlCall], Any]


def _scenario(value: Any, call: ControlCall) -> str:
    call.engine.check_scenario(value or "")
    return value or ""


def _clock(value: Any, call: ControlCall) -> Any:
    return parse_clock(value or "real", call.engine.tenancy.server_time(call.real_at))


_MEMBERS: Final[Mapping[str, _Member]] = {
    "name": _Member("name", lambda value, _: value or ""),
    "ttl": _Member("expires_at", lambda value, call: None if value is None else call.real_at + value),
    "plan": _Member("plan", lambda value, call: read_plan(value or "", call.engine.door)),
    "scenario": _Member("scenario", _scenario),
    "faults": _Member("faults", lambda value, call: read_faults(value or (), call.engine.door)),
    "credits": _Member("credits", lambda value, _: value),
    "rate_limit": _Member("rate_limit", lambda value, _: None if value is None else parse_rate(value)),
    "seed": _Member(
        "seed", lambda value, call: call.engine.tenancy.server().seed if value is None else value
    ),
    "clock": _Member("clock", _clock),
}
