"""The events of a call, as `on_progress` gets them: of the upload, then of the wait."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ._errors import MiragicError
from ._job import Job


@dataclass(frozen=True, slots=True)
class UploadProgress:
    """Bytes of the body were handed to the transport. Even after the last one, no job may exist yet."""

    sent_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class JobAccepted:
    """The server took the upload: the job exists, and its id is known from here on."""

    job: Job


@dataclass(frozen=True, slots=True)
class JobObserved:
    """The job was looked at.

    Attributes:
        looks: How many looks there were, this one included.
        elapsed_s: Seconds since the call began.
    """

    job: Job
    looks: int
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class Retrying:
    """A request went wrong in a way that may pass; it is repeated after `pause_s` seconds."""

    error: MiragicError
    pause_s: float


ProgressEvent = UploadProgress | JobAccepted | JobObserved | Retrying
OnProgress = Callable[[ProgressEvent], None]
