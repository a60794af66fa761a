"""The plan that a submission gets: everything that may say something about it, nearest first.

Rule: this is the only place where the order stands: header, tag in the file name, tag in the question, magic
key, tenant, the tenant's scenario, the server's scenario, server, default. (A command to one job comes later
and so wins over all.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ..domain import identity
from ..domain.jobs.plan import PlanLayer, Resolved, resolve
from ..domain.tenants import Tenant
from ..errors import PlanError, ScenarioError
from ..exchange.messages import Lookup
from ..exchange.refusals import RefusedError, closed
from ..language.plans import from_api_key, from_tag, parse_plan
from ..language.scenario import Submit, match, parse_scenario

PLAN_HEADER: Final = "X-Mock-Plan"


@dataclass(frozen=True, slots=True)
class PlanInputs:
    """What a plan is chosen by.

    Attributes:
        header: the plan in the request's header, "" for none.
        job_id: seeds a draw among weighted outcomes.
    """

    header: str
    submit: Submit
    job_id: str
    tenant: Tenant
    server: Tenant


def choose(inputs: PlanInputs) -> Resolved:
    """Return the whole plan, and which layer gave each of its fields.

    Raises:
        RefusedError: 400 for a plan of the client's that does not parse, pointing at the word.
    """
    try:
        layers = tuple((name, layer) for name, layer in _layers(inputs) if layer != _NOTHING)
    except (PlanError, ScenarioError) as error:
        raise RefusedError(400, closed(f"The plan cannot be read: {error}")) from error
    return resolve(layers)


def early_faults(headers: Lookup, key: str, tenant: Tenant, server: Tenant) -> tuple[str, ...]:
    """Return the faults of a submission's plan that are known before its body is read.

    A header that does not parse has none, since `choose` is going to refuse it.
    """
    try:
        layers = (parse_plan(headers.get(PLAN_HEADER) or ""), from_api_key(key), tenant.plan, server.plan)
    except PlanError:
        return ()
    return next((layer.faults for layer in layers if layer.faults is not None), ())


_NOTHING: Final = PlanLayer()


def _layers(inputs: PlanInputs) -> Iterator[tuple[str, PlanLayer]]:
    if inputs.header:
        yield f"header {PLAN_HEADER}", parse_plan(inputs.header)
    yield "tag in the file name", from_tag(inputs.submit.upload.file_name)
    yield "tag in the question", from_tag(inputs.submit.question)
    yield "API key", from_api_key(inputs.submit.key)
    yield "tenant", inputs.tenant.plan
    yield from _by_scenario("tenant", inputs.tenant.scenario, inputs)
    # Before the server's options: a scenario file was written for some submissions, options are for all.
    yield from _by_scenario("server", inputs.server.scenario, inputs)
    yield "server", inputs.server.plan


def _by_scenario(name: str, text: str, inputs: PlanInputs) -> Iterator[tuple[str, PlanLayer]]:
    if not text:
        return
    drawn = identity.chance(inputs.tenant.seed, "scenario", inputs.job_id)
    found = match(parse_scenario(text), inputs.submit, chance=drawn)
    if found is not None:
        yield f"rule {found.rule} of the {name}'s scenario", found.layer
