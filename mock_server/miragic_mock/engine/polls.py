"""Showing a job: the state it is in at this poll, as the contract's document.

Rule: a poll writes nothing but its count, save the one that ends a job by number. It is counted together with
its exchange, in one step, but where what it shows depends on its number: then it is counted first.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..documents.documents import Documents, Shown
from ..domain.job import Job
from ..domain.lifecycle import is_terminal, minds_polls, settle, state
from ..exchange.call import Call
from ..exchange.messages import Answer
from ..exchange.refusals import RefusedError
from ..stores.protocol import Glance, Store


@dataclass(frozen=True, slots=True)
class Polls:
    """The poll operation."""

    store: Store
    documents: Documents

    def answer(self, call: Call, seen: Glance, base_url: str, *, counts: bool) -> Answer:
        """The answer to a poll of the job that was seen; `counts` is false for a look that must change
        nothing (HEAD).

        Raises:
            RefusedError: 404, the tenant has no such job.
        """
        job, polls = self._counted(call, seen) if counts else (seen.job, seen.polls)
        if job is None:
            raise RefusedError(404)
        if job.plan.faults and call.on_plan is not None:
            call.on_plan(job.plan.faults, job.id, job.created_at)
        shown = state(job, call.at, polls)
        if job.ended is None and job.due_at is None and is_terminal(shown.status) and counts:
            # The poll that ends the job by number also settles when that was, for all that come after.
            job = self.store.change_job(job.tenant, job.id, lambda job: settle(job, call.at, polls)) or job
            shown = state(job, call.at, polls)
        call.job_status = shown.status
        return Answer(200, self.documents.job(Shown(job, shown, base_url)))

    def _counted(self, call: Call, seen: Glance) -> tuple[Job | None, int]:
        """The job, and how often it has been polled, this time included."""
        job = seen.job
        if job is None or not minds_polls(job):
            call.counts_poll = job is not None
            return job, seen.polls + 1
        found = self.store.poll(job.tenant, job.id)
        if found is None:
            return None, 0
        call.poll = found[1]
        return found
