"""Jobs that are added to the SQLite store, and what they cost.

Rule: everything here is called within the transaction that keeps the whole submission.
"""

from __future__ import annotations

from dataclasses import replace

from ..domain.jobs.job import Job
from ..errors import JobExistsError, OutOfCreditsError, UnknownTenantError
from . import codec
from .protocol import Bounds
from .sqlite_evictions import SqliteEvictions
from .sqlite_file import SqliteFile


class SqliteSubmissions:
    """The books of tenants, and their new jobs, within `bounds`."""

    def __init__(self, file: SqliteFile, bounds: Bounds, evictions: SqliteEvictions) -> None:
        self._file = file
        self._bounds = bounds
        self._evictions = evictions

    def add(self, job: Job, allowance: int | None) -> Job:
        """Add a job under its number, charge what it costs, and return it.

        Raises:
            JobExistsError: There is a job of that id.
            OutOfCreditsError: The charge would pass the allowance.
            UnknownTenantError: There is no such tenant.
        """
        books = self._file.row("SELECT made, charged FROM tenants WHERE id = ?", job.tenant)
        if books is None:
            raise UnknownTenantError(job.tenant)
        if self._file.row("SELECT 1 FROM jobs WHERE id = ?", job.id):
            raise JobExistsError(job.id)
        made, charged = books
        cost = job.plan.credits
        if allowance is not None and charged + cost > allowance:
            raise OutOfCreditsError(needed=cost, left=max(allowance - charged, 0))
        sql = "UPDATE tenants SET made = ?, charged = ? WHERE id = ?"
        self._file.run(sql, made + 1, charged + cost, job.tenant)
        self._file.run(
            "INSERT INTO jobs (id, tenant, number, due_at, received_at, doc) VALUES (?, ?, ?, ?, ?, ?)",
            *(job.id, job.tenant, made + 1, job.due_at, job.received_at, codec.job_to_text(job)),
        )
        self._evictions.bound("jobs", self._bounds.jobs)
        return replace(job, number=made + 1)
