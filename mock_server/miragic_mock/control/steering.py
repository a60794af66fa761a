"""What happens from now on: the plan, the scenario and the faults of a tenant, or of the server."""

from __future__ import annotations

from typing import Any

from ..domain.plan import EMPTY
from ..domain.tenants import faults_since
from ..language.plans import format_plan
from ..language.scenario import parse_scenario
from .call import Asked, Reply
from .readers import read_faults, read_plan, readable


def get_plan(asked: Asked) -> Any:
    """The plan, canonical."""
    return {"plan": format_plan(asked.tenant.plan)}


def set_plan(asked: Asked) -> Any:
    """The plan as it is now."""
    layer = readable(lambda: read_plan(asked.body["plan"], asked.engine.door), "plan")
    return {"plan": format_plan(asked.change(plan=layer).plan)}


def clear_plan(asked: Asked) -> Any:
    """No plan."""
    asked.change(plan=EMPTY)
    return Reply(204)


def get_scenario(asked: Asked) -> Any:
    """The rules, as they were written."""
    return {"scenario": asked.tenant.scenario}


def set_scenario(asked: Asked) -> Any:
    """The rules as they are now."""
    text = asked.body["scenario"]
    readable(lambda: parse_scenario(text), "scenario")
    return {"scenario": asked.change(scenario=text).scenario}


def clear_scenario(asked: Asked) -> Any:
    """No rules."""
    asked.change(scenario="")
    return Reply(204)


def get_faults(asked: Asked) -> Any:
    """The faults, canonical."""
    return {"faults": list(asked.tenant.faults)}


def set_faults(asked: Asked) -> Any:
    """The faults as they are now; they count from this moment on."""
    faults = readable(lambda: read_faults(asked.body["faults"], asked.engine.door), "fault")
    return {
        "faults": list(asked.change(faults=faults, faults_since=faults_since(asked.tenant, asked.now)).faults)
    }


def clear_faults(asked: Asked) -> Any:
    """No faults."""
    asked.change(faults=())
    return Reply(204)
