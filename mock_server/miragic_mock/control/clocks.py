"""Time: look at a clock, stop it, move it, and hear what that changed.

Rule: moving a clock touches no job. What changed is read off the jobs that were due in between.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..domain.clock import REAL, Clock
from ..domain.jobs.lifecycle import Transition, transitions
from ..domain.tenants import Tenant
from ..language.clocks import parse_moment
from .call import ControlCall
from .readers import reading
from .representations import clock_json, moment_text


def get(call: ControlCall) -> Any:
    """Return what the clock shows."""
    return clock_json(call.tenant.clock, call.now)


def freeze(call: ControlCall) -> Any:
    """Stop the clock, where it is or at a moment."""
    if "at" not in call.body:
        return _move(call, lambda clock, beneath: clock.frozen(beneath))
    return _move(call, lambda clock, beneath: clock.set(beneath, _moment(call)).frozen(beneath))


def advance(call: ControlCall) -> Any:
    """Move the clock forward."""
    return _move(call, lambda clock, _: clock.advanced(call.body["seconds"]))


def scale(call: ControlCall) -> Any:
    """Let the clock run at another rate from here on."""
    return _move(call, lambda clock, beneath: clock.scaled(beneath, call.body["rate"]))


def set_to(call: ControlCall) -> Any:
    """Let the clock show another moment."""
    return _move(call, lambda clock, beneath: clock.set(beneath, _moment(call)))


def real(call: ControlCall) -> Any:
    """Let the clock show the time beneath it again."""
    return _move(call, lambda *_: REAL)


def _move(call: ControlCall, change: Callable[[Clock, float], Clock]) -> Any:
    """Change the clock of the call's tenant.

    Args:
        call: The call.
        change: From the clock and the time beneath it to what the clock becomes.

    Returns:
        The clock, and the transitions between what it showed before and what it shows now.
    """
    beneath = call.time_beneath(call.tenant)
    before = call.tenant.clock

    def moved(tenant: Tenant) -> Tenant:
        nonlocal before
        before = tenant.clock  # not the clock as the call found it: others may have moved it meanwhile
        with reading("time"):
            return replace(tenant, clock=change(tenant.clock, beneath))

    tenant = call.change_by(moved)
    # At one and the same real moment, so that the span is what the move did and not what ran meanwhile.
    span = before.now(beneath), tenant.clock.now(beneath)
    # The third member settles ties: transitions themselves have no order.
    ordered = sorted(
        (transition.at, other.id, transition.job_id, transition)
        for other in call.tenants()
        for transition in _transitions(call, other, span)
    )
    return {
        "clock": clock_json(tenant.clock, span[1]),
        "transitions": [
            {
                "at": moment_text(at),
                "tenant": tenant_id,
                "job": transition.job_id,
                "before": transition.before,
                "after": transition.after,
            }
            for at, tenant_id, _, transition in ordered
        ],
    }


def _transitions(call: ControlCall, tenant: Tenant, span: tuple[float, float]) -> list[Transition]:
    """Return what a tenant's jobs did while the clock of the call went through `span`.

    That clock is the tenant's own, or the server's, which is the time beneath the tenant's.
    """
    before, now = map(tenant.clock.now, span) if call.is_about_server else span
    if now <= before:
        return []
    due = call.engine.store.due(tenant.id, before, now)
    return [transition for job in due for transition in transitions(job, before, now)]


def _moment(call: ControlCall) -> float:
    at = call.body["at"]
    return parse_moment(at) if isinstance(at, str) else float(at)
