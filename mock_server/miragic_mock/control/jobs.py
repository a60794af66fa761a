"""Jobs, as only the mock sees them: list, look, explain, change, end.

Rule: nothing here counts as a poll.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from ..domain.jobs.job import Job
from ..domain.jobs.lifecycle import NextChange, end, is_terminal, next_change, state
from ..domain.jobs.plan import Plan, PlanLayer, layer_of, merge, resolve
from ..domain.tenants import Tenant
from ..exchange.refusals import RefusedError
from ..language.plans import format_plan
from .call import ControlCall
from .readers import read_plan, reading
from .representations import job_json, moment_text

_LAYER: Final = "control API"
"""Where `explain` says that a part of a plan comes from when it was changed here."""


def list_jobs(call: ControlCall) -> Any:
    """Return the newest jobs of the call's tenant, or of all."""
    limit = call.query["limit"]
    store = call.engine.store
    found = [(tenant, job) for tenant in call.tenants() for job in store.jobs(tenant.id, limit=limit)]
    # Each tenant's newest may be older than all of another's, so the limit is applied once more.
    found.sort(key=lambda pair: (pair[1].received_at, pair[1].number))
    return {"jobs": [job_json(call, tenant, job) for tenant, job in found[-limit:]]}


def get(call: ControlCall) -> Any:
    """Return one job."""
    return job_json(call, *find_job(call, call.path["jobId"]))


def explain(call: ControlCall) -> Any:
    """Return where a job's plan came from, and what happens next."""
    tenant, job = find_job(call, call.path["jobId"])
    polls = call.engine.store.polls(tenant.id, job.id)
    coming = next_change(job, call.now_of(tenant), polls)
    described = job_json(call, tenant, job)
    return {
        "job": described,
        "plan": [
            {"part": part, "value": _part_text(job.plan, part), "given_by": layer}
            for part, layer in job.plan_source
        ],
        "next": coming and coming._asdict() | {"at": moment_text(coming.at)},
        "sentence": _sentence(job, described["status"], coming),
    }


def change_plan(call: ControlCall) -> Any:
    """Give a job that has not ended another plan, which counts from the job's beginning."""
    tenant, job = find_job(call, call.path["jobId"])
    with reading("plan"):
        layer = read_plan(call.body["plan"], call.engine.door)
    if layer.credits not in (None, job.plan.credits):
        raise RefusedError(
            400, "A job is charged when it is submitted; its credits cannot be changed afterwards."
        )
    _require_open(call, tenant, job)
    changed = _change(call, tenant, job, lambda now: _replanned(now, layer))
    return job_json(call, tenant, changed)


def finish(call: ControlCall) -> Any:
    """End a job now."""
    tenant, job = find_job(call, call.path["jobId"])
    _require_open(call, tenant, job)
    if job.plan.finish.by == "never":
        raise RefusedError(409, "The job's plan says done=never: it does not end. Change its plan first.")
    at, polls, body = call.now_of(tenant), call.engine.store.polls(tenant.id, job.id), call.body

    def ended(now: Job) -> Job:
        return end(now, at, polls, outcome=_outcome(body), text=body.get("text"), error=body.get("error"))

    return job_json(call, tenant, _change(call, tenant, job, ended))


def find_job(call: ControlCall, job_id: str) -> tuple[Tenant, Job]:
    """Return a job and its tenant.

    Raises:
        RefusedError: 404, no tenant that the call is about has such a job.
    """
    for tenant in call.tenants():
        job = call.engine.store.job(tenant.id, job_id)
        if job is not None:
            return tenant, job
    raise RefusedError(404, "There is no such job.")


def _require_open(call: ControlCall, tenant: Tenant, job: Job) -> None:
    status = state(job, call.now_of(tenant), call.engine.store.polls(tenant.id, job.id)).status
    if is_terminal(status):
        raise RefusedError(409, f"The job has ended as {status}; an ended job never changes.")


def _change(call: ControlCall, tenant: Tenant, job: Job, change: Callable[[Job], Job]) -> Job:
    changed = call.engine.store.change_job(tenant.id, job.id, change)
    if changed is None:
        raise RefusedError(404, "There is no such job.")
    return changed


def _outcome(body: Mapping[str, Any]) -> Any:
    """Return how the body ends a job: a text alone means completed, a reason alone means failed."""
    if "outcome" in body or ("text" in body) == ("error" in body):
        return body.get("outcome")
    return "completed" if "text" in body else "failed"


def _replanned(job: Job, layer: PlanLayer) -> Job:
    # On top of the whole plan, so that no field comes from the default instead of what the job had.
    resolved = resolve(((_LAYER, merge(layer, layer_of(job.plan))),))
    changed = {name for name in dict(job.plan_source) if getattr(layer, name) is not None}
    source = tuple((name, _LAYER if name in changed else before) for name, before in job.plan_source)
    text = job.text if layer.text is None else layer.text
    return replace(job, plan=resolved.plan, plan_source=source, text=text)


def _part_text(plan: Plan, part: str) -> str | None:
    """Return one part of a plan in the plan language, or None where the plan says nothing of it."""
    value = getattr(layer_of(plan), part)
    if value is None:
        return None
    # A text or a reason can only be written of an outcome that has one.
    outcome = plan.outcome if part in ("text", "error") else None
    text = format_plan(PlanLayer(**{"outcome": outcome, part: value}))
    return text.removeprefix(f"outcome={outcome};")


def _sentence(job: Job, status: str, coming: NextChange | None) -> str:
    if is_terminal(status):
        return f"The job has ended as {status}."
    if coming is None:
        return "The job never ends; only another plan would change that."
    if coming.how == "time":
        return f"The job is {coming.status} at {moment_text(coming.at)}, {coming.left:g} s from now."
    if coming.how == "poll":
        return f"The job is {coming.status} at the {coming.left:g}. poll from now."
    return f"The job is {coming.status} on command: POST /_mock/jobs/{job.id}/finish."
