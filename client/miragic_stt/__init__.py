"""Transcribe audio with the Miragic speech-to-text service: never hang, never lose a job, never pay twice."""

from ._driver import StopSignal
from ._errors import (
    APIConnectionError,
    ApiKeyError,
    APIStatusError,
    APITimeoutError,
    AudioError,
    AuthenticationError,
    BadRequestError,
    InsufficientCreditsError,
    Interrupted,
    JobFailedError,
    JournalError,
    MalformedResponseError,
    MiragicError,
    NotFoundError,
    PayloadTooLargeError,
    PermissionDeniedError,
    RateLimitError,
    RedirectError,
    ServerError,
    SubmissionUnknownError,
    UnprocessableEntityError,
    UnsupportedMediaTypeError,
    UsageError,
    WaitCancelledError,
    WaitTimeoutError,
)
from ._job import HttpAnswer, Job, JobStatus, Transcript
from ._progress import JobAccepted, JobObserved, ProgressEvent, Retrying, UploadProgress
from ._settings.policy import Polling, RequestTimeouts, Retries
from ._submission import SubmissionOptions
from ._transports.deadlines import DeadlineAdapter
from ._uploads.audio import AudioSource
from .batch.async_client import AsyncClient
from .batch.client import Client
from .batch.outcome import Outcome

__all__ = [
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "ApiKeyError",
    "AsyncClient",
    "AudioError",
    "AudioSource",
    "AuthenticationError",
    "BadRequestError",
    "Client",
    "DeadlineAdapter",
    "HttpAnswer",
    "InsufficientCreditsError",
    "Interrupted",
    "Job",
    "JobAccepted",
    "JobFailedError",
    "JobObserved",
    "JobStatus",
    "JournalError",
    "MalformedResponseError",
    "MiragicError",
    "NotFoundError",
    "Outcome",
    "PayloadTooLargeError",
    "PermissionDeniedError",
    "Polling",
    "ProgressEvent",
    "RateLimitError",
    "RedirectError",
    "RequestTimeouts",
    "Retries",
    "Retrying",
    "ServerError",
    "StopSignal",
    "SubmissionOptions",
    "SubmissionUnknownError",
    "Transcript",
    "UnprocessableEntityError",
    "UnsupportedMediaTypeError",
    "UploadProgress",
    "UsageError",
    "WaitCancelledError",
    "WaitTimeoutError",
]
