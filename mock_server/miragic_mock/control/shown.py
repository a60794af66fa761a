"""How tenants, clocks and jobs look in the control API's answers.

Rule: no key, ever; every moment is RFC 3339 text on the clock of whom it concerns.
"""

from __future__ import annotations

from typing import Any

from ..domain.clock import REAL, Clock
from ..domain.job import Job
from ..domain.lifecycle import state
from ..domain.plan import Plan, layer_of
from ..domain.tenants import Tenant
from ..language.clocks import format_moment
from ..language.plans import format_plan
from ..language.rates import format_rate
from .call import Asked


def moment(seconds: float | None) -> str | None:
    """A moment as text, None for None."""
    return None if seconds is None else format_moment(seconds)


def show_clock(clock: Clock, now: float) -> dict[str, Any]:
    """A clock that shows `now`."""
    mode = "real" if clock == REAL else "running" if clock.rate else "frozen"
    return {"now": moment(now), "mode": mode, "rate": clock.rate}


def show_tenant(asked: Asked, tenant: Tenant) -> dict[str, Any]:
    """All that is known of a tenant."""
    totals = asked.engine.store.totals(tenant.id)
    return {
        "id": tenant.id,
        "name": tenant.name,
        "declared": tenant.is_declared,
        "created_at": moment(tenant.created_at),
        "expires_at": moment(tenant.expires_at),
        "clock": show_clock(tenant.clock, asked.now_of(tenant)),
        "seed": tenant.seed,
        "plan": format_plan(tenant.plan),
        "scenario": tenant.scenario,
        "faults": list(tenant.faults),
        "credits": tenant.credits,
        "rate_limit": format_rate(tenant.rate_limit),
        "jobs": totals.jobs,
        "charged": totals.charged,
    }


def show_job(asked: Asked, tenant: Tenant, job: Job) -> dict[str, Any]:
    """A job as it is now on its tenant's clock."""
    polls = asked.engine.store.polls(tenant.id, job.id)
    shown = state(job, asked.now_of(tenant), polls)
    return {
        "id": job.id,
        "tenant": job.tenant,
        "number": job.number,
        "status": shown.status,
        "progress": shown.progress,
        "polls": polls,
        "created_at": moment(job.created_at),
        "updated_at": moment(shown.updated_at),
        "due_at": moment(job.due_at),
        "transcription": shown.transcription,
        "error": shown.error,
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
    """A whole plan in the plan language."""
    return format_plan(layer_of(plan))
