"""Jobs, as only the mock sees them: list, look, explain, change, end, wait.

Rule: nothing here counts as a poll.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..domain.job import Job
from ..domain.lifecycle import NextChange, end, is_terminal, next_change, state
from ..domain.plan import Plan, PlanLayer, layer_of, merge, resolve
from ..domain.tenants import Tenant
from ..exchange.refusals import RefusedError
from ..language.plans import format_plan
from .call import Asked
from .readers import read_plan, readable
from .shown import moment, show_job

CONTROL = "control API"


def list_jobs(asked: Asked) -> Any:
    """The newest jobs of the call's tenant, or of all."""
    limit = asked.query["limit"]
    store = asked.engine.store
    found = [(tenant, job) for tenant in asked.tenants() for job in store.jobs(tenant.id, limit=limit)]
    found.sort(key=lambda pair: (pair[1].received_at, pair[1].number))
    return {"jobs": [show_job(asked, tenant, job) for tenant, job in found[-limit:]]}


def get(asked: Asked) -> Any:
    """One job."""
    return show_job(asked, *find_job(asked, asked.path["jobId"]))


def explain(asked: Asked) -> Any:
    """Where a job's plan came from, and what happens next."""
    tenant, job = find_job(asked, asked.path["jobId"])
    polls = asked.engine.store.polls(tenant.id, job.id)
    coming = next_change(job, asked.now_of(tenant), polls)
    shown = show_job(asked, tenant, job)
    return {
        "job": shown,
        "plan": [
            {"part": part, "value": _written(job.plan, part), "given_by": layer}
            for part, layer in job.plan_source
        ],
        "next": coming and coming._asdict() | {"at": moment(coming.at)},
        "sentence": _sentence(job, shown["status"], coming),
    }


def change_plan(asked: Asked) -> Any:
    """Give a job that has not ended another plan, from its beginning."""
    tenant, job = find_job(asked, asked.path["jobId"])
    layer: PlanLayer = readable(lambda: read_plan(asked.body["plan"], asked.engine.door), "plan")
    if layer.credits not in (None, job.plan.credits):
        raise RefusedError(
            400, "A job is charged when it is submitted; its credits cannot be changed afterwards."
        )
    _require_open(asked, tenant, job)
    changed = _change(asked, tenant, job, lambda now: _replanned(now, layer))
    return show_job(asked, tenant, changed)


def finish(asked: Asked) -> Any:
    """End a job now."""
    tenant, job = find_job(asked, asked.path["jobId"])
    _require_open(asked, tenant, job)
    if job.plan.finish.by == "never":
        raise RefusedError(409, "The job's plan says done=never: it does not end. Change its plan first.")
    at, polls, body = asked.now_of(tenant), asked.engine.store.polls(tenant.id, job.id), asked.body
    changed = _change(
        asked,
        tenant,
        job,
        lambda now: end(
            now, at, polls, outcome=_outcome(body), text=body.get("text"), error=body.get("error")
        ),
    )
    return show_job(asked, tenant, changed)


def find_job(asked: Asked, job_id: str) -> tuple[Tenant, Job]:
    """The job, and whose it is.

    Raises:
        RefusedError: 404, the tenant has no such job, or nobody has.
    """
    for tenant in asked.tenants():
        job = asked.engine.store.job(tenant.id, job_id)
        if job is not None:
            return tenant, job
    raise RefusedError(404, "There is no such job.")


def _require_open(asked: Asked, tenant: Tenant, job: Job) -> None:
    shown = state(job, asked.now_of(tenant), asked.engine.store.polls(tenant.id, job.id))
    if is_terminal(shown.status):
        raise RefusedError(409, f"The job has ended as {shown.status}; an ended job never changes.")


def _change(asked: Asked, tenant: Tenant, job: Job, change: Callable[[Job], Job]) -> Job:
    changed = asked.engine.store.change_job(tenant.id, job.id, change)
    if changed is None:
        raise RefusedError(404, "There is no such job.")
    return changed


def _outcome(body: Any) -> Any:
    """A text alone means that the job is completed, a reason alone that it failed."""
    if "outcome" in body or ("text" in body) == ("error" in body):
        return body.get("outcome")
    return "completed" if "text" in body else "failed"


def _replanned(job: Job, layer: PlanLayer) -> Job:
    resolved = resolve(((CONTROL, merge(layer, layer_of(job.plan))),))
    given = {name for name in dict(job.plan_source) if getattr(layer, name) is not None}
    source = tuple((name, CONTROL if name in given else before) for name, before in job.plan_source)
    text = job.text if layer.text is None else layer.text
    return replace(job, plan=resolved.plan, plan_source=source, text=text)


def _written(plan: Plan, part: str) -> str | None:
    """One part of a plan in the plan language, None where it says nothing."""
    value = getattr(layer_of(plan), part)
    if value is None:
        return None
    outcome = plan.outcome if part in ("text", "error") else None
    text = format_plan(PlanLayer(**{"outcome": outcome, part: value}))
    return text.removeprefix(f"outcome={outcome};")


def _sentence(job: Job, status: str, coming: NextChange | None) -> str:
    if is_terminal(status):
        return f"The job has ended as {status}."
    if coming is None:
        return "The job never ends; only another plan would change that."
    if coming.how == "time":
        return f"The job is {coming.status} at {moment(coming.at)}, {coming.left:g} s from now."
    if coming.how == "poll":
        return f"The job is {coming.status} at the {coming.left:g}. poll from now."
    return f"The job is {coming.status} on command: POST /_mock/jobs/{job.id}/finish."
