"""Time: look at a clock, stop it, move it, and hear what that changed.

Rule: moving a clock touches no job. What changed is read off the jobs that were due in between.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..clock import REAL, Clock
from ..clock_text import parse_moment
from ..lifecycle import Transition, transitions
from ..tenants import Tenant
from .calls import Asked
from .shown import moment, show_clock
from .tenants import readable

__all__ = ["advance", "freeze", "get", "real", "scale", "set_to"]


def get(asked: Asked) -> Any:
    """What the clock shows."""
    return show_clock(asked.tenant.clock, asked.now)


def freeze(asked: Asked) -> Any:
    """Stand still, here or at a moment."""
    if "at" not in asked.body:
        return _move(asked, lambda clock, real: clock.frozen(real))
    return _move(asked, lambda clock, real: clock.set(real, _moment(asked)).frozen(real))


def advance(asked: Asked) -> Any:
    """Go forward."""
    return _move(asked, lambda clock, real: clock.advanced(asked.body["seconds"]))


def scale(asked: Asked) -> Any:
    """Run at another rate from here on."""
    return _move(asked, lambda clock, real: clock.scaled(real, asked.body["rate"]))


def set_to(asked: Asked) -> Any:
    """Show another moment."""
    return _move(asked, lambda clock, real: clock.set(real, _moment(asked)))


def real(asked: Asked) -> Any:
    """Show the time beneath again."""
    return _move(asked, lambda clock, real: REAL)


def _move(asked: Asked, change: Callable[[Clock, float], Clock]) -> Any:
    """The clock after `change`, and the transitions between what clocks showed before and show now."""
    before = {tenant.id: asked.now_of(tenant) for tenant in asked.tenants()}
    clock = readable(lambda: change(asked.tenant.clock, asked.beneath(asked.tenant)), "time")
    tenant = asked.set_clock(clock)
    made = sorted(
        (made.at, tenant.id, made.job_id, made)
        for tenant in asked.tenants()
        for made in _transitions(asked, _fresh(asked, tenant), before.get(tenant.id))
    )
    return {
        "clock": show_clock(tenant.clock, asked.now_of(tenant)),
        "transitions": [
            {
                "at": moment(at),
                "tenant": tenant_id,
                "job": change_.job_id,
                "before": change_.before,
                "after": change_.after,
            }
            for at, tenant_id, _, change_ in made
        ],
    }


def _fresh(asked: Asked, tenant: Tenant) -> Tenant:
    return asked.engine.store.tenant(tenant.id) or tenant


def _transitions(asked: Asked, tenant: Tenant, before: float | None) -> list[Transition]:
    now = asked.now_of(tenant)
    if before is None or now <= before:
        return []
    due = asked.engine.store.due(tenant.id, before, now)
    return [change for job in due for change in transitions(job, before, now)]


def _moment(asked: Asked) -> float:
    at = asked.body["at"]
    return parse_moment(at) if isinstance(at, str) else float(at)
