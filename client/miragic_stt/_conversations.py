"""What a call says to the server, in which order: submit, look, wait. No I/O here: drivers do that."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from ._answers.bounds import shortened
from ._answers.verdicts import judge_status, judge_submission
from ._api import COMPLETED
from ._call import Call
from ._errors import JobFailedError, MalformedResponseError, NotFoundError, UsageError
from ._job import Job, Transcript
from ._progress import JobAccepted, JobObserved
from ._protocol import Conversation, OnRead
from ._submission import Submission
from ._uploads.audio import AudioSource, open_audio
from ._uploads.multipart import MultipartBody

_log = logging.getLogger("miragic_stt")
# A library is quiet until the program sets logging up; without a handler, warnings would go to stderr.
_log.addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A recording to submit, and how.

    Attributes:
        on_read: Called with the bytes handed over so far and those in all; may raise to break the upload off.
    """

    source: AudioSource
    submission: Submission
    on_read: OnRead | None = None


def submit(call: Call, upload: Upload) -> Conversation[Job]:
    """Upload the recording and return the job that this made. Yields `JobAccepted` once."""
    upload.submission.check()
    call.enter("upload")
    audio = yield from call.perform(
        lambda: open_audio(upload.source, audio_format=upload.submission.audio_format)
    )
    try:
        call.check_stop()
        body = MultipartBody(audio, upload.submission.form(audio_format=audio.format))
        job = yield from call.exchange(
            call.settings.submit_url,
            lambda outcome: judge_submission(outcome, sent_all=body.handed_over),
            body=body,
            on_read=upload.on_read,
        )
    finally:
        audio.close()
    call.job_id, call.last_job = job.id, job
    _log.info("job %s accepted: %d bytes of %s", call.settings.shown(job.id), audio.size_bytes, audio.format)
    yield from call.tell(JobAccepted(job))
    return job


def look(call: Call, job_id: str) -> Conversation[Job]:
    """Return the job as it is now, whatever its status."""
    call.job_id = job_id
    job = yield from call.exchange(
        call.settings.status_url(job_id),
        lambda outcome: judge_status(outcome, job_id=job_id),
    )
    call.last_job = job
    return job


def observe(call: Call, job_id: str) -> Conversation[Job]:
    """Return the job once it is finished. Yields `JobObserved` after each look."""
    call.enter("waiting")
    polling, began, warned = call.settings.polling, call.now, False
    for looks in itertools.count(1):
        asked_s: float | None = None
        try:
            job = yield from look(call, job_id)
        except NotFoundError:
            # A service that copies its data may not know a new job everywhere at once.
            if call.now - began >= polling.missing_grace_s:
                raise
        else:
            yield from call.tell(JobObserved(job, looks, call.elapsed_s))
            if job.is_terminal:
                return job
            if not job.status.is_known and not warned:
                warned = True
                shown = call.settings.shown
                _log.warning("job %s has the unknown status %s; waiting on", shown(job_id), shown(job.status))
            asked_s = _poll_hint(call, job)
        yield from call.sleep(call.pause(polling.pause_s(looks, call.settings.random()), asked_s=asked_s))
    raise AssertionError("count() does not end")


def wait(call: Call, job_id: str) -> Conversation[Transcript]:
    """Return the text of the job, once it is finished."""
    return transcript_of((yield from observe(call, job_id)))


def transcribe(call: Call, upload: Upload) -> Conversation[Transcript]:
    """Submit, then wait, unless the answer to the submission brings the text already."""
    job = yield from submit(call, upload)
    return transcript_of(job if job.is_terminal else (yield from observe(call, job.id)))


def checked_job_id(job_id: str) -> str:
    """Return the id without white space around it.

    Raises:
        UsageError: Nothing is left, or it is no text.
    """
    if not isinstance(job_id, str):
        raise UsageError(f"a job id is a text, not {job_id!r}")
    if not job_id.strip():
        raise UsageError("the job id is empty")
    return job_id.strip()


def transcript_of(job: Job) -> Transcript:
    """Return the text of a finished job.

    Raises:
        JobFailedError: The job ended FAILED.
        MalformedResponseError: The job is COMPLETED but holds no text.
    """
    if job.status != COMPLETED:
        raise JobFailedError(
            f"job {job.id} failed: {shortened(job.error_message or 'the server gave no reason')}", job=job
        )
    text = job.transcription if job.transcription is not None else _text_in_metadata(job)
    if text is None:
        raise MalformedResponseError(
            f"job {job.id} is COMPLETED, but its document holds no transcription", job_id=job.id
        )
    return Transcript(text, job)


def _text_in_metadata(job: Job) -> str | None:
    # The vendor's example repeats the text in the metadata. It was paid for, so take it where it is.
    inner = (job.metadata or {}).get("apiResponse")
    text = inner.get("transcription") if isinstance(inner, Mapping) else None
    return text if isinstance(text, str) else None


def _poll_hint(call: Call, job: Job) -> float | None:
    """Return the seconds that the server asked to wait before the next look, or None."""
    # On a good answer a long wait is capped, not refused as it is after a failure: the job is fine.
    asked_s = job.http.retry_after_s if job.http else None
    return None if asked_s is None else min(asked_s, call.settings.retries.retry_after_ceiling_s)
