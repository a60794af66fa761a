"""What happens during a call, as values for `on_progress`: the upload and the wait, each in its own terms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ._errors import MiragicError
from ._job import Job


@dataclass(frozen=True, slots=True)
class UploadProgress:
    """Bytes of the request body handed to the transport. Even with all of them sent, no job may exist yet."""

    sent_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class JobAccepted:
    """The server took the upload: the job exists, and its id is known from here on."""

    job: Job


@dataclass(frozen=True, slots=True)
class JobObserved:
    """A look at the job.

    Attributes:
        looks: how many there were, this one included.
        elapsed_s: seconds since the call began.
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
