"""The job and its text, as values. `_answers.documents` reads them from what a server says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Final, Self

from ._api import COMPLETED, FAILED, JOB_FIELDS, PENDING, TERMINAL_STATUSES


class JobStatus(str):
    """A status in upper case. The set is open: an unknown status is kept as it is, and is not terminal."""

    __slots__ = ()

    # A str and not an enum: an enum would refuse the status that a server adds tomorrow.
    PENDING: ClassVar[JobStatus]
    COMPLETED: ClassVar[JobStatus]
    FAILED: ClassVar[JobStatus]

    def __new__(cls, value: str) -> Self:
        return super().__new__(cls, value.strip().upper())

    @property
    def is_terminal(self) -> bool:
        """Whether the job is finished and its document will not change again."""
        return self in TERMINAL_STATUSES

    @property
    def is_known(self) -> bool:
        """Whether the contract names this status."""
        return self.is_terminal or self == PENDING


JobStatus.PENDING = JobStatus(PENDING)
JobStatus.COMPLETED = JobStatus(COMPLETED)
JobStatus.FAILED = JobStatus(FAILED)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """The HTTP answer that a document came in.

    Attributes:
        headers: Names in lower case.
        request_id: The server's name for the exchange; None if it gave none.
        retry_after_s: Seconds it asked to wait before the next look; None if it did not ask.
    """

    status_code: int
    headers: Mapping[str, str]
    request_id: str | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One transcription job as the server last described it. Every field but `id` and `status` may be None.

    Attributes:
        id: The job's identity; all that is needed to wait for it from another process.
        status: PENDING, COMPLETED, FAILED, or whatever else the server says.
        transcription: The text, once COMPLETED.
        error_message: The server's reason, once FAILED.
        progress: Percent from 0 to 100, where the server tells it.
        download_signed_url: A link to the text that expires, where the server gives one.
        created_at, updated_at: Moments with a time zone.
        credits_used: What the job cost, in credits.
        raw: The document as it came, unknown fields included.
        http: Status code and headers of the answer it came in.
    """

    id: str
    status: JobStatus
    user_id: str | None = None
    audio_file_name: str | None = None
    audio_url: str | None = None
    question: str | None = None
    audio_format: str | None = None
    transcription: str | None = field(default=None, repr=False)
    error_message: str | None = None
    metadata: Mapping[str, object] | None = field(default=None, repr=False)
    credits_used: float | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    progress: float | None = None
    download_signed_url: str | None = field(default=None, repr=False)
    raw: Mapping[str, object] = field(default_factory=dict, repr=False)
    # Not compared: two looks at a job that has not changed are equal, though their answers differ.
    http: HttpAnswer | None = field(default=None, repr=False, compare=False)

    @property
    def is_terminal(self) -> bool:
        """Whether the job is finished."""
        return self.status.is_terminal

    @property
    def extra(self) -> dict[str, object]:
        """The fields of `raw` that this client does not know; empty if there are none."""
        return {name: value for name, value in self.raw.items() if name not in JOB_FIELDS}


# Compiled where it is used, and then kept by `re`: at import it would be paid for by everybody.
# It reads a text with single spaces: runs of them could be divided in many ways.
_REFUSAL: Final = r"""
    (?: \b(?:i[ ]am|i['’]m|am)[ ](?:not[ ]able|unable)[ ]to[ ]?
      | \bi[ ](?:cannot|can[ ]not|can['’]t|do[ ]not|don['’]t)[ ](?:have[ ]the[ ]ability[ ]to[ ]|directly[ ])?
    )
    (?:\w+[ ](?:or|and)[ ])?
    (?: transcrib | process | listen | hear | access | play
      | analy[sz]e[ ](?:the[ ]|this[ ])?audio | interpret[ ]audio )
    | \bas[ ]an?[ ](?:ai|artificial[ ]intelligence|(?:large[ ])?language[ ]model)\b
    | \bif[ ]you[ ]have[ ]any[ ]text-based[ ]questions\b
    """
# A refusal is a short note. A long recording in which somebody says such a thing is no refusal.
_REFUSAL_AT_MOST_CHARS: Final = 700
_REFUSAL_STARTS_WITHIN_CHARS: Final = 200


@dataclass(frozen=True, slots=True)
class Transcript:
    """The text of a completed job. `str()` of it is the text.

    Attributes:
        text: What the server says was said; may be empty.
        job: The job it came from.
    """

    text: str
    job: Job

    @property
    def looks_like_refusal(self) -> bool:
        """Whether the text reads like a language model that declines, instead of like speech.

        The service reports such an answer as COMPLETED and charges for it. A heuristic for English: the text
        is short (700 characters at most) and says within its first 200 that it cannot transcribe, process,
        hear or access something, that it is an AI, or that it takes text-based questions. Never raises.
        Speech that consists of such a sentence is taken for a refusal too.
        """
        if len(self.text) > _REFUSAL_AT_MOST_CHARS:
            return False
        found = re.search(_REFUSAL, " ".join(self.text.split()), re.IGNORECASE | re.VERBOSE)
        return found is not None and found.start() <= _REFUSAL_STARTS_WITHIN_CHARS

    def __str__(self) -> str:
        return self.text
