"""Every error of this client.

There is a subclass only where a program that catches it would act differently:

    MiragicError
    ├── UsageError (ValueError)                 refused here, nothing was sent
    │   ├── ApiKeyError                         no key, or one no header can carry
    │   └── AudioError                          empty, text mode, unknown or mismatching format, no length
    ├── JournalError                            the journal of a batch cannot be read or written
    ├── APIConnectionError                      no answer: refused, reset, TLS, DNS
    │   └── APITimeoutError (TimeoutError)      no answer in time
    ├── APIStatusError                          the server answered, and refused
    │   ├── BadRequestError                     400
    │   ├── AuthenticationError                 401
    │   ├── InsufficientCreditsError            402
    │   ├── PermissionDeniedError               403
    │   ├── NotFoundError                       404, 410
    │   ├── PayloadTooLargeError                413
    │   ├── UnsupportedMediaTypeError           415
    │   ├── UnprocessableEntityError            422
    │   ├── RateLimitError                      429
    │   ├── ServerError                         5xx
    │   └── RedirectError                       3xx; never followed, it would carry the key along
    ├── MalformedResponseError                  the server answered with something that is no job document
    ├── SubmissionUnknownError                  all was sent, the answer was lost: maybe paid, not repeated
    ├── JobFailedError                          the job ended FAILED
    ├── WaitTimeoutError (TimeoutError)         the deadline passed; carries the receipt
    └── WaitCancelledError                      the caller's stop event was set

    Interrupted (KeyboardInterrupt)             Ctrl-C, with the job id that was known by then

All of them pickle and copy, and none of them ever holds the API key. Their text is one line, and steers no
terminal. Their attributes hold what the server said as it said it, but for keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ._outside.harmless import harmless_line

if TYPE_CHECKING:
    from ._job import Job


class MiragicError(Exception):
    """The base of everything that this client raises on purpose.

    Attributes:
        job_id: The job this is about; None if none is known to exist.
        status_code: HTTP status of the answer; None without an answer.
        body: Text of the answer, keys masked and cut to 2,000 characters; None without an answer.
        headers: Headers of the answer, names in lower case, keys masked; empty without an answer.
        request_id: The server's own name for the exchange, where it gave one.
        retry_after: Seconds the server asked to wait; None if it did not say.
        retryable: True if the same call may succeed later and cannot cost twice.
        attempts: How many requests were made before giving up; 0 if nothing was sent.
        error_code: The `error.code` of the answer's envelope; None without one.
    """

    def __init__(
        self,
        message: str,
        *,
        job_id: str | None = None,
        status_code: int | None = None,
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        retryable: bool = False,
        attempts: int = 0,
        error_code: str | None = None,
    ) -> None:
        # Only the message: an exception is unpickled by calling its class with these arguments. All else
        # travels in its `__dict__`.
        super().__init__(harmless_line(message))
        self.job_id = job_id
        self.status_code = status_code
        self.body = body
        self.headers = dict(headers or {})
        self.request_id = request_id
        self.retry_after = retry_after
        self.retryable = retryable
        self.attempts = attempts
        self.error_code = error_code

    @property
    def message(self) -> str:
        """The text alone, without the job id that `str()` adds."""
        return str(self.args[0])

    def __str__(self) -> str:
        job_id = harmless_line(self.job_id or "")
        return self.message + (f" [job {job_id}]" if job_id and job_id not in self.message else "")


class UsageError(MiragicError, ValueError):
    """The call cannot work as it stands; nothing was sent."""


class ApiKeyError(UsageError):
    """There is no usable API key."""


class AudioError(UsageError):
    """The audio cannot be uploaded; nothing was paid."""


class JournalError(MiragicError):
    """The journal of a batch cannot be read or written; with a `job_id`, that job exists but is not in it."""


class APIConnectionError(MiragicError):
    """The server could not be reached, or hung up before it answered."""


class APITimeoutError(APIConnectionError, TimeoutError):
    """The server did not take the request, or did not answer it, in the time one request may take."""


class APIStatusError(MiragicError):
    """The server answered and refused; `status_code`, `error_code` and `body` say how."""


class BadRequestError(APIStatusError):
    """400: the server found the request malformed."""


class AuthenticationError(APIStatusError):
    """401: the key is missing, wrong or expired."""


class InsufficientCreditsError(APIStatusError):
    """402: the account has not enough credits."""


class PermissionDeniedError(APIStatusError):
    """403: the key may not do this."""


class NotFoundError(APIStatusError):
    """404 or 410: there is no such job for this key."""


class PayloadTooLargeError(APIStatusError):
    """413: the audio is larger than the server takes."""


class UnsupportedMediaTypeError(APIStatusError):
    """415: the server does not take this kind of body."""


class UnprocessableEntityError(APIStatusError):
    """422: the request is well-formed but its values are refused."""


class RateLimitError(APIStatusError):
    """429: too many requests; `retry_after` says how long to wait, where the server said it."""


class ServerError(APIStatusError):
    """5xx: the server failed."""


class RedirectError(APIStatusError):
    """3xx: the server points elsewhere. Not followed: a redirect would hand the key to another host."""


class MalformedResponseError(MiragicError):
    """The answer is not the JSON document the contract promises."""


class SubmissionUnknownError(MiragicError):
    """The whole upload was sent, but its answer was lost: the job may exist and may have been charged.

    The request is not repeated, because that could pay twice. Look at the account before submitting again.
    """


class JobFailedError(MiragicError):
    """The job ended FAILED; `job` is its last document and `reason` the server's text.

    Attributes:
        job: The finished job.
        reason: The document's `errorMessage`; None if the server gave none.
    """

    def __init__(self, message: str, *, job: Job | None = None) -> None:
        super().__init__(message, job_id=job.id if job else None)
        self.job = job

    @property
    def reason(self) -> str | None:
        """The server's own words; None if it gave none."""
        return self.job.error_message if self.job else None


class WaitTimeoutError(MiragicError, TimeoutError):
    """The deadline of the call passed. It holds what is needed to resume, and to see what happened meanwhile.

    Attributes:
        last_job: The job as last seen; None if it was never seen.
        phases: Seconds spent per phase, `upload` and `waiting`; a phase that was not reached is absent.
        observations: How often each answer came, such as {"200 PENDING": 14, "502": 2, "timeout": 1}.
        resume_command: The command that goes on waiting; None without a job id.
    """

    def __init__(
        self,
        message: str,
        *,
        job_id: str | None = None,
        last_job: Job | None = None,
        phases: Mapping[str, float] | None = None,
        observations: Mapping[str, int] | None = None,
        resume_command: str | None = None,
        retry_after: float | None = None,
        attempts: int = 0,
    ) -> None:
        # With a job id, waiting again is free; without one nothing was accepted, so submitting again is too.
        super().__init__(message, job_id=job_id, retry_after=retry_after, retryable=True, attempts=attempts)
        self.last_job = last_job
        self.phases = dict(phases or {})
        self.observations = dict(observations or {})
        self.resume_command = resume_command


class WaitCancelledError(MiragicError):
    """The caller's stop event was set; the job, if there is one, goes on at the server."""


# No Error in its name: it is a KeyboardInterrupt, which `except Exception` must not catch.
class Interrupted(KeyboardInterrupt):
    """Ctrl-C during a call, with what was known by then. `except KeyboardInterrupt` catches it too.

    Attributes:
        job_ids: The jobs that exist and may be waited for later; empty if none is known.
        resume_commands: The command that goes on waiting, for each of them.
        submission_unknown: True if an upload had been handed over whole but its answer was not in yet.
    """

    def __init__(
        self,
        message: str = "interrupted",
        *,
        job_ids: tuple[str, ...] = (),
        resume_commands: tuple[str, ...] = (),
        submission_unknown: bool = False,
    ) -> None:
        super().__init__(harmless_line(message))
        self.job_ids = job_ids
        self.resume_commands = resume_commands
        self.submission_unknown = submission_unknown
