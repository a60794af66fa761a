"""Time: look at a clock, stop it, move it, and hear what that changed.

Rule: moving a clock touches no job. What changed is read off the jobs that were due in between.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..domain.clock import REAL, Clock
from ..domain.lifecycle import Transition, transitions
from ..domain.tenants import Tenant
from ..language.clocks import parse_moment
from .call import Asked
from .readers import readable
from .shown import moment, show_clock


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
    beneath = asked.beneath(asked.tenant)
    before = asked.tenant.clock

    def moved(tenant: Tenant) -> Tenant:
        nonlocal before
        before = tenant.clock  # not the clock as the call found it: others may have moved it meanwhile
        return replace(tenant, clock=readable(lambda: change(tenant.clock, beneath), "time"))

    tenant = asked.change_by(moved)
    span = before.now(beneath), tenant.clock.now(beneath)
    made = sorted(
        (made.at, other.id, made.job_id, made)
        for other in asked.tenants()
        for made in _transitions(asked, other, span)
    )
    return {
        "clock": show_clock(tenant.clock, span[1]),
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


def _transitions(asked: Asked, tenant: Tenant, span: tuple[float, float]) -> list[Transition]:
    """What a tenant's jobs did while the call's clock went through `span`, beneath theirs or as theirs."""
    before, now = map(tenant.clock.now, span) if asked.is_about_server else span
    if now <= before:
        return []
    due = asked.engine.store.due(tenant.id, before, now)
    return [change for job in due for change in transitions(job, before, now)]


def _moment(asked: Asked) -> float:
    at = asked.body["at"]
    return parse_moment(at) if isinstance(at, str) else float(at)
