"""What was exchanged with a tenant, in order: a bounded list that says what it dropped.

Rule: an exchange holds facts about bodies (size, digest), never a body, and never an API key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Exchange(NamedTuple):
    """One request and its answer (a tuple: every request builds one, and its copy that has a number).

    `number` is 1-based per tenant, given by the store (0 before). `real_at` is real epoch seconds, `at` the
    tenant's time; `took_s` real seconds until the answer was handed over. `operation` is `"create"`,
    `"status"` or another word of the edge's for the rest. `status` is the HTTP status, None when no answer
    was sent. `size_bytes`, `sha256`, `file_name`, `audio_format` and `question` describe an upload, None
    where there was none. `job_id` and `job_status` are what the answer was about and showed; `poll` says
    which poll of that job it was (from 1; 0 for the submission that made it). `retry_after_s`
    is the Retry-After of the answer in seconds. `fault` is the canonical text of the fault that struck;
    `note` is for people.
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

    def request_id(self, tenant_id: str) -> str:
        """What X-Request-Id said, for an exchange of the tenant `tenant_id`.

        What concerns a job is named by the job and so the same in every run; all else by its number, which
        counts arrivals.
        """
        if self.poll is None:
            return f"{tenant_id[:8]}-{self.number}"
        return f"{self.job_id}-{self.poll}"


@dataclass(frozen=True, slots=True)
class Journal:
    """The exchanges still kept, oldest first, and how many older ones were dropped to stay within bounds."""

    exchanges: tuple[Exchange, ...]
    dropped: int
