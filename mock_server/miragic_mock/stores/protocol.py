"""What a store does: all that the mock's rules know of where its state is kept.

Rule: every method is atomic and may be called from any thread (and, but for the memory store, any process).
What goes in and comes out are frozen values. A `change` function must be pure: it may run more than once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final, NamedTuple, Protocol

from ..domain.jobs.job import Job
from ..domain.tenants import Tenant
from ..records.journal import MOST_EXCHANGES, Exchange, Journal


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a store keeps; beyond it the oldest goes, and is counted in `Evicted`.

    Attributes:
        jobs: Jobs of all tenants.
        job_ttl_s: Real seconds since a job was received.
        tenants: Tenants; those that nobody declared go first.
        counters: Counters of all tenants; the one that was counted longest ago goes first.
        journal: Exchanges of each tenant.
        blob_bytes: The largest upload that is kept.
        blobs_bytes: Bytes of all uploads.
        blob_memory_bytes: The size above which an upload is kept on disk rather than in memory.
    """

    jobs: int = 100_000
    job_ttl_s: float = 86_400.0
    tenants: int = 10_000
    counters: int = 400_000
    journal: int = MOST_EXCHANGES
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


class Count(NamedTuple):
    """What a request makes of one of its tenant's counters, kept together with its exchange.

    Attributes:
        name: The counter.
        before: What the request found it at; None where that makes no difference, and it goes up by one.
        after: What it comes to; a moment, for a counter that notes one.
    """

    name: str
    before: float | None
    after: float


class Recording(NamedTuple):
    """The upload of a submission, to be kept under its digest.

    Attributes:
        sha256: The digest.
        size_bytes: The size.
        content: The bytes, from their start.
    """

    sha256: str
    size_bytes: int
    content: BinaryIO


class Kept(NamedTuple):
    """A submission as a store keeps it.

    Attributes:
        job: The job, under its number.
        exchange: The exchange, under its number.
    """

    job: Job
    exchange: Exchange


class Glance(NamedTuple):
    """Who asks and what about, as it was at one moment; None for what is not there.

    Attributes:
        server: The tenant that stands for the server.
        tenant: The tenant that asks.
        job: Its job.
        polls: How often the job has been polled, without counting this.
        shown_at: The latest real moment at which a counted poll has shown the job; 0 for never.
        proof: Given with what is only recalled. `Store.append` sees by it whether all but `polls` still
            holds.
    """

    server: Tenant | None
    tenant: Tenant | None
    job: Job | None
    polls: int
    shown_at: float = 0.0
    proof: tuple[str, ...] = ()


class Store(Protocol):
    """Tenants, their jobs, counters, journals and uploads.

    Nothing is kept for a tenant that is not there: what would is refused with `UnknownTenantError`.
    """

    bounds: Bounds
    is_shared: bool
    """Whether several processes may use the same state; false for memory."""

    def now(self, real: float) -> float:
        """Return the real moment by the clock that all who share the store go by; `real` is the caller's."""

    def glance(self, tenant_id: str, job_id: str) -> Glance:
        """Return the server's tenant, another tenant and its job, in one step.

        Most requests need to know no more.
        """

    def recall(self, tenant_id: str, job_id: str) -> Glance | None:
        """Return what `glance` gave before, with its proof; None where looking is as quick."""

    # tenants -------------------------------------------------------------------------------------------

    def tenant(self, tenant_id: str) -> Tenant | None:
        """Return the tenant, or None."""

    def add_tenant(self, tenant: Tenant) -> Tenant:
        """Keep a tenant, and return it, or the tenant of that id that is there already."""

    def change_tenant(self, tenant_id: str, change: Callable[[Tenant], Tenant]) -> Tenant | None:
        """Change and return a tenant; None when there is none. Two changes never lose one another."""

    def drop_tenant(self, tenant_id: str) -> bool:
        """End a tenant whole: jobs, counters, journal, totals. False when there was none."""

    def end_tenant(self, tenant_id: str, real: float) -> bool:
        """Drop a tenant if its time is over at the real moment `real`; false when nothing was dropped."""

    def reset_tenant(self, tenant_id: str) -> bool:
        """Forget a tenant's jobs, counters, journal and totals, and keep the tenant. False for no tenant."""

    def tenants(self) -> list[Tenant]:
        """Return all tenants, in order of creation."""

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
        """Keep a submission: its job, charge, exchange, counts and upload, all of them or nothing.

        Args:
            job: The job, which gets the next number of its tenant.
            exchange: The exchange, which gets the next number of the tenant's journal.
            allowance: The most that may be charged to the tenant in all, None for no limit.
            counts: The counters that go with it.
            recording: The upload; one that is too large for this store (`Bounds.blob_bytes`) is left out.

        Raises:
            JobExistsError: There is a job of that id, which stays as it is.
            OutOfCreditsError: The charge would pass the allowance.
            OutdatedError: A counter is not where it was.
            UnknownTenantError: There is no such tenant.
        """

    def job(self, tenant_id: str, job_id: str) -> Job | None:
        """Return the tenant's job, or None: also for another tenant's."""

    def poll(self, tenant_id: str, job_id: str) -> tuple[Job, int] | None:
        """Count a poll, and return the job and its polls, this one included; None for no such job."""

    def polls(self, tenant_id: str, job_id: str) -> int:
        """Return how often the job has been polled, without counting this."""

    def change_job(self, tenant_id: str, job_id: str, change: Callable[[Job], Job]) -> Job | None:
        """Change and return a job; None when there is none. Two changes never lose one another."""

    def jobs(self, tenant_id: str, *, limit: int | None = None) -> list[Job]:
        """Return the tenant's jobs in order of number, with a limit only so many of the newest."""

    def due(self, tenant_id: str, after: float, until: float) -> list[Job]:
        """Return the tenant's jobs with `after < due_at <= until`, by `due_at`, then number."""

    def totals(self, tenant_id: str) -> Totals:
        """Return what the tenant has submitted in all."""

    # counters, journal, uploads ------------------------------------------------------------------------

    def count(self, tenant_id: str, name: str) -> int:
        """Add one to the tenant's counter `name` and give the result: 1 at first.

        A counter that makes space for others (`Bounds.counters`) starts again from 1.

        Raises:
            UnknownTenantError: There is no such tenant.
        """

    def counted(self, tenant_id: str, name: str) -> float:
        """Return what a counter of the tenant has come to, or the moment it holds; 0 where there is none."""

    def append(
        self,
        tenant_id: str,
        exchange: Exchange,
        *,
        counts_poll: bool = False,
        counts: Sequence[Count] = (),
        proof: tuple[str, ...] = (),
    ) -> Exchange:
        """Keep an exchange in the tenant's journal, and return it under its number.

        Args:
            tenant_id: Whose journal.
            exchange: The exchange.
            counts_poll: Whether it is a poll of its job that is still to be counted. That is done in the same
                step, and gives the exchange its `poll` (None where the job is gone).
            counts: The counters that go with it.
            proof: That of a recalled glance at the job, empty where the store was looked into.

        Raises:
            OutdatedError: What was recalled is no longer so, the job was shown at a later moment, or a
                counter is not where it was; nothing was kept or counted.
            UnknownTenantError: There is no such tenant.
        """

    def journal(self, tenant_id: str) -> Journal:
        """Return the exchanges still kept, and how many were dropped."""

    def blob(self, tenant_id: str, sha256: str) -> BinaryIO | None:
        """Return an upload kept for the tenant, open for reading from its start, or None."""

    # housekeeping --------------------------------------------------------------------------------------

    def sweep(self, now: float) -> None:
        """Let go what is past its time at the real moment `now`: jobs over `job_ttl_s`, expired tenants.

        Submitting does it by itself now and then, by the moment they were received.
        """

    def probe(self) -> None:
        """Write something, read it back and remove it again.

        Raises:
            StoreError: It cannot be written, or is not what was written.
        """

    def evicted(self) -> Evicted:
        """Return what has been let go so far."""

    def close(self) -> None:
        """Release files, connections and temporary directories."""
