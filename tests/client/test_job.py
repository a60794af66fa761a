"""The job as a value: statuses, times, kept documents, refusals."""

from __future__ import annotations

import copy
import pickle
import time

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


@pytest.mark.parametrize("unit", [" ", "i am ", "i cannot ", "i  ", "a and ", "i can't x or ", "as a "])
def test_the_heuristic_for_refusals_is_linear(unit, monkeypatch):
    """Its bound on characters is lifted here, or nothing could be measured."""
    monkeypatch.setattr("miragic_stt._job._REFUSAL_AT_MOST_CHARS", 10**9)
    job = Job(id="j", status=JobStatus("COMPLETED"))

    def seconds(size):
        took = []
        for _ in range(3):
            began = time.process_time()
            assert not Transcript(unit * (size // len(unit)), job).looks_like_refusal
            took.append(time.process_time() - began)
        return min(took)

    assert seconds(160_000) < 16 * max(seconds(20_000), 0.0005)
