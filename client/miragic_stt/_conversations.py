"""What a call says to the server: submit, look, wait. The order of things, without what does them."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from ._answers.verdicts import judge_status, judge_submission
from ._api import COMPLETED, DEFAULT_QUESTION, FORMAT_FIELD, QUESTION_FIELD
from ._call import Call
from ._errors import JobFailedError, MalformedResponseError, NotFoundError, UsageError
from ._job import Job, Transcript
from ._progress import JobAccepted, JobObserved
from ._protocol import Conversation, OnRead
from ._uploads.audio import AudioSource, open_audio
from ._uploads.multipart import MultipartBody

_log = logging.getLogger("miragic_stt")
# Quiet until the program that uses us sets logging up.
_log.addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """What to submit.

    Attributes:
        audio_format: None takes it from the first bytes.
        on_read: called with the bytes handed over so far and those in all; may raise to break the upload off.
    """

    source: AudioSource
    audio_format: str | None = None
    question: str = DEFAULT_QUESTION
    on_read: OnRead | None = None


def submit(call: Call, upload: Upload) -> Conversation[Job]:
    """The job that the upload made. Yields `JobAccepted` once."""
    if not isinstance(upload.question, str) or not upload.question.strip():
        raise UsageError("the question is empty; leave it out to ask for a plain transcription")
    call.enter("upload")
    audio = yield from call.perform(lambda: open_audio(upload.source, audio_format=upload.audio_format))
    try:
        call.check_stop()
        fields = {QUESTION_FIELD: upload.question, FORMAT_FIELD: audio.format}
        body = MultipartBody(audio, fields)
        job = yield from call.exchange(
            call.settings.submit_url,
            lambda outcome: judge_submission(outcome, sent_all=body.handed_over),
            body=body,
            on_read=upload.on_read,
        )
    finally:
        audio.close()
    call.job_id, call.last_job = job.id, job
    _log.info("job %s accepted: %d bytes of %s", job.id, audio.size_bytes, audio.format)
    yield from call.tell(JobAccepted(job))
    return job


def look(call: Call, job_id: str) -> Conversation[Job]:
    """The job as it is now, whatever its status."""
    call.job_id = job_id
    job = yield from call.exchange(
        call.settings.status_url(job_id),
        lambda outcome: judge_status(outcome, job_id=job_id),
    )
    call.last_job = job
    return job


def observe(call: Call, job_id: str) -> Conversation[Job]:
    """The finished job. Yields `JobObserved` after each look."""
    call.enter("waiting")
    polling, began, warned = call.settings.polling, call.now, False
    for looks in itertools.count(1):
        asked_s: float | None = None
        try:
            job = yield from look(call, job_id)
        except NotFoundError:
            if call.now - began >= polling.missing_grace_s:
                raise
        else:
            yield from call.tell(JobObserved(job, looks, call.elapsed_s))
            if job.is_terminal:
                return job
            if not job.status.is_known and not warned:
                warned = True
                _log.warning("job %s has the unknown status %s; waiting on", job_id, job.status)
            asked_s = _poll_hint(call, job)
        yield from call.sleep(call.pause(polling.pause_s(looks, call.settings.random()), asked_s=asked_s))
    raise AssertionError("count() does not end")


def wait(call: Call, job_id: str) -> Conversation[Transcript]:
    """The text of the job, once it is finished."""
    return transcript_of((yield from observe(call, job_id)))


def transcribe(call: Call, upload: Upload) -> Conversation[Transcript]:
    """The text of the audio: submit, then wait, unless the answer to the submission brings it already."""
    job = yield from submit(call, upload)
    return transcript_of(job if job.is_terminal else (yield from observe(call, job.id)))


def checked_job_id(job_id: str) -> str:
    """The id without white space around it.

    Raises:
        UsageError: nothing is left, or it is no text.
    """
    if not isinstance(job_id, str):
        raise UsageError(f"a job id is a text, not {job_id!r}")
    if not job_id.strip():
        raise UsageError("the job id is empty")
    return job_id.strip()


def transcript_of(job: Job) -> Transcript:
    """The text of a finished job.

    Raises:
        JobFailedError: it ended FAILED.
        MalformedResponseError: it is COMPLETED but holds no text.
    """
    if job.status != COMPLETED:
        raise JobFailedError(
            f"job {job.id} failed: {job.error_message or 'the server gave no reason'}", job=job
        )
    text = job.transcription if job.transcription is not None else _text_in_metadata(job)
    if text is None:
        raise MalformedResponseError(
            f"job {job.id} is COMPLETED, but its document holds no transcription", job_id=job.id
        )
    return Transcript(text, job)


def _text_in_metadata(job: Job) -> str | None:
    # The vendor's example repeats the text there: better found there than lost after it was paid for.
    inner = (job.metadata or {}).get("apiResponse")
    text = inner.get("transcription") if isinstance(inner, Mapping) else None
    return text if isinstance(text, str) else None


def _poll_hint(call: Call, job: Job) -> float | None:
    """Seconds the server asked to wait before the next look; on a good answer capped, not refused."""
    asked_s = job.http.retry_after_s if job.http else None
    return None if asked_s is None else min(asked_s, call.settings.retries.retry_after_ceiling_s)
