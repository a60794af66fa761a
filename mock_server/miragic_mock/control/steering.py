"""What happens from now on: the plan, the scenario and the faults of a tenant, or of the server."""

from __future__ import annotations

from typing import Any

from ..domain.jobs.plan import EMPTY
from ..domain.tenants import faults_since
from ..language.plans import format_plan
from .call import ControlAnswer, ControlCall
from .readers import read_faults, read_plan, reading


def get_plan(call: ControlCall) -> Any:
    """Return the plan in canonical spelling."""
    return {"plan": format_plan(call.tenant.plan)}


def set_plan(call: ControlCall) -> Any:
    """Set the plan."""
    with reading("plan"):
        layer = read_plan(call.body["plan"], call.engine.door)
    return {"plan": format_plan(call.change(plan=layer).plan)}


def clear_plan(call: ControlCall) -> Any:
    """Take the plan away."""
    call.change(plan=EMPTY)
    return ControlAnswer(204)


def get_scenario(call: ControlCall) -> Any:
    """Return the rules as they were written."""
    return {"scenario": call.tenant.scenario}


def set_scenario(call: ControlCall) -> Any:
    """Set the rules."""
    text = call.body["scenario"]
    with reading("scenario"):
        call.engine.check_scenario(text)
    return {"scenario": call.change(scenario=text).scenario}


def clear_scenario(call: ControlCall) -> Any:
    """Take the rules away."""
    call.change(scenario="")
    return ControlAnswer(204)


def get_faults(call: ControlCall) -> Any:
    """Return the faults in canonical spelling."""
    return {"faults": list(call.tenant.faults)}


def set_faults(call: ControlCall) -> Any:
    """Set the faults; how often they strike is counted from this moment on."""
    with reading("fault"):
        faults = read_faults(call.body["faults"], call.engine.door)
    since = faults_since(call.tenant, call.now)
    return {"faults": list(call.change(faults=faults, faults_since=since).faults)}


def clear_faults(call: ControlCall) -> Any:
    """Take the faults away."""
    call.change(faults=())
    return ControlAnswer(204)
