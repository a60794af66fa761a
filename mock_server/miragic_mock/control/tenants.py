"""Tenants: make one with a key of its own, look, change, end it whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from ..domain.tenants import SERVER, Tenant, faults_since, new_api_key, tenant_id
from ..exchange.refusals import RefusedError
from ..language.clocks import parse_clock
from ..language.rates import parse_rate
from ..language.scenario import parse_scenario
from .call import Asked, Reply
from .paths import TENANTS_PATH
from .readers import read_faults, read_plan, readable
from .shown import show_tenant


def list_tenants(asked: Asked) -> Any:
    """All tenants but the server."""
    return {"tenants": [show_tenant(asked, found) for found in asked.engine.tenancy.alive(asked.real_at)]}


def create_tenant(asked: Asked) -> Any:
    """A tenant, and the key that owns it."""
    key = asked.body.get("api_key") or new_api_key(os.urandom)
    name = tenant_id(key)
    server = asked.engine.tenancy.server()
    settings = asked.engine.settings
    first = Tenant(
        name,
        created_at=asked.real_at,
        seed=server.seed,
        credits=settings.credits,
        rate_limit=settings.rate_limit,
        is_declared=True,
    )
    wanted = _changed(first, asked.body, asked)
    store = asked.engine.store
    if asked.engine.tenancy.find(name, asked.real_at) is not None or store.add_tenant(wanted) != wanted:
        raise RefusedError(
            409, "There is a tenant with this key already; change that one, or take another key."
        )
    headers = (("Location", f"{TENANTS_PATH}/{name}"),)
    return Reply(201, {"api_key": key, "tenant": show_tenant(asked, wanted)}, headers)


def get_tenant(asked: Asked) -> Any:
    """One tenant."""
    return show_tenant(asked, _found(asked))


def change_tenant(asked: Asked) -> Any:
    """A tenant with some of its fields changed."""
    tenant = _found(asked)
    _changed(tenant, asked.body, asked)
    stored = asked.engine.store.change_tenant(tenant.id, lambda now: _changed(now, asked.body, asked))
    return show_tenant(asked, stored or tenant)


def delete_tenant(asked: Asked) -> Any:
    """End a tenant."""
    asked.engine.store.drop_tenant(_found(asked).id)
    return Reply(204)


def _found(asked: Asked) -> Tenant:
    name = asked.path["tenantId"]
    tenant = asked.engine.tenancy.find(name, asked.real_at) if name != SERVER else None
    if tenant is None:
        raise RefusedError(404, "There is no such tenant.")
    return tenant


def _changed(tenant: Tenant, body: Mapping[str, Any], asked: Asked) -> Tenant:
    """`tenant` with what the body says; what it leaves out stays."""
    changes: dict[str, Any] = {}
    for name, value in body.items():
        if name in _READERS:
            field, read = _READERS[name]
            changes[field] = readable(lambda read=read, value=value: read(value, asked), name)  # type: ignore[misc]  # mypy cannot type a default in a lambda
    if "faults" in changes:
        changes["faults_since"] = faults_since(tenant, tenant.clock.now(asked.beneath(tenant)))
    return replace(tenant, **changes)


def _scenario(value: Any, _: Asked) -> str:
    parse_scenario(value or "")
    return value or ""


_READERS: Final[Mapping[str, tuple[str, Callable[[Any, Asked], Any]]]] = {
    "name": ("name", lambda value, _: value or ""),
    "ttl": ("expires_at", lambda value, asked: None if value is None else asked.real_at + value),
    "plan": ("plan", lambda value, asked: read_plan(value or "", asked.engine.door)),
    "scenario": ("scenario", _scenario),
    "faults": ("faults", lambda value, asked: read_faults(value or (), asked.engine.door)),
    "credits": ("credits", lambda value, _: value),
    "rate_limit": ("rate_limit", lambda value, _: None if value is None else parse_rate(value)),
    "seed": ("seed", lambda value, asked: asked.engine.tenancy.server().seed if value is None else value),
    "clock": (
        "clock",
        lambda value, asked: parse_clock(value or "real", asked.engine.tenancy.server_time(asked.real_at)),
    ),
}
