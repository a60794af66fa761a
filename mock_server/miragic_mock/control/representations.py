"""Tenants, clocks and jobs as the JSON of the control API.

Rule: no key, ever; every moment is RFC 3339 text on the clock of the tenant that it concerns.
"""

from __future__ import annotations

from typing import Any

from ..domain.clock import REAL, Clock
from ..domain.jobs.job import Job
from ..domain.jobs.lifecycle import state
from ..domain.jobs.plan import Plan, layer_of
from ..domain.tenants import Tenant
from ..language.clocks import format_moment
from ..language.plans import format_plan
from ..language.rates import format_rate
from .call import ControlCall


def moment_text(seconds: float | None) -> str | None:
    """Return a moment as text, or None for None."""
    return None if seconds is None else format_moment(seconds)


def clock_json(clock: Clock, now: float) -> dict[str, Any]:
    """Return a clock that shows `now`."""
    mode = "real" if clock == REAL else "running" if clock.rate else "frozen"
    return {"now": moment_text(now), "mode": mode, "rate": clock.rate}


def tenant_json(call: ControlCall, tenant: Tenant) -> dict[str, Any]:
    """Return all that is known of a tenant."""
    totals = call.engine.store.totals(tenant.id)
    return {
        "id": tenant.id,
        "name": tenant.name,
        "declared": tenant.is_declared,
        "created_at": moment_text(tenant.created_at),
        "expires_at": moment_text(tenant.expires_at),
        "clock": clock_json(tenant.clock, call.now_of(tenant)),
        "seed": tenant.seed,
        "plan": format_plan(tenant.plan),
        "scenario": tenant.scenario,
        "faults": list(tenant.faults),
        "credits": tenant.credits,
        "rate_limit": format_rate(tenant.rate_limit),
        "jobs": totals.jobs,
        "charged": totals.charged,
    }


def job_json(call: ControlCall, tenant: Tenant, job: Job) -> dict[str, Any]:
    """Return a job as it is now on its tenant's clock."""
    polls = call.engine.store.polls(tenant.id, job.id)
    now = state(job, call.now_of(tenant), polls)
    return {
        "id": job.id,
        "tenant": job.tenant,
        "number": job.number,
        "status": now.status,
        "progress": now.progress,
        "polls": polls,
        "created_at": moment_text(job.created_at),
        "updated_at": moment_text(now.updated_at),
        "due_at": moment_text(job.due_at),
        "transcription": now.transcription,
        "error": now.error,
        "file": {
            "name": job.upload.file_name,
            "format": job.upload.audio_format,
            "size_bytes": job.upload.size_bytes,
            "sha256": job.upload.sha256,
            "duration_s": job.upload.duration_s,
        },
        "question": job.question,
        "fields": dict(job.fields),
        "plan": plan_text(job.plan),
    }


def plan_text(plan: Plan) -> str:
    """Return a whole plan in the plan language."""
    return format_plan(layer_of(plan))
