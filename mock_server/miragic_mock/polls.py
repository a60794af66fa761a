"""Showing a job: the state it is in at this poll, as the contract's document.

Rule: a poll writes nothing but its count, save the one that ends a job by number.
"""

from __future__ import annotations

from dataclasses import dataclass

from .calls import Call
from .documents import Documents, Shown
from .lifecycle import Job, is_terminal, settle, state
from .messages import Answer
from .refusals import Refused
from .stores.protocol import Store

__all__ = ["Polls"]


@dataclass(frozen=True, slots=True)
class Polls:
    """The poll operation."""

    store: Store
    documents: Documents

    def answer(self, call: Call, tenant_id: str, job_id: str, base_url: str, *, counts: bool) -> Answer:
        """The answer to a poll; `counts` is false for a look that must change nothing (HEAD).

        Raises:
            Refused: 404, the tenant has no such job.
        """
        call.job_id = job_id
        found = self.store.poll(tenant_id, job_id) if counts else self._look(tenant_id, job_id)
        if found is None:
            raise Refused(404)
        job, polls = found
        if counts:
            call.poll = polls
        if job.plan.faults and call.on_plan is not None:
            call.on_plan(job.plan.faults, job.id, job.created_at)
        shown = state(job, call.at, polls)
        if job.ended is None and job.due_at is None and is_terminal(shown.status) and counts:
            # The poll that ends the job by number also settles when that was, for all that come after.
            job = self.store.change_job(tenant_id, job_id, lambda job: settle(job, call.at, polls)) or job
            shown = state(job, call.at, polls)
        call.job_status = shown.status
        return Answer(200, self.documents.job(Shown(job, shown, base_url)))

    def _look(self, tenant_id: str, job_id: str) -> tuple[Job, int] | None:
        job = self.store.job(tenant_id, job_id)
        return None if job is None else (job, self.store.polls(tenant_id, job_id))
