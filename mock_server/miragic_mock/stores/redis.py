"""The store in Redis: for many replicas behind a load balancer, which share everything.

Rule: whatever reads and then writes is one script (`redis_scripts`) or compares before it changes, so that
replicas cannot lose one another's work. What Redis cannot do comes out as a `StoreError`.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import BinaryIO, Final

from ..domain.jobs.job import Job
from ..domain.tenants import Tenant
from ..errors import OutdatedError, StoreError, UnknownTenantError
from ..records.journal import Exchange, Journal
from . import codec, redis_scripts
from .protocol import DEFAULT_BOUNDS, Bounds, Count, Evicted, Glance, Kept, Recording, Totals
from .recalled import Recalled
from .redis_clock import RedisClock
from .redis_owner import check_owner
from .redis_server import RedisServer
from .redis_submissions import RedisSubmissions, count_texts, number_text
from .sweeps import SweepSchedule

_CHANGE_ATTEMPTS: Final = 1_000
_TIMEOUT_S: Final = 10.0
_PROBE_BYTES: Final = 8 * 1024
_LARGEST_BLOB_BYTES: Final = 8 * 1024 * 1024


class RedisStore:
    """A `Store` in a Redis server.

    Uploads over 8 MiB are not kept: replicas share no disk.

    Args:
        url: The server's URL.
        bounds: How much it keeps.
        prefix: What all its keys start with.
        timeout_s: How long to wait for a connection, and for an answer. What was asked then fails, and is not
            asked again.

    Raises:
        StoreError: The server does not answer; also from any method.
    """

    is_shared = True

    def __init__(
        self,
        url: str,
        *,
        bounds: Bounds = DEFAULT_BOUNDS,
        prefix: str = "miragic-mock:",
        timeout_s: float = _TIMEOUT_S,
    ) -> None:
        self.bounds = replace(bounds, blob_bytes=min(bounds.blob_bytes, _LARGEST_BLOB_BYTES))
        self._prefix = prefix
        self._sweeps = SweepSchedule(self.bounds)
        self._recalled = Recalled()
        self._clock = RedisClock()
        self._server = RedisServer(url, prefix=prefix, timeout_s=timeout_s)
        self._call, self._all, self._run = self._server.call, self._server.all, self._server.run
        self._submissions = RedisSubmissions(self._server, self.bounds)
        try:
            check_owner(self._server)
            self._clock.learn(self._call("TIME"))
        except StoreError:
            self.close()
            raise

    def now(self, real: float) -> float:
        return self._clock.now(real)

    def glance(self, tenant_id: str, job_id: str) -> Glance:
        *docs, number, polls, shown_at, digests, time = self._run(redis_scripts.GLANCE, tenant_id, job_id)
        self._clock.learn(time)
        server, tenant, job = (None if doc is None else _text(doc) for doc in docs)
        glance = codec.glance_from_texts(server, tenant, job, int(number or 0), int(polls or 0))
        glance = glance._replace(shown_at=float(shown_at or 0))
        self._recalled.put(tenant_id, job_id, glance, (_text(digests),))
        return glance

    def recall(self, tenant_id: str, job_id: str) -> Glance | None:
        return self._recalled.get(tenant_id, job_id)

    # tenants -------------------------------------------------------------------------------------------

    def tenant(self, tenant_id: str) -> Tenant | None:
        doc = self._call("HGET", self._of(tenant_id), "doc")
        return None if doc is None else codec.tenant_from_text(doc)

    def add_tenant(self, tenant: Tenant) -> Tenant:
        doc = self._run(redis_scripts.ADD_TENANT, tenant.id, *_written(tenant), self.bounds.tenants)
        return codec.tenant_from_text(doc)

    def change_tenant(self, tenant_id: str, change: Callable[[Tenant], Tenant]) -> Tenant | None:
        for _ in range(_CHANGE_ATTEMPTS):
            before = self._call("HGET", self._of(tenant_id), "doc")
            if before is None:
                return None
            after = change(codec.tenant_from_text(before))
            if self._run(redis_scripts.CHANGE_TENANT, tenant_id, before, *_written(after)):
                return after
        raise StoreError(f"tenant {tenant_id} was changed by others {_CHANGE_ATTEMPTS} times in a row")

    def drop_tenant(self, tenant_id: str) -> bool:
        return bool(self._run(redis_scripts.DROP_TENANT, tenant_id, "1"))

    def end_tenant(self, tenant_id: str, real: float) -> bool:
        return bool(self._run(redis_scripts.END_TENANT, tenant_id, number_text(real)))

    def reset_tenant(self, tenant_id: str) -> bool:
        return bool(self._run(redis_scripts.DROP_TENANT, tenant_id, "0"))

    def tenants(self) -> list[Tenant]:
        ids = self._call("ZRANGE", self._prefix + "tenants", 0, -1)
        docs = self._all([("HGET", self._of(_text(tenant_id)), "doc") for tenant_id in ids])
        return [codec.tenant_from_text(doc) for doc in docs if doc is not None]

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
        if self._sweeps.is_due(job.received_at):
            self.sweep(job.received_at)
        return self._submissions.submit(job, exchange, allowance, counts, recording)

    def job(self, tenant_id: str, job_id: str) -> Job | None:
        doc, number = self._call("HMGET", self._job(job_id), "doc", "number")
        job = None if doc is None else codec.job_from_text(doc, int(number))
        return job if job is not None and job.tenant == tenant_id else None

    def poll(self, tenant_id: str, job_id: str) -> tuple[Job, int] | None:
        found = self._run(redis_scripts.POLL, tenant_id, job_id)
        return None if found is None else (codec.job_from_text(found[0], int(found[1])), int(found[2]))

    def polls(self, tenant_id: str, job_id: str) -> int:
        tenant, polls = self._call("HMGET", self._job(job_id), "tenant", "polls")
        return int(polls or 0) if tenant is not None and _text(tenant) == tenant_id else 0

    def change_job(self, tenant_id: str, job_id: str, change: Callable[[Job], Job]) -> Job | None:
        for _ in range(_CHANGE_ATTEMPTS):
            doc, number = self._call("HMGET", self._job(job_id), "doc", "number")
            before = None if doc is None else codec.job_from_text(doc, int(number))
            if before is None or before.tenant != tenant_id:
                return None
            after = change(before)
            if after is before:
                return before
            written = codec.job_to_text(after), number_text(after.due_at)
            if self._run(redis_scripts.CHANGE_JOB, job_id, doc, *written):
                return after
        raise StoreError(f"job {job_id} was changed by others {_CHANGE_ATTEMPTS} times in a row")

    def jobs(self, tenant_id: str, *, limit: int | None = None) -> list[Job]:
        # Ranges of Redis end inclusively and count from the end by -1, so "the last 0" cannot be written.
        if limit == 0:
            return []
        start = 0 if limit is None else -limit
        return self._load(self._call("ZRANGE", self._of(tenant_id, "jobs"), start, -1))

    def due(self, tenant_id: str, after: float, until: float) -> list[Job]:
        key = self._of(tenant_id, "due")
        # "(" makes the lower end exclusive.
        members = self._call("ZRANGEBYSCORE", key, f"({number_text(after)}", number_text(until))
        return self._load([member.split(b":", 1)[1] for member in members])

    def totals(self, tenant_id: str) -> Totals:
        made, charged = self._call("HMGET", self._of(tenant_id), "made", "charged")
        return Totals(int(made or 0), int(charged or 0))

    # counters, journal, uploads ------------------------------------------------------------------------

    def count(self, tenant_id: str, name: str) -> int:
        n = self._run(redis_scripts.COUNT, tenant_id, name, self.bounds.counters)
        if n is None:
            raise UnknownTenantError(tenant_id)
        return int(n)

    def counted(self, tenant_id: str, name: str) -> float:
        return float(self._call("HGET", self._of(tenant_id, "counts"), name) or 0)

    def append(
        self,
        tenant_id: str,
        exchange: Exchange,
        *,
        counts_poll: bool = False,
        counts: Sequence[Count] = (),
        proof: tuple[str, ...] = (),
    ) -> Exchange:
        doc, job_id = codec.exchange_to_text(exchange), exchange.job_id or ""
        expected = (*(proof or ("",)), *count_texts(counts))
        script = redis_scripts.APPEND_COUNTING if counts else redis_scripts.APPEND
        appended = self._run(
            script,
            *(tenant_id, doc, self.bounds.journal, int(counts_poll), job_id, number_text(exchange.real_at)),
            self.bounds.counters,
            *expected,
        )
        if appended is None:
            raise UnknownTenantError(tenant_id)
        if appended == redis_scripts.OUTDATED:
            raise OutdatedError(tenant_id)
        number, poll, time = appended
        self._clock.learn(time)
        return exchange._replace(number=number, poll=poll or exchange.poll)

    def journal(self, tenant_id: str) -> Journal:
        journaled, docs = self._all(
            [("HGET", self._of(tenant_id), "journaled"), ("LRANGE", self._of(tenant_id, "log"), 0, -1)]
        )
        dropped = int(journaled or 0) - len(docs)
        exchanges = (codec.exchange_from_text(doc, number) for number, doc in enumerate(docs, dropped + 1))
        return Journal(tuple(exchanges), dropped)

    def blob(self, tenant_id: str, sha256: str) -> BinaryIO | None:
        content = self._call("GET", f"{self._prefix}b:{tenant_id}:{sha256}")
        return None if content is None else io.BytesIO(content)

    # housekeeping --------------------------------------------------------------------------------------

    def sweep(self, now: float) -> None:
        self._run(redis_scripts.SWEEP, number_text(now), number_text(now - self.bounds.job_ttl_s))

    def probe(self) -> None:
        content = os.urandom(_PROBE_BYTES).hex()
        if self._run(redis_scripts.PROBE, content) != content.encode():
            raise StoreError("Redis does not give back what was written to it; look at its log")

    def evicted(self) -> Evicted:
        counts = self._call("HGETALL", self._prefix + "evicted")
        return Evicted(**{_text(what): int(n) for what, n in counts.items()})

    def close(self) -> None:
        self._server.close()

    def _of(self, tenant_id: str, part: str = "") -> str:
        return f"{self._prefix}t:{tenant_id}{':' if part else ''}{part}"

    def _job(self, job_id: str) -> str:
        return f"{self._prefix}j:{job_id}"

    def _load(self, job_ids: list[bytes]) -> list[Job]:
        found = self._all([("HMGET", self._job(_text(job_id)), "doc", "number") for job_id in job_ids])
        return [codec.job_from_text(doc, int(number)) for doc, number in found if doc is not None]


def _written(tenant: Tenant) -> tuple[str, str, str]:
    """Return a tenant's text, the end of its life and whether it is declared, as the scripts take them."""
    return codec.tenant_to_text(tenant), number_text(tenant.expires_at), "1" if tenant.is_declared else "0"


def _text(value: bytes) -> str:
    return value.decode()
