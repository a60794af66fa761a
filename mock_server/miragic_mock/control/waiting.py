"""Waiting for a job, so that no test has to sleep.

Rule: a wait is bounded in time, and waits are bounded in number, since each holds one of the server's
threads.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ..domain.jobs.job import Job
from ..domain.jobs.lifecycle import TRANSITIONS, is_terminal, state
from ..domain.tenants import Tenant
from ..exchange.refusals import RefusedError
from .call import ControlCall
from .jobs import find_job
from .representations import job_json

MOST_WAITING: Final = 64
"""How many calls may wait at once in a process; a server has more threads than that."""

MOST_OF_ONE: Final = 32
"""How many of them may be about one tenant, so that none takes all seats."""

_LOOK_EVERY_S: Final = 0.01
_POLLS: Final = "polls>="
_TERMINAL: Final = "terminal"


@dataclass(frozen=True, slots=True)
class Waiting:
    """The view that waits.

    Attributes:
        sleep: Like that of `time`; a true result says that the server is stopping.
        monotonic: Like that of `time`.
        seats: Taken by each call that waits.
        taken: How many of them calls about each tenant have.
        lock: Held while `taken` is changed.
    """

    sleep: Callable[[float], object] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    seats: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(MOST_WAITING))
    taken: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, call: ControlCall) -> Any:
        """Return the job once it is as the call wants it.

        Raises:
            RefusedError: 404 for no such job, 408 when the time is over, 409 when the job has ended
                otherwise, 503 when too many calls wait or the server is stopping.
        """
        with self._seat_of(call.tenant.id):
            return self._wait(call)

    @contextmanager
    def _seat_of(self, tenant_id: str) -> Iterator[None]:
        with self.lock:
            if self.taken[tenant_id] >= MOST_OF_ONE or not self.seats.acquire(blocking=False):
                raise RefusedError(
                    503,
                    f"As many calls wait as may: {MOST_OF_ONE} about one tenant, {MOST_WAITING} in all.",
                    headers=(("Retry-After", "1"),),
                )
            self.taken[tenant_id] += 1
        try:
            yield
        finally:
            with self.lock:
                self.taken[tenant_id] -= 1
                if not self.taken[tenant_id]:
                    del self.taken[tenant_id]
            self.seats.release()

    def _wait(self, call: ControlCall) -> Any:
        until = call.query["until"]
        deadline = self.monotonic() + call.query["timeout"]
        # Looking again and again, since another process may change the job, and no one is
        # told when a frozen clock is moved.
        while True:
            now = _at_this_moment(call)
            tenant, job = find_job(now, call.query["job"])
            if _is_reached(now, tenant, job, until):
                return job_json(now, tenant, job)
            status = _status(now, tenant, job)
            if until.upper() in TRANSITIONS and is_terminal(status):
                raise RefusedError(409, f"The job has ended as {status}; it will not be {until} any more.")
            left_s = deadline - self.monotonic()
            if left_s <= 0:
                last = job_json(now, tenant, job)
                raise RefusedError(
                    408,
                    f"The job was not {until} in time: it is {last['status']} after {last['polls']} polls.",
                )
            if self.sleep(min(_LOOK_EVERY_S, left_s)):
                raise RefusedError(503, "The mock is being stopped.")


def _at_this_moment(call: ControlCall) -> ControlCall:
    """Return the call as if it were made now, with its tenant as it is by now."""
    real_at = call.engine.now()
    tenant = call.engine.tenancy.find(call.tenant.id, real_at)
    if tenant is None:
        raise RefusedError(404, "The tenant has ended meanwhile.")
    return replace(call, tenant=tenant, real_at=real_at)


def _status(call: ControlCall, tenant: Tenant, job: Job) -> str:
    return state(job, call.now_of(tenant), call.engine.store.polls(tenant.id, job.id)).status


def _is_reached(call: ControlCall, tenant: Tenant, job: Job, until: str) -> bool:
    if until.startswith(_POLLS):
        return call.engine.store.polls(tenant.id, job.id) >= int(until.removeprefix(_POLLS))
    status = _status(call, tenant, job)
    return is_terminal(status) if until == _TERMINAL else status == until.upper()
