"""Submissions to a store, without an engine."""

from __future__ import annotations

import itertools
from typing import BinaryIO

from miragic_mock.domain.jobs.job import Job, Upload
from miragic_mock.domain.tenants import Tenant
from miragic_mock.records.journal import Exchange
from miragic_mock.stores import Store
from miragic_mock.stores.protocol import Recording

_numbers = itertools.count(1)


def submission_of(job: Job) -> Exchange:
    """The exchange that makes a job."""
    at = job.received_at
    return Exchange("create", "POST", "/jobs", 201, real_at=at, at=job.created_at, job_id=job.id, poll=0)


def add_job(store: Store, job: Job, *, allowance: int | None = None) -> Job:
    """Submit a job for a tenant, which is made where it is not there."""
    store.add_tenant(Tenant(job.tenant))
    return store.submit(job, submission_of(job), allowance=allowance).job


def put_blob(store: Store, tenant: str, sha256: str, content: BinaryIO, size_bytes: int) -> bool:
    """Submit a job with an upload; return whether that is kept."""
    job = Job(f"upload-{next(_numbers)}", tenant, 1.0, Upload("a.mp3", "mp3", size_bytes, sha256), "q", "u")
    store.add_tenant(Tenant(tenant))
    store.submit(job, submission_of(job), recording=Recording(sha256, size_bytes, content))
    kept = store.blob(tenant, sha256)
    if kept is not None:
        kept.close()
    return kept is not None
