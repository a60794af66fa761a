"""Showing a job: the state it is in at this poll, as the contract's document.

Rule: a poll writes nothing but its count, save the one that ends a job by number. It is counted together with
its exchange, in one step, but where what it shows depends on its number: then it is counted first.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..documents.documents import Documents, Shown
from ..domain.jobs.job import Job
from ..domain.jobs.lifecycle import is_terminal, minds_polls, settle, state
from ..exchange.call import Call
from ..exchange.messages import Answer
from ..exchange.refusals import RefusedError
from ..stores.protocol import Glance, Store
from .injection.strikes import PlanFaults


@dataclass(frozen=True, slots=True)
class Polls:
    """The poll operation.

    Attributes:
        public_url: what links start with; None for the address that the client used.
    """

    store: Store
    documents: Documents
    public_url: str | None

    def begin(self, call: Call, seen: Glance) -> Poll:
        """Count a poll of the job that was seen.

        Raises:
            RefusedError: 404, the tenant has no such job.
        """
        # HEAD is safe (RFC 9110, section 9.2.1): a client that only looks must not end a job.
        is_look = call.request.method == "HEAD"
        job, number = (seen.job, seen.polls) if is_look else self._counted(call, seen)
        if job is None:
            raise RefusedError(404)
        return Poll(self, job, number, is_look)

    def _counted(self, call: Call, seen: Glance) -> tuple[Job | None, int]:
        """Return the job, and how often it has been polled, this time included."""
        job = seen.job
        if job is None or not minds_polls(job):
            # The number may be too low by polls made at the same moment, which nothing that is shown depends
            # on.
            call.counts_poll = job is not None
            return job, seen.polls + 1
        found = self.store.poll(job.tenant, job.id)
        if found is None:
            return None, 0
        call.poll = found[1]
        return found


@dataclass(frozen=True, slots=True)
class Poll:
    """A poll of a job that is there: a `Work`.

    Attributes:
        number: how often the job has been polled, this time included.
        is_look: whether it must change nothing (HEAD).
    """

    polls: Polls
    job: Job
    number: int
    is_look: bool

    @property
    def faults(self) -> PlanFaults:
        """The faults of the job's plan."""
        job = self.job
        return PlanFaults(job.plan.faults, job.id, job.created_at)

    def answer(self, call: Call) -> Answer:
        """Return the document of the job as it is at this poll."""
        job, store = self.job, self.polls.store
        now = state(job, call.at, self.number)
        if job.ended is None and job.due_at is None and is_terminal(now.status) and not self.is_look:
            # The poll that ends the job by number also settles when that was, for all that come after.
            settled = store.change_job(job.tenant, job.id, lambda job: settle(job, call.at, self.number))
            job = settled or job
            now = state(job, call.at, self.number)
        call.job_status = now.status
        base_url = self.polls.public_url or call.request.base_url
        return Answer(200, self.polls.documents.job(Shown(job, now, base_url)))
