"""The store in an SQLite file: for several processes on one machine, and for state that outlives them.

Rule: what a method has returned from is in the file and stays there when the process is killed: commits go to
the write-ahead log, which the operating system keeps whatever becomes of the process. Only a crash of the
whole machine can cost the last moments; `?synchronous=full` rules that out too, at a price.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final, Literal

from ..domain.jobs.job import Job
from ..domain.tenants import SERVER, Tenant
from ..errors import JobExistsError, OutdatedError, OutOfCreditsError
from ..records.journal import Exchange, Journal
from . import codec
from .protocol import DEFAULT_BOUNDS, Bounds, Evicted, Glance, Totals
from .recalled import Recalled
from .sqlite_evictions import SqliteEvictions
from .sqlite_file import SqliteFile
from .sqlite_journal import SqliteJournal
from .sqlite_uploads import SqliteUploads
from .sweeps import SweepSchedule

_BUSY_TIMEOUT_S: Final = 10.0


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
        self._recalled = Recalled()
        self._sweeps = SweepSchedule(bounds)

    def glance(self, tenant_id: str, job_id: str) -> Glance:
        # Joined to one row that is always there, so that there is an answer without a job, too.
        sql = (
            "SELECT (SELECT doc FROM tenants WHERE id = ?), (SELECT doc FROM tenants WHERE id = ?), "
            "jobs.doc, coalesce(jobs.number, 0), coalesce(jobs.polls, 0) "
            "FROM (SELECT 1) LEFT JOIN jobs ON jobs.id = ? AND jobs.tenant = ?"
        )
        ((server, tenant, job, number, polls),) = self._file.rows(
            sql, *(SERVER, tenant_id, job_id, tenant_id)
        )
        glance = codec.glance_from_texts(server, tenant, job, number, polls)
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

    def add_job(self, job: Job, *, allowance: int | None = None) -> Job:
        cost = job.plan.credits
        with self._file.transaction():
            if self._sweeps.is_due(job.received_at):
                self.sweep(job.received_at)
            self._ensure_tenant(job.tenant)
            if self._file.row("SELECT 1 FROM jobs WHERE id = ?", job.id):
                raise JobExistsError(job.id)
            made, charged = self._file.row("SELECT made, charged FROM tenants WHERE id = ?", job.tenant) or (
                0,
                0,
            )
            if allowance is not None and charged + cost > allowance:
                raise OutOfCreditsError(needed=cost, left=max(allowance - charged, 0))
            number = made + 1
            self._file.run(
                "UPDATE tenants SET made = ?, charged = ? WHERE id = ?", number, charged + cost, job.tenant
            )
            self._file.run(
                "INSERT INTO jobs (id, tenant, number, due_at, received_at, doc) VALUES (?, ?, ?, ?, ?, ?)",
                *(job.id, job.tenant, number, job.due_at, job.received_at, codec.job_to_text(job)),
            )
            self._evictions.bound("jobs", self.bounds.jobs)
        return replace(job, number=number)

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
        # A new row each time, so that the order of rows is the order in which counters were last counted.
        sql = (
            "INSERT OR REPLACE INTO counters (tenant, name, n) VALUES (?, ?, "
            "1 + coalesce((SELECT n FROM counters WHERE tenant = ? AND name = ?), 0)) RETURNING n"
        )
        with self._file.transaction():
            self._ensure_tenant(tenant_id)
            (n,) = self._file.row(sql, tenant_id, name, tenant_id, name) or (0,)
            self._evictions.bound("counters", self.bounds.counters)
            return int(n)

    def counted(self, tenant_id: str, name: str) -> int:
        sql = "SELECT n FROM counters WHERE tenant = ? AND name = ?"
        (n,) = self._file.row(sql, tenant_id, name) or (0,)
        return int(n)

    def since(self, tenant_id: str, name: str, now: float) -> float:
        sql = "INSERT OR IGNORE INTO counters (tenant, name, n) VALUES (?, ?, ?)"
        with self._file.transaction():
            self._ensure_tenant(tenant_id)
            self._file.run(sql, tenant_id, name, now)
            self._evictions.bound("counters", self.bounds.counters)
            (moment,) = self._file.row(
                "SELECT n FROM counters WHERE tenant = ? AND name = ?", tenant_id, name
            ) or (now,)
            return float(moment)

    def append(
        self, tenant_id: str, exchange: Exchange, *, counts_poll: bool = False, proof: tuple[str, ...] = ()
    ) -> Exchange:
        kept = self._journals.append(tenant_id, exchange, counts_poll=counts_poll, proof=proof)
        if kept is None and proof:
            raise OutdatedError(tenant_id)
        if kept is None:
            self.add_tenant(Tenant(tenant_id))
            kept = self._journals.append(tenant_id, exchange, counts_poll=counts_poll, proof=())
        # Another process may have dropped the tenant at this very moment.
        return kept or exchange

    def journal(self, tenant_id: str) -> Journal:
        return self._journals.read(tenant_id)

    def put_blob(self, tenant_id: str, sha256: str, content: BinaryIO, size_bytes: int) -> bool:
        return self._uploads.put(tenant_id, sha256, content, size_bytes)

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

    def evicted(self) -> Evicted:
        return self._evictions.counts()

    def close(self) -> None:
        self._file.close()

    def _ensure_tenant(self, tenant_id: str) -> None:
        if self._file.row("SELECT 1 FROM tenants WHERE id = ?", tenant_id) is None:
            self.add_tenant(Tenant(tenant_id))

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
