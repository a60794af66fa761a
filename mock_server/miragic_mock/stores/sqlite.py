"""The store in an SQLite file: for several processes on one machine, and for state that outlives them.

Rule: what a method has returned from is in the file and stays there when the process is killed: commits go to
the write-ahead log, which the operating system keeps whatever becomes of the process. Only a crash of the
whole machine can cost the last moments; `?synchronous=full` rules that out too, at a price.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO, Final, Literal

from ..domain.jobs.job import Job
from ..domain.tenants import SERVER, Tenant
from ..errors import OutdatedError, StoreError, UnknownTenantError
from ..records.journal import Exchange, Journal
from . import codec
from .protocol import DEFAULT_BOUNDS, Bounds, Count, Evicted, Glance, Kept, Recording, Totals
from .recalled import Recalled
from .sqlite_counters import SqliteCounters
from .sqlite_evictions import SqliteEvictions
from .sqlite_file import SqliteFile
from .sqlite_journal import SqliteJournal
from .sqlite_submissions import SqliteSubmissions
from .sqlite_uploads import SqliteUploads
from .sweeps import SweepSchedule

_BUSY_TIMEOUT_S: Final = 10.0
_PROBE_BYTES: Final = 16 * 1024


class SqliteStore:
    """A `Store` in a file, which is made when it is not there.

    Open it in the process that uses it, not before a fork. Larger uploads lie in a folder beside the file,
    `<path>-uploads`.

    Args:
        path: The file.
        bounds: How much it keeps.
        synchronous: `"full"` survives a crash of the whole machine too.
        busy_timeout_s: How long to wait while others hold the file; no step takes longer than twice that.

    Raises:
        StoreError: The file cannot be opened, is no database of ours, or SQLite is older than 3.35.
    """

    is_shared = True

    def __init__(
        self,
        path: Path,
        *,
        bounds: Bounds = DEFAULT_BOUNDS,
        synchronous: Literal["normal", "full"] = "normal",
        busy_timeout_s: float = _BUSY_TIMEOUT_S,
    ) -> None:
        self.bounds = bounds
        self._file = SqliteFile(path, synchronous=synchronous, busy_timeout_s=busy_timeout_s)
        self._evictions = SqliteEvictions(self._file)
        folder = path.with_name(path.name + "-uploads")
        self._uploads = SqliteUploads(self._file, folder, bounds, self._evictions)
        self._journals = SqliteJournal(self._file, bounds.journal)
        self._counters = SqliteCounters(self._file, bounds.counters, self._evictions)
        self._submissions = SqliteSubmissions(self._file, bounds, self._evictions)
        self._recalled = Recalled()
        self._sweeps = SweepSchedule(bounds)

    def now(self, real: float) -> float:
        return real

    def glance(self, tenant_id: str, job_id: str) -> Glance:
        # Joined to one row that is always there, so that there is an answer without a job, too.
        sql = (
            "SELECT (SELECT doc FROM tenants WHERE id = ?), (SELECT doc FROM tenants WHERE id = ?), "
            "jobs.doc, coalesce(jobs.number, 0), coalesce(jobs.polls, 0), coalesce(jobs.shown_at, 0) "
            "FROM (SELECT 1) LEFT JOIN jobs ON jobs.id = ? AND jobs.tenant = ?"
        )
        values = SERVER, tenant_id, job_id, tenant_id
        ((server, tenant, job, number, polls, shown_at),) = self._file.rows(sql, *values)
        glance = codec.glance_from_texts(server, tenant, job, number, polls)._replace(shown_at=shown_at)
        self._recalled.put(tenant_id, job_id, glance, (server, tenant, job))
        return glance

    def recall(self, tenant_id: str, job_id: str) -> Glance | None:
        return self._recalled.get(tenant_id, job_id)

    # tenants -------------------------------------------------------------------------------------------

    def tenant(self, tenant_id: str) -> Tenant | None:
        row = self._file.row("SELECT doc FROM tenants WHERE id = ?", tenant_id)
        return None if row is None else codec.tenant_from_text(row[0])

    def add_tenant(self, tenant: Tenant) -> Tenant:
        with self._file.transaction():
            there = self.tenant(tenant.id)
            if there is not None:
                return there
            self._make_space_for_tenant()
            self._file.run(
                "INSERT INTO tenants (id, doc, expires_at, is_declared) VALUES (?, ?, ?, ?)",
                *(tenant.id, codec.tenant_to_text(tenant), tenant.expires_at, tenant.is_declared),
            )
            return tenant

    def change_tenant(self, tenant_id: str, change: Callable[[Tenant], Tenant]) -> Tenant | None:
        with self._file.transaction():
            before = self.tenant(tenant_id)
            if before is None:
                return None
            after = change(before)
            self._file.run(
                "UPDATE tenants SET doc = ?, expires_at = ?, is_declared = ? WHERE id = ?",
                *(codec.tenant_to_text(after), after.expires_at, after.is_declared, tenant_id),
            )
            return after

    def drop_tenant(self, tenant_id: str) -> bool:
        with self._file.transaction():
            is_there = self.reset_tenant(tenant_id)
            self._file.run("DELETE FROM tenants WHERE id = ?", tenant_id)
            return is_there

    def end_tenant(self, tenant_id: str, real: float) -> bool:
        with self._file.transaction():
            sql = "SELECT 1 FROM tenants WHERE id = ? AND expires_at <= ?"
            return self._file.row(sql, tenant_id, real) is not None and self.drop_tenant(tenant_id)

    def reset_tenant(self, tenant_id: str) -> bool:
        with self._file.transaction():
            sql = "UPDATE tenants SET made = 0, charged = 0 WHERE id = ? RETURNING id"
            if self._file.row(sql, tenant_id) is None:
                return False
            for table in ("jobs", "counters", "exchanges"):
                self._file.run(f"DELETE FROM {table} WHERE tenant = ?", tenant_id)
            self._uploads.drop(tenant_id)
            return True

    def tenants(self) -> list[Tenant]:
        return [
            codec.tenant_from_text(doc)
            for (doc,) in self._file.rows("SELECT doc FROM tenants ORDER BY place")
        ]

    # jobs ----------------------------------------------------------------------------------------------

    def submit(
        self,
        job: Job,
        exchange: Exchange,
        *,
        allowance: int | None = None,
        counts: Sequence[Count] = (),
        recording: Recording | None = None,
    ) -> Kept:
        # Before the transaction, so that no other writer waits for a large file to be copied.
        with self._uploads.taken(job.tenant, recording) as upload, self._file.transaction():
            if self._sweeps.is_due(job.received_at):
                self.sweep(job.received_at)
            stored = self._submissions.add(job, allowance)
            self._counters.keep(job.tenant, counts)
            self._uploads.keep(upload)
            numbered = self._journals.append(job.tenant, exchange)
            if numbered is None:
                raise UnknownTenantError(job.tenant)
            return Kept(stored, numbered)

    def job(self, tenant_id: str, job_id: str) -> Job | None:
        row = self._file.row("SELECT doc, number FROM jobs WHERE id = ? AND tenant = ?", job_id, tenant_id)
        return None if row is None else codec.job_from_text(*row)

    def poll(self, tenant_id: str, job_id: str) -> tuple[Job, int] | None:
        sql = "UPDATE jobs SET polls = polls + 1 WHERE id = ? AND tenant = ? RETURNING doc, number, polls"
        row = self._file.row(sql, job_id, tenant_id)
        return None if row is None else (codec.job_from_text(row[0], row[1]), row[2])

    def polls(self, tenant_id: str, job_id: str) -> int:
        row = self._file.row("SELECT polls FROM jobs WHERE id = ? AND tenant = ?", job_id, tenant_id)
        return 0 if row is None else int(row[0])

    def change_job(self, tenant_id: str, job_id: str, change: Callable[[Job], Job]) -> Job | None:
        with self._file.transaction():
            before = self.job(tenant_id, job_id)
            if before is None:
                return None
            after = change(before)
            if after is not before:
                self._file.run(
                    "UPDATE jobs SET doc = ?, due_at = ? WHERE id = ?",
                    *(codec.job_to_text(after), after.due_at, job_id),
                )
            return after

    def jobs(self, tenant_id: str, *, limit: int | None = None) -> list[Job]:
        sql = "SELECT doc, number FROM jobs WHERE tenant = ? ORDER BY number DESC LIMIT ?"
        rows = self._file.rows(sql, tenant_id, -1 if limit is None else limit)
        return [codec.job_from_text(*row) for row in reversed(rows)]

    def due(self, tenant_id: str, after: float, until: float) -> list[Job]:
        sql = (
            "SELECT doc, number FROM jobs WHERE tenant = ? AND due_at > ? AND due_at <= ? "
            "ORDER BY due_at, number"
        )
        return [codec.job_from_text(*row) for row in self._file.rows(sql, tenant_id, after, until)]

    def totals(self, tenant_id: str) -> Totals:
        return Totals(
            *(self._file.row("SELECT made, charged FROM tenants WHERE id = ?", tenant_id) or (0, 0))
        )

    # counters, journal, uploads ------------------------------------------------------------------------

    def count(self, tenant_id: str, name: str) -> int:
        with self._file.transaction():
            if self.tenant(tenant_id) is None:
                raise UnknownTenantError(tenant_id)
            return self._counters.count(tenant_id, name)

    def counted(self, tenant_id: str, name: str) -> float:
        return self._counters.counted(tenant_id, name)

    def append(
        self,
        tenant_id: str,
        exchange: Exchange,
        *,
        counts_poll: bool = False,
        counts: Sequence[Count] = (),
        proof: tuple[str, ...] = (),
    ) -> Exchange:
        # A transaction costs two statements more, which a poll that counts nothing else can do without.
        with self._file.transaction() if counts else nullcontext():
            kept = self._journals.append(tenant_id, exchange, counts_poll=counts_poll, proof=proof)
            if kept is None:
                raise OutdatedError(tenant_id) if proof else UnknownTenantError(tenant_id)
            self._counters.keep(tenant_id, counts)
            return kept

    def journal(self, tenant_id: str) -> Journal:
        return self._journals.read(tenant_id)

    def blob(self, tenant_id: str, sha256: str) -> BinaryIO | None:
        return self._uploads.open(tenant_id, sha256)

    # housekeeping --------------------------------------------------------------------------------------

    def sweep(self, now: float) -> None:
        with self._file.transaction():
            for (tenant_id,) in self._file.rows("SELECT id FROM tenants WHERE expires_at <= ?", now):
                self._evict_tenant(tenant_id)
            oldest = now - self.bounds.job_ttl_s
            gone = self._file.rows("DELETE FROM jobs WHERE received_at <= ? RETURNING 1", oldest)
            self._evictions.note("jobs", len(gone))

    def probe(self) -> None:
        # Some pages, since a change of a page that is there succeeds where there is no space for another.
        content, place = os.urandom(_PROBE_BYTES), int.from_bytes(os.urandom(7), "big")
        self._file.run("INSERT INTO probes VALUES (?, ?)", place, content)
        if self._file.rows("DELETE FROM probes WHERE place = ? RETURNING content", place) != [(content,)]:
            raise StoreError("the database does not give back what was written to it; restore a copy")

    def evicted(self) -> Evicted:
        return self._evictions.counts()

    def close(self) -> None:
        self._file.close()

    def _evict_tenant(self, tenant_id: str) -> None:
        (jobs,) = self._file.row("SELECT count(*) FROM jobs WHERE tenant = ?", tenant_id) or (0,)
        self.drop_tenant(tenant_id)
        self._evictions.note("jobs", jobs)
        self._evictions.note("tenants", 1)

    def _make_space_for_tenant(self) -> None:
        (there,) = self._file.row("SELECT count(*) FROM tenants") or (0,)
        if there >= self.bounds.tenants:
            sql = "SELECT id FROM tenants WHERE id <> ? ORDER BY is_declared, place LIMIT 1"
            for (tenant_id,) in self._file.rows(sql, SERVER):
                self._evict_tenant(tenant_id)
