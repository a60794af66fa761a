"""Waiting for a job, so that no test has to sleep.

Rule: a wait is bounded in time, and waits are bounded in number, since each holds one of the server's
threads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ..domain.job import Job
from ..domain.lifecycle import TRANSITIONS, is_terminal, state
from ..domain.tenants import Tenant
from ..exchange.refusals import RefusedError
from .call import Asked
from .jobs import find_job
from .shown import show_job

MOST_WAITING: Final = 32
"""How many calls may wait at once; a server has more threads than that."""

_LOOK_EVERY_S: Final = 0.01
_POLLS: Final = "polls>="
_TERMINAL: Final = "terminal"


@dataclass(frozen=True, slots=True)
class Waiting:
    """The view. `sleep` and `monotonic` are those of `time`; a `sleep` that gives true means that the server
    stops."""

    sleep: Callable[[float], object] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    seats: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(MOST_WAITING))

    def __call__(self, asked: Asked) -> Any:
        """The job, once it is so far.

        Raises:
            RefusedError: 404 for no such job, 408 when the time is over, 409
                when the job has ended otherwise, 503 when too many wait or the server stops.
        """
        if not self.seats.acquire(blocking=False):
            raise RefusedError(
                503,
                f"{MOST_WAITING} calls are waiting already; wait with fewer.",
                headers=(("Retry-After", "1"),),
            )
        try:
            return self._wait(asked)
        finally:
            self.seats.release()

    def _wait(self, asked: Asked) -> Any:
        until = asked.query["until"]
        deadline = self.monotonic() + asked.query["timeout"]
        while True:
            look = _now(asked)
            tenant, job = find_job(look, asked.query["job"])
            if _is_met(look, tenant, job, until):
                return show_job(look, tenant, job)
            status = _status(look, tenant, job)
            if until.upper() in TRANSITIONS and is_terminal(status):
                raise RefusedError(409, f"The job has ended as {status}; it will not be {until} any more.")
            left_s = deadline - self.monotonic()
            if left_s <= 0:
                shown = show_job(look, tenant, job)
                raise RefusedError(
                    408,
                    f"The job was not {until} in time: it is {shown['status']} after {shown['polls']} polls.",
                )
            if self.sleep(min(_LOOK_EVERY_S, left_s)):
                raise RefusedError(503, "The mock is being stopped.")


def _now(asked: Asked) -> Asked:
    """The same call a moment later, its tenant as it is by then."""
    real_at = asked.engine.clock()
    tenant = asked.engine.tenancy.find(asked.tenant.id, real_at)
    if tenant is None:
        raise RefusedError(404, "The tenant has ended meanwhile.")
    return replace(asked, tenant=tenant, real_at=real_at)


def _status(asked: Asked, tenant: Tenant, job: Job) -> str:
    return state(job, asked.now_of(tenant), asked.engine.store.polls(tenant.id, job.id)).status


def _is_met(asked: Asked, tenant: Tenant, job: Job, until: str) -> bool:
    if until.startswith(_POLLS):
        return asked.engine.store.polls(tenant.id, job.id) >= int(until.removeprefix(_POLLS))
    status = _status(asked, tenant, job)
    return is_terminal(status) if until == _TERMINAL else status == until.upper()
