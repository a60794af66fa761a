"""One call while it is being answered: who asks, when, and what is worth noting of it.

Rule: this is the only thing that changes while a request is handled; it ends as one `Exchange` in the
journal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

from miragic_contracts.redaction import FIRST_MARKER, redactor

from ..domain.jobs.job import Fields, Job, Upload
from ..domain.tenants import SERVER, Tenant
from ..records.journal import Exchange
from ..stores.protocol import Count, Recording
from .messages import Answer, Request, header_of

CREATE: Final = "create"
STATUS: Final = "status"
OTHER: Final = "other"


class NewJob(NamedTuple):
    """What a call makes, to be kept together with its exchange.

    Attributes:
        job: The job.
        allowance: The most that may be charged to its tenant in all, None for no limit.
        recording: Its upload, None where it is not to be kept.
    """

    job: Job
    allowance: int | None
    recording: Recording | None


class Held(Protocol):
    """What is let go of when a request was answered."""

    def close(self) -> None:
        """Let go of it."""


@dataclass(slots=True)
class Lasting:
    """What a request keeps from one attempt at its answer to the next: what was done cannot be done again.

    Attributes:
        attempts: How many attempts were in vain, since the store had changed meanwhile.
        tenant: Who asks, as an earlier attempt knew it.
        form: The form that was read.
        numbers: Numbers that were taken of counters for good, by the counter's name.
        taken_ids: How many ids of a job to be were found to be another's.
    """

    attempts: int = 0
    tenant: Tenant | None = None
    form: Held | None = None
    numbers: dict[str, int] = field(default_factory=dict)
    taken_ids: int = 0


@dataclass(slots=True)
class Call:
    """A request, and the facts found out so far.

    Attributes:
        request: The request.
        real_at: Real epoch seconds at which it came.
        at: The same moment on the tenant's clock.
        operation: `CREATE`, `STATUS` or `OTHER`.
        tenant: Who asks, None while that is not known.
        upload: The facts of the upload.
        question: The question, or its default.
        fields: What else the form said.
        job_id: The job that the answer is about.
        job_status: The status that the answer shows.
        poll: Which poll of its job it is.
        counts_poll: Whether it is a poll that is still to be counted.
        counts: The counters that it moves, by name, to be kept together with its exchange.
        new_job: The job that it makes, to be kept together with its exchange.
        proof: That of a glance that was recalled.
        retry_after_s: The Retry-After of the answer, in seconds.
        fault: The canonical text of the fault that struck.
        note: A sentence for people, for the journal.
        warnings: Sentences that become headers of the answer.
        is_unanswered: Whether not even a status goes out.
        lasting: What is kept where the call has to be answered anew.
    """

    request: Request
    real_at: float
    at: float
    operation: str = OTHER
    tenant: Tenant | None = None
    upload: Upload | None = None
    question: str | None = None
    fields: Fields = ()
    job_id: str | None = None
    job_status: str | None = None
    poll: int | None = None
    counts_poll: bool = False
    counts: dict[str, Count] = field(default_factory=dict)
    new_job: NewJob | None = None
    proof: tuple[str, ...] = ()
    retry_after_s: float | None = None
    fault: str | None = None
    note: str | None = None
    warnings: tuple[str, ...] = ()
    is_unanswered: bool = False
    lasting: Lasting = field(default_factory=Lasting)

    def again(self) -> Call:
        """Return the call as it was at first, to be answered anew."""
        self.lasting.attempts += 1
        self.lasting.tenant = self.tenant or self.lasting.tenant
        return Call(self.request, self.real_at, self.real_at, lasting=self.lasting)

    @property
    def tenant_id(self) -> str:
        """The tenant whose journal the call goes to: the server's where the client is not known."""
        return SERVER if self.tenant is None else self.tenant.id

    def exchange(self, answer: Answer, took_s: float, key: str) -> Exchange:
        """Return the call as the journal keeps it.

        Args:
            answer: Its answer.
            took_s: Real seconds until the answer was handed over.
            key: The API key that came with it, which the journal must not keep.
        """
        request, upload = self.request, self.upload
        path = f"{request.path}?{request.query}" if request.query else request.path
        kept = Exchange(
            operation=self.operation,
            method=request.method,
            path=path,
            status=None if self.is_unanswered else answer.status,
            real_at=self.real_at,
            at=self.at,
            took_s=took_s,
            size_bytes=upload.size_bytes if upload else None,
            sha256=upload.sha256 if upload else None,
            file_name=upload.file_name if upload else None,
            audio_format=upload.audio_format if upload else None,
            question=self.question,
            job_id=self.job_id,
            job_status=self.job_status,
            retry_after_s=self.retry_after_s,
            fault=self.fault,
            note=self.note,
            user_agent=request.headers.get("User-Agent"),
            content_type=request.headers.get("Content-Type"),
            answer_bytes=None if self.is_unanswered else _size_bytes(answer),
            answer_type=None if self.is_unanswered else header_of(answer, "Content-Type"),
            poll=self.poll,
            fields=self.fields or None,
        )
        # Of a poll of a job that there is, everything is ours but these two, and polls are many.
        is_poll = self.poll or self.counts_poll
        if is_poll and not request.query and len(kept.user_agent or "") < len(key):
            return kept
        return _without_key(kept, key)


_STRANGERS: Final = (
    "method",
    "path",
    "file_name",
    "audio_format",
    "question",
    "job_id",
    "note",
    "user_agent",
    "content_type",
)
"""What of an exchange a client may have written, beside its fields."""


def _without_key(exchange: Exchange, key: str) -> Exchange:
    texts = {name: text for name in _STRANGERS if (text := getattr(exchange, name))}
    if exchange.operation == CREATE:
        texts.pop("job_id", None)  # made here
    fields = exchange.fields or ()
    redact = redactor({key: FIRST_MARKER}).text
    # One search in all of them: hardly ever is there anything to find.
    said = "\n\n".join((*texts.values(), *(text for pair in fields for text in pair)))
    if redact(said) == said:
        return exchange
    clean = tuple((redact(name), redact(value)) for name, value in fields)
    changes: dict[str, Any] = {name: redact(text) for name, text in texts.items()}
    return exchange._replace(fields=clean or None, **changes)


def _size_bytes(answer: Answer) -> int | None:
    # An answer that is sent piece by piece has not been read yet, and reading it would use it up.
    return len(answer.body) if isinstance(answer.body, bytes) else None
