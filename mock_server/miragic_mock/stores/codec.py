"""Values as text and back: what the stores outside this process keep.

Rule: JSON and canonical plan texts, nothing that could run. A job's number and a tenant's books are kept
beside the text, because the store assigns them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import astuple
from functools import lru_cache
from typing import Final

from ..domain.clock import Clock
from ..domain.jobs.job import Ended, Fields, Job, Upload
from ..domain.jobs.plan import Plan, layer_of, resolve
from ..domain.tenants import RateLimit, Tenant
from ..language.plans import format_plan, parse_plan
from ..records.journal import Exchange
from .protocol import Glance

# ASCII, because a lone surrogate a client sent must not stop a database from taking the text.
_dump: Final[Callable[[object], str]] = json.JSONEncoder(separators=(",", ":")).encode


def job_to_text(job: Job) -> str:
    """Return a job as text, without its number."""
    return _dump(
        {
            "id": job.id,
            "tenant": job.tenant,
            "created_at": job.created_at,
            "upload": astuple(job.upload),
            "question": job.question,
            "user_id": job.user_id,
            "plan": _plan_to_text(job.plan),
            "plan_source": job.plan_source,
            "text": job.text,
            "received_at": job.received_at,
            "ended": None if job.ended is None else astuple(job.ended),
            # Left out where there are none, so that such a job is written as it always was.
            **({"fields": job.fields} if job.fields else {}),
        }
    )


# Equal texts give one and the same value: most requests ask for a job that was just asked for.
@lru_cache(maxsize=1024)
def job_from_text(text: str, number: int) -> Job:
    """Return a job from its text, under the number that the store gave it."""
    values = json.loads(text)
    values["upload"] = Upload(*values["upload"])
    values["plan"] = _plan_from_text(values["plan"])
    values["plan_source"] = tuple((field, layer) for field, layer in values["plan_source"])
    values["fields"] = _fields(values.get("fields", ()))
    if values["ended"] is not None:
        values["ended"] = Ended(*values["ended"])
    return Job(number=number, **values)


def tenant_to_text(tenant: Tenant) -> str:
    """Return a tenant as text, without the books that the store keeps for it."""
    return _dump(
        {
            "id": tenant.id,
            "name": tenant.name,
            "created_at": tenant.created_at,
            "expires_at": tenant.expires_at,
            "clock": astuple(tenant.clock),
            "seed": tenant.seed,
            "plan": format_plan(tenant.plan),
            "scenario": tenant.scenario,
            "faults": tenant.faults,
            "faults_since": tenant.faults_since,
            "credits": tenant.credits,
            "rate_limit": None if tenant.rate_limit is None else astuple(tenant.rate_limit),
            "is_declared": tenant.is_declared,
            "link_secret": tenant.link_secret,
        }
    )


# As for jobs: every request asks for one or two tenants.
@lru_cache(maxsize=512)
def tenant_from_text(text: str) -> Tenant:
    """Return a tenant from its text."""
    values = json.loads(text)
    values["clock"] = Clock(*values["clock"])
    values["plan"] = parse_plan(values["plan"])
    values["faults"] = tuple(values["faults"])
    if values["rate_limit"] is not None:
        values["rate_limit"] = RateLimit(*values["rate_limit"])
    return Tenant(**values)


def exchange_to_text(exchange: Exchange) -> str:
    """Return an exchange as text, without its number; what is None is left out."""
    values = zip(Exchange._fields, exchange, strict=True)
    return _dump({name: value for name, value in values if value is not None and name != "number"})


def exchange_from_text(text: str, number: int, poll: int | None = None) -> Exchange:
    """Return an exchange from its text.

    Args:
        text: The text.
        number: The number that the store gave it.
        poll: Which poll of its job it was counted as, None where it was not counted.
    """
    values = {"status": None, "poll": poll, **json.loads(text)}
    if "fields" in values:
        values["fields"] = _fields(values["fields"])
    return Exchange(number=number, **values)


def glance_from_texts(
    server: str | None, tenant: str | None, job: str | None, number: int, polls: int
) -> Glance:
    """Return a glance from its texts, None for what is not there; `number` and `polls` are the job's."""
    return Glance(
        None if server is None else tenant_from_text(server),
        None if tenant is None else tenant_from_text(tenant),
        None if job is None else job_from_text(job, number),
        polls,
    )


def _fields(pairs: Iterable[Iterable[str]]) -> Fields:
    return tuple((name, text) for name, text in pairs)


@lru_cache(maxsize=512)
def _plan_to_text(plan: Plan) -> str:
    return format_plan(layer_of(plan))


@lru_cache(maxsize=512)
def _plan_from_text(text: str) -> Plan:
    return resolve((("stored", parse_plan(text)),)).plan
