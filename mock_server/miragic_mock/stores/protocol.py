"""What a store does: the one door between the mock's rules and wherever its state is kept.

Rule: every method is atomic and may be called from any thread (and, but for the memory store, any process).
What goes in and comes out are frozen values. A `change` function must be pure: it may run more than once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Final, NamedTuple, Protocol

from ..domain.job import Job
from ..domain.tenants import Tenant
from ..records.journal import Exchange, Journal


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a store keeps; beyond it the oldest goes, and is counted in `Evicted`.

    Counts are for the whole store but for `journal`, which is exchanges per tenant. `job_ttl_s` is real
    seconds since a job was received. Of the counters the one that was longest not counted goes first.
    `blob_bytes` bounds a single upload that is kept, `blobs_bytes` all of them; `blob_memory_bytes` is the
    size above which an upload is kept on disk rather than in memory.
    """

    jobs: int = 100_000
    job_ttl_s: float = 86_400.0
    tenants: int = 10_000
    counters: int = 400_000
    journal: int = 1_000
    blob_bytes: int = 64 * 1024 * 1024
    blobs_bytes: int = 1024 * 1024 * 1024
    blob_memory_bytes: int = 1024 * 1024


DEFAULT_BOUNDS: Final = Bounds()


@dataclass(frozen=True, slots=True)
class Evicted:
    """What a store has let go since it was made, to stay within its bounds."""

    jobs: int = 0
    tenants: int = 0
    counters: int = 0
    blobs: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """What a tenant has ever submitted: jobs made and credits charged, evicted jobs included."""

    jobs: int
    charged: int


class Glance(NamedTuple):
    """Who asks and what about, as it was at one moment; None for what is not there.

    `polls` is how often the job has been polled, without counting this. `proof` is given with what is only
    recalled: `Store.append` finds by it whether all but `polls` is still so.
    """

    server: Tenant | None
    tenant: Tenant | None
    job: Job | None
    polls: int
    proof: tuple[str, ...] = ()


class Store(Protocol):
    """Tenants, their jobs, counters, journals and uploads.

    Adding a job, a count, a moment or an exchange to a tenant that is not there makes it, with nothing
    granted.
    """

    bounds: Bounds
    is_shared: bool
    """Whether several processes may use the same state; false for memory."""

    def glance(self, tenant_id: str, job_id: str) -> Glance:
        """The server's tenant, another and its job, in one step: most requests need to know no more."""

    def recall(self, tenant_id: str, job_id: str) -> Glance | None:
        """What a glance at these has shown before, with its proof; None where looking is as quick."""

    # tenants -------------------------------------------------------------------------------------------

    def tenant(self, tenant_id: str) -> Tenant | None:
        """The tenant, or None."""

    def add_tenant(self, tenant: Tenant) -> Tenant:
        """The tenant of that id: the one given if there was none yet, else the one that is there."""

    def change_tenant(self, tenant_id: str, change: Callable[[Tenant], Tenant]) -> Tenant | None:
        """The tenant after `change`, stored; None when there is none. Two changes never lose one another."""

    def drop_tenant(self, tenant_id: str) -> bool:
        """End a tenant whole: jobs, counters, journal, totals. False when there was none."""

    def reset_tenant(self, tenant_id: str) -> bool:
        """Forget a tenant's jobs, counters, journal and totals, and keep the tenant. False for no tenant."""

    def tenants(self) -> list[Tenant]:
        """All tenants, in order of creation."""

    # jobs ----------------------------------------------------------------------------------------------

    def add_job(self, job: Job, *, allowance: int | None = None) -> Job:
        """Store `job` under the next number of its tenant and charge its credits; gives the numbered job.

        `allowance` is the most that may be charged to the tenant in all, None for no limit.

        Raises:
            JobExistsError: there is a job of that id, which stays as it is; nothing was stored.
            OutOfCreditsError: the charge would pass the allowance; nothing was stored.
        """

    def job(self, tenant_id: str, job_id: str) -> Job | None:
        """The tenant's job, or None: also for another tenant's."""

    def poll(self, tenant_id: str, job_id: str) -> tuple[Job, int] | None:
        """The job, and how often it has been polled, this time included; None when there is no such job."""

    def polls(self, tenant_id: str, job_id: str) -> int:
        """How often the job has been polled, without counting this."""

    def change_job(self, tenant_id: str, job_id: str, change: Callable[[Job], Job]) -> Job | None:
        """The job after `change`, stored; None when there is none. Two changes never lose one another."""

    def jobs(self, tenant_id: str, *, limit: int | None = None) -> list[Job]:
        """The tenant's jobs in order of number; with `limit` the newest that many."""

    def due(self, tenant_id: str, after: float, until: float) -> list[Job]:
        """The tenant's jobs whose `due_at` lies in `after < due_at <= until`, by `due_at`, then number."""

    def totals(self, tenant_id: str) -> Totals:
        """What the tenant has submitted in all."""

    # counters, journal, uploads ------------------------------------------------------------------------

    def count(self, tenant_id: str, name: str) -> int:
        """Add one to the tenant's counter `name` and give the result: 1 at first.

        A counter that makes space for others (`Bounds.counters`) starts again from 1.
        """

    def counted(self, tenant_id: str, name: str) -> int:
        """What the tenant's counter `name` has come to, without counting: 0 where nothing was counted."""

    def since(self, tenant_id: str, name: str, now: float) -> float:
        """The moment first noted under `name`, which is `now` the first time; it counts as a counter."""

    def append(
        self, tenant_id: str, exchange: Exchange, *, counts_poll: bool = False, proof: tuple[str, ...] = ()
    ) -> Exchange:
        """The exchange under its number, kept in the tenant's journal.

        With `counts_poll` it is a poll of its job, which is counted in the same step and gives the exchange
        its `poll` (None where the job is gone). `proof` is that of a glance at that job that was recalled.

        Raises:
            OutdatedError: what was recalled is no longer so; nothing was kept or counted.
        """

    def journal(self, tenant_id: str) -> Journal:
        """The exchanges still kept, and how many were dropped."""

    def put_blob(self, tenant_id: str, sha256: str, content: BinaryIO, size_bytes: int) -> bool:
        """Keep an upload under its digest; false when it is too large for this store, which keeps nothing."""

    def blob(self, tenant_id: str, sha256: str) -> BinaryIO | None:
        """An upload kept for the tenant, open for reading from its start, or None."""

    # housekeeping --------------------------------------------------------------------------------------

    def sweep(self, now: float) -> None:
        """Let go what is past its time at the real moment `now`: jobs over `job_ttl_s`, expired tenants.

        Adding jobs does it by itself now and then, by the moment they were received.
        """

    def evicted(self) -> Evicted:
        """What has been let go so far."""

    def close(self) -> None:
        """Release files, connections and temporary directories."""
