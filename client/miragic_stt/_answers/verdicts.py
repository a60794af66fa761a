"""Decides what an outcome means: a job, or an error that says whether repeating the request is safe.

Looking at a job is free, so it is judged leniently. A submission costs money: it is never called repeatable
unless the server cannot have accepted it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypedDict

from .._api import PENDING
from .._errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    InsufficientCreditsError,
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
)
from .._job import HttpAnswer, Job
from .._secrets import redact
from .answer import Answer, Outcome, TransportFailure
from .bounds import shortened
from .documents import as_name, as_text, read_job

_BODY_KEPT_CHARS: Final = 2000
_BODY_QUOTED_CHARS: Final = 200

_BY_STATUS: Final[Mapping[int, type[APIStatusError]]] = {
    400: BadRequestError,
    401: AuthenticationError,
    402: InsufficientCreditsError,
    403: PermissionDeniedError,
    404: NotFoundError,
    410: NotFoundError,
    413: PayloadTooLargeError,
    415: UnsupportedMediaTypeError,
    422: UnprocessableEntityError,
    429: RateLimitError,
}
# The code in the envelope says more than the status: it comes on answers of any status.
_BY_CODE: Final[Mapping[str, type[APIStatusError]]] = {
    "INVALID_API_KEY": AuthenticationError,
    "INSUFFICIENT_CREDITS": InsufficientCreditsError,
}
_PASSING_STATUSES: Final = frozenset({408, 425, 429})
# A gateway that lost its server cannot say whether that had taken the upload (RFC 9110, 15.6.3 and 15.6.5).
_GATEWAY_STATUSES: Final = frozenset({502, 504})
# An interim answer says nothing of the outcome (RFC 9110, 15.2), but libraries take it for the final one:
# Python's http.client does so with 103.
_FINAL_FROM: Final = 200


def judge_status(outcome: Outcome, *, job_id: str) -> Job | MiragicError:
    """Return the job that a look at it shows, or an error; its `retryable` says whether to look again."""
    if isinstance(outcome, TransportFailure):
        return _unreachable(outcome, f"job {job_id} could not be read", job_id=job_id)
    job = _job_in(outcome, {"id": job_id})
    if job is not None and job.id == job_id:
        return job
    facts = _facts(outcome, job_id=job_id)
    if refusal := _refusal(outcome, facts):
        refusal.retryable = _may_pass(outcome.status_code)
        return refusal
    came = f"one of job {job.id}" if job else _quoted(outcome)
    return MalformedResponseError(
        f"expected the document of job {job_id}, got {came}", retryable=True, **facts
    )


def judge_submission(outcome: Outcome, *, sent_all: bool) -> Job | MiragicError:
    """Return the job that a submission made, or an error; it is `retryable` if repeating cannot pay twice.

    Args:
        outcome: What came back.
        sent_all: Whether the last byte of the upload was handed over. Before that, no server that follows
            the protocol can have accepted the job.
    """
    if isinstance(outcome, TransportFailure):
        if not sent_all:
            return _unreachable(outcome, "the audio could not be uploaded", job_id=None)
        return _unknown(f"the answer to it was lost ({outcome.kind}: {redact(outcome.reason)})", None)
    job = _job_in(outcome, {"status": PENDING})
    if job is not None:
        return job
    facts = _facts(outcome, job_id=None)
    if sent_all and outcome.status_code in _GATEWAY_STATUSES:
        return _unknown(f"a gateway answered {outcome.status_code}", facts)
    if sent_all and outcome.status_code < _FINAL_FROM:
        return _unknown(f"only the interim answer {outcome.status_code} came", facts)
    if refusal := _refusal(outcome, facts):
        # A server that counts requests refuses before it works. After a 5xx the job may exist all the same.
        refusal.retryable = outcome.status_code == 429
        return refusal
    return _unknown(f"the answer {outcome.status_code} names no job: {_quoted(outcome)}", facts)


class _Facts(TypedDict):
    """The facts of an answer that every error about it carries."""

    job_id: str | None
    status_code: int
    body: str
    headers: Mapping[str, str]
    request_id: str | None
    retry_after: float | None


def _facts(answer: Answer, *, job_id: str | None) -> _Facts:
    return {
        "job_id": job_id,
        "status_code": answer.status_code,
        "body": redact(answer.text)[:_BODY_KEPT_CHARS],
        "headers": {name: redact(value) for name, value in answer.headers.items()},
        "request_id": answer.request_id,
        "retry_after": answer.retry_after_s,
    }


def _job_in(answer: Answer, defaults: Mapping[str, str]) -> Job | None:
    document = answer.document
    if document is None or not answer.is_success:
        return None
    if document.get("success") is False:
        # Some services refuse with a 200. Such a document is a job only if it needs no default to be one.
        defaults = {}
    http = HttpAnswer(answer.status_code, answer.headers, answer.request_id, answer.retry_after_s)
    return read_job(document, defaults=defaults, http=http)


def _refusal(answer: Answer, facts: _Facts) -> APIStatusError | None:
    """Return the error that the answer states, by its status or by `success: false`; None without one."""
    document = answer.document or {}
    if answer.is_success and document.get("success") is not False:
        return None
    envelope = document.get("error")
    fields = envelope if isinstance(envelope, dict) else {}
    code = as_name(fields.get("code"))
    said = as_text(fields.get("message")) or as_text(envelope) or as_text(document.get("message"))
    status = f"{answer.status_code} {code}" if code else str(answer.status_code)
    message = f"the server refused ({status}): {shortened(redact(said)) if said else _quoted(answer)}"
    return _error_class(answer.status_code, code)(message, error_code=code, **facts)


def _may_pass(status_code: int) -> bool:
    return status_code in _PASSING_STATUSES or status_code >= 500 or status_code < _FINAL_FROM


def _error_class(status_code: int, code: str | None) -> type[APIStatusError]:
    if code is not None and code in _BY_CODE:
        return _BY_CODE[code]
    if 300 <= status_code < 400:
        return RedirectError
    return _BY_STATUS.get(status_code, ServerError if status_code >= 500 else APIStatusError)


def _unreachable(failure: TransportFailure, what: str, *, job_id: str | None) -> APIConnectionError:
    error = APITimeoutError if failure.kind == "timeout" else APIConnectionError
    return error(f"{what}: {failure.kind}: {redact(failure.reason)}", job_id=job_id, retryable=True)


def _unknown(what: str, facts: _Facts | None) -> SubmissionUnknownError:
    message = (
        f"the upload was sent whole, but {what}. The job may exist and may have been charged; "
        "it was not submitted again. Look at the account before you repeat the call"
    )
    return SubmissionUnknownError(message, **facts) if facts else SubmissionUnknownError(message)


def _quoted(answer: Answer) -> str:
    text = " ".join(redact(answer.text)[:_BODY_KEPT_CHARS].split())
    shown = text[:_BODY_QUOTED_CHARS] + ("..." if len(text) > _BODY_QUOTED_CHARS else "")
    problem = f" (cut off: {answer.problem})" if answer.problem else ""
    return f"{shown!r}{problem}" if shown else f"an empty body{problem}"
