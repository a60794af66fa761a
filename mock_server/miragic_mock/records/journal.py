"""What was exchanged with a tenant, in order: a bounded list that says what it dropped.

Rule: an exchange holds facts about bodies (size, digest), never a body, and never an API key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from ..domain.jobs.job import Fields


class Exchange(NamedTuple):
    """One request and its answer; a tuple, since every request builds one, and its copy that has a number.

    Attributes:
        operation: `"create"`, `"status"`, or another word for a request that is neither.
        method: The HTTP method.
        path: The path as it was asked for, with its query.
        status: The HTTP status, None when no answer was sent.
        real_at: Real epoch seconds at which the request came.
        at: The same moment on the tenant's clock.
        number: The exchange's place in the tenant's journal, from 1; 0 before the store has given one.
        took_s: Real seconds until the answer was handed over.
        size_bytes: The size of the upload; None, as the four that follow, where the request had no form.
        sha256: The upload's digest.
        file_name: The client's name for the upload.
        audio_format: The upload's format, as the form said.
        question: The question, as the form said.
        job_id: The job that the answer was about.
        job_status: The status that the answer showed.
        retry_after_s: The Retry-After of the answer, in seconds.
        fault: The canonical text of the fault that struck.
        note: A sentence for people.
        user_agent: The User-Agent of the request.
        content_type: The Content-Type of the request.
        answer_bytes: The size of the answer's body.
        answer_type: The Content-Type of the answer.
        poll: Which poll of its job it was, from 1; 0 for the submission that made the job.
        fields: What else the form said, None where it said nothing else.
    """

    operation: str
    method: str
    path: str
    status: int | None
    real_at: float
    at: float
    number: int = 0
    took_s: float = 0.0
    size_bytes: int | None = None
    sha256: str | None = None
    file_name: str | None = None
    audio_format: str | None = None
    question: str | None = None
    job_id: str | None = None
    job_status: str | None = None
    retry_after_s: float | None = None
    fault: str | None = None
    note: str | None = None
    user_agent: str | None = None
    content_type: str | None = None
    answer_bytes: int | None = None
    answer_type: str | None = None
    poll: int | None = None
    fields: Fields | None = None

    def request_id(self, tenant_id: str) -> str:
        """Return the X-Request-Id of the answer, for an exchange of this tenant."""
        # What concerns a job is named by the job, and so the same in every run however requests overtake one
        # another; all else by its number, which counts arrivals.
        if self.poll is None:
            return f"{tenant_id[:8]}-{self.number}"
        return f"{self.job_id}-{self.poll}"


MOST_EXCHANGES: Final = 1_000
"""How many exchanges of each tenant are kept, unless a store is made with another bound; the oldest goes."""


@dataclass(frozen=True, slots=True)
class Journal:
    """A tenant's journal.

    Attributes:
        exchanges: Those still kept, oldest first.
        dropped: How many older ones were let go, to stay within bounds.
    """

    exchanges: tuple[Exchange, ...]
    dropped: int
