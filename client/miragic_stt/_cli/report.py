"""What the command line says of a result or an error: a JSON document, lines for a reader, an exit code."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Final

from .._errors import (
    ApiKeyError,
    AuthenticationError,
    InsufficientCreditsError,
    Interrupted,
    JobFailedError,
    JournalError,
    MiragicError,
    PermissionDeniedError,
    SubmissionUnknownError,
    UsageError,
    WaitTimeoutError,
)
from .._job import Job, Transcript
from ..batch.outcome import Outcome


class ExitCode(enum.IntEnum):
    """How the command ended. Of several recordings, the highest code is the command's."""

    DONE = 0
    JOB_FAILED = 1
    USAGE = 2
    KEY_OR_CREDITS = 3
    WAIT_TIMEOUT = 4
    SERVER_OR_NETWORK = 5
    SUBMISSION_UNKNOWN = 6
    INTERRUPTED = 130


# The first class that fits decides; a subclass stands before its base.
_CODES: Final[tuple[tuple[type[BaseException], ExitCode], ...]] = (
    (JobFailedError, ExitCode.JOB_FAILED),
    (ApiKeyError, ExitCode.KEY_OR_CREDITS),
    (UsageError, ExitCode.USAGE),
    (JournalError, ExitCode.USAGE),
    (AuthenticationError, ExitCode.KEY_OR_CREDITS),
    (InsufficientCreditsError, ExitCode.KEY_OR_CREDITS),
    (PermissionDeniedError, ExitCode.KEY_OR_CREDITS),
    (WaitTimeoutError, ExitCode.WAIT_TIMEOUT),
    (SubmissionUnknownError, ExitCode.SUBMISSION_UNKNOWN),
    (Interrupted, ExitCode.INTERRUPTED),
)


def exit_code(error: BaseException | None) -> ExitCode:
    """Return the exit code of an error; DONE for None, SERVER_OR_NETWORK for errors without a code."""
    if error is None:
        return ExitCode.DONE
    return next((code for kind, code in _CODES if isinstance(error, kind)), ExitCode.SERVER_OR_NETWORK)


def worst_exit_code(outcomes: Iterable[Outcome]) -> ExitCode:
    """Return the highest exit code among the outcomes; DONE if there are none."""
    return max((exit_code(outcome.error) for outcome in outcomes), default=ExitCode.DONE)


def job_document(job: Job) -> dict[str, object]:
    """Return the job for `--json`: the fields a script asks for, and the server's own document in `raw`."""
    return {
        "job_id": job.id,
        "status": str(job.status),
        "progress": job.progress,
        "transcription": job.transcription,
        "error_message": job.error_message,
        "credits_used": job.credits_used,
        "raw": dict(job.raw),
    }


def transcript_document(transcript: Transcript) -> dict[str, object]:
    """Return the transcript for `--json`: its job, and whether it looks like a refusal."""
    return {
        **job_document(transcript.job),
        "transcription": transcript.text,
        "looks_like_refusal": transcript.looks_like_refusal,
        "error": None,
    }


def failure_document(error: MiragicError | Interrupted) -> dict[str, object]:
    """Return the error for `--json`, with the job as far as the error knows it."""
    job = _job_of(error)
    ids = error.job_ids if isinstance(error, Interrupted) else (error.job_id,)
    unseen = {"job_id": ids[0] if len(ids) == 1 else None, "status": None, "transcription": None}
    return {**(unseen if job is None else job_document(job)), "error": error_document(error)}


def _job_of(error: MiragicError | Interrupted) -> Job | None:
    if isinstance(error, JobFailedError):
        return error.job
    return error.last_job if isinstance(error, WaitTimeoutError) else None


def error_document(error: MiragicError | Interrupted) -> dict[str, object]:
    """Return the error for `--json`: what a script needs to decide what to do next."""
    document: dict[str, object] = {"type": type(error).__name__, "exit_code": int(exit_code(error))}
    if isinstance(error, Interrupted):
        return document | {
            "message": str(error),
            "job_ids": list(error.job_ids),
            "resume_commands": list(error.resume_commands),
            "submission_unknown": error.submission_unknown,
        }
    receipt = error if isinstance(error, WaitTimeoutError) else None
    return document | {
        "message": error.message,
        "status_code": error.status_code,
        "error_code": error.error_code,
        "request_id": error.request_id,
        "retry_after": error.retry_after,
        "retryable": error.retryable,
        "attempts": error.attempts,
        "resume_command": receipt.resume_command if receipt else None,
        "observations": receipt.observations if receipt else None,
        "phases_s": receipt.phases if receipt else None,
    }


def outcome_document(name: str, outcome: Outcome) -> dict[str, object]:
    """Return one recording of `transcribe` for `--json`, under the name that the user typed."""
    if outcome.transcript is not None:
        return {"file": name, **transcript_document(outcome.transcript)}
    assert outcome.error is not None
    return {"file": name, **failure_document(outcome.error)}


def error_lines(error: MiragicError | Interrupted) -> list[str]:
    """Return the error for a reader, and the commands that go on from there."""
    if isinstance(error, Interrupted):
        return [str(error), *(f"resume with: {command}" for command in error.resume_commands)]
    resume = error.resume_command if isinstance(error, WaitTimeoutError) else None
    return [str(error), *([f"resume with: {resume}"] if resume else [])]
