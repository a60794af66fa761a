"""The job as a value: statuses, times, kept documents, refusals."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from miragic_stt import Job, JobStatus, Transcript
from miragic_stt._answers.documents import read_job

VENDOR_REFUSAL = (
    "The content provided appears to be audio, and I'm unable to transcribe or process voice recordings. "
    "If you have any text-based questions or need assistance, feel free to ask!"
)


@pytest.mark.parametrize(
    ("status", "terminal", "known"),
    [
        ("PENDING", False, True),
        ("completed", True, True),
        (" Failed ", True, True),
        ("PROCESSING", False, False),
        ("", False, False),
    ],
)
def test_a_status_is_open(status, terminal, known):
    """Known or not, a status is kept; only COMPLETED and FAILED end a job."""
    value = JobStatus(status)
    assert (value.is_terminal, value.is_known, value) == (terminal, known, status.strip().upper())


def test_a_job_survives_pickling_and_copying():
    """Jobs cross process borders, status and raw document included."""
    job = read_job({"data": {"id": "j", "status": "PENDING", "createdAt": 1762344258, "new": [1]}})
    assert pickle.loads(pickle.dumps(job)) == copy.deepcopy(job) == job
    assert pickle.loads(pickle.dumps(job)).status.is_known


def test_a_job_cannot_be_changed():
    """A job is what the server said, once."""
    job = read_job({"data": {"id": "j", "status": "PENDING"}})
    with pytest.raises(AttributeError):
        job.status = JobStatus.FAILED


def test_raw_and_extra_keep_what_is_not_known():
    """A field added tomorrow can be used today."""
    job = read_job({"success": True, "data": {"id": "j", "status": "PENDING", "language": "en"}})
    assert (job.raw["language"], job.extra) == ("en", {"language": "en"})


def test_a_document_without_identity_or_status_is_no_job():
    """Guessing one would invent a job."""
    assert read_job({"data": {"status": "PENDING"}}) is None
    assert read_job({"data": {"id": "j"}}) is None
    assert read_job({"data": {"id": True, "status": "PENDING"}}) is None


def test_a_numeric_id_is_read_as_text():
    """Some services count."""
    assert read_job({"id": 7, "status": "PENDING"}).id == "7"


def test_a_time_without_a_zone_is_utc():
    """The service writes UTC; the reader never guesses the local zone."""
    job = read_job({"id": "j", "status": "PENDING", "createdAt": "2025-11-05T12:04:18"})
    assert job.created_at == datetime(2025, 11, 5, 12, 4, 18, tzinfo=UTC)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
FIELDS = [
    "userId", "audioFileName", "audioUrl", "question", "audioFormat", "transcription", "errorMessage",
    "metadata", "creditsUsed", "createdAt", "updatedAt", "progress", "download_signed_url",
]  # fmt: skip


@given(st.fixed_dictionaries({}, optional={name: json_values for name in FIELDS}), st.booleans())
def test_any_document_with_identity_and_status_is_a_job(fields, wrapped):
    """Whatever the other fields hold, the job is read, and its document is kept as it came."""
    document = {**fields, "id": "j", "status": "PENDING"}
    job = read_job({"success": True, "data": document} if wrapped else document)
    assert (job.id, job.status, job.raw) == ("j", "PENDING", document)
    assert job.progress is None or 0 <= job.progress <= 100
    assert job.created_at is None or job.created_at.tzinfo is not None


def transcript(text):
    return Transcript(text, Job(id="j", status=JobStatus.COMPLETED))


@pytest.mark.parametrize(
    "text",
    [
        VENDOR_REFUSAL,
        "I'm sorry, but I can't process audio files directly.",
        "I am not able to listen to recordings.",
        "As an AI language model, I cannot do that.",
        "I cannot access the file you mention.",
        "I don't have the ability to transcribe audio.",
        "I’m unable to hear or analyze audio.",
    ],
)
def test_a_refusal_is_recognised(text):
    """The service reports these as COMPLETED."""
    assert transcript(text).looks_like_refusal


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello and welcome to the show.",
        "I can't believe how far we have come.",
        "She said she was unable to come on Monday.",
        "We process payments on Friday, and I listen to the radio.",
        "And then he told me. " * 15 + "I cannot hear you, he said.",
        "I'm unable to hear you. " + "But we talked on for an hour about many things. " * 20,
    ],
)
def test_speech_is_not_taken_for_a_refusal(text):
    """Words that a refusal shares with speech do not make one, nor does one sentence of a long recording."""
    assert not transcript(text).looks_like_refusal


@given(st.text())
def test_looking_for_a_refusal_never_fails(text):
    """Whatever the text, there is an answer."""
    assert transcript(text).looks_like_refusal in (True, False)


def test_a_transcript_reads_as_its_text():
    """`print(transcript)` prints what was said."""
    assert str(transcript("hello")) == "hello"


def test_a_transcript_is_not_shown_where_jobs_are_listed():
    """The text may be long and private: the representation of a job leaves it out."""
    assert "hello" not in repr(read_job({"id": "j", "status": "COMPLETED", "transcription": "hello"}))
