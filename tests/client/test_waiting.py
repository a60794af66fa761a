"""How a call waits: its schedule, its deadline, its receipt."""

from __future__ import annotations

import logging

import pytest
from miragic_stt import JobFailedError, JobObserved, NotFoundError, Polling, WaitTimeoutError


def test_a_transcription_is_submitted_once_and_looked_at_in_growing_pauses(stage, wav):
    """The first look comes at once, then after 1 s, 1.5 s, 2.25 s."""
    client = stage.client(
        stage.created(), stage.pending(), stage.pending(), stage.pending(), stage.completed("hello world")
    )
    transcript = client.transcribe(wav)
    assert (transcript.text, transcript.job.id) == ("hello world", "job-1")
    assert stage.requests == [("POST", 0), ("GET", 0), ("GET", 1), ("GET", 2.5), ("GET", 4.75)]


def test_pauses_stop_growing_at_the_cap(stage):
    """A long wait settles at one look per 15 s."""
    client = stage.client(*[stage.pending()] * 20, stage.completed())
    client.wait("job-1")
    assert stage.slept[:7] == [1, 1.5, 2.25, 3.375, 5.0625, 7.59375, 11.390625]
    assert set(stage.slept[7:]) == {15}


@pytest.mark.parametrize(("chance", "pause"), [(0.0, 0.8), (0.5, 1.0), (0.999999, 1.2)])
def test_a_pause_varies_by_a_fifth_in_both_directions(stage, chance, pause):
    """Jitter keeps clients that started together from asking together."""
    client = stage.client(stage.pending(), stage.completed(), random=lambda: chance)
    client.wait("job-1")
    assert stage.slept == [pytest.approx(pause, abs=1e-5)]


def test_a_wait_of_thirty_minutes_is_scheduled_exactly(stage):
    """The whole schedule of half an hour is known without waiting for any of it."""
    looks = 7 + 120
    client = stage.client(*[stage.pending()] * looks, stage.completed(), timeout_s=None)
    client.wait("job-1")
    assert len(stage.seen) == looks + 1
    assert stage.world.elapsed == pytest.approx(sum(1.5**n for n in range(7)) + 120 * 15)


def test_a_polling_policy_of_ones_own_is_followed(stage):
    """First pause, factor and cap are the caller's to choose."""
    polling = Polling(first_s=2, factor=2, cap_s=5, jitter=0)
    client = stage.client(*[stage.pending()] * 4, stage.completed(), polling=polling)
    client.wait("job-1")
    assert stage.slept == [2, 4, 5, 5]


def test_the_wait_ends_by_its_deadline_with_a_last_look_and_a_receipt(stage):
    """The receipt names job, last state, time per phase, every answer, and the command that goes on."""
    client = stage.client(*[stage.pending(progress=40)] * 10)
    with pytest.raises(WaitTimeoutError) as caught:
        client.wait("job-1", timeout_s=10)
    error = caught.value
    assert stage.requests == [("GET", 0), ("GET", 1), ("GET", 2.5), ("GET", 4.75), ("GET", 8.125), ("GET", 9)]
    assert isinstance(error, TimeoutError)
    assert (error.job_id, error.last_job.progress, error.attempts) == ("job-1", 40, 6)
    assert error.phases == {"waiting": 9}
    assert error.observations == {"200 PENDING": 6}
    assert error.resume_command == f"miragic-stt wait job-1 --base-url {stage.base}"
    assert "job-1" in str(error)


def test_a_failed_job_is_raised_with_its_reason_and_its_document(stage):
    """`wait` raises for FAILED; the job is on the error."""
    client = stage.client(stage.job("FAILED", errorMessage="no speech found"))
    with pytest.raises(JobFailedError, match="no speech found") as caught:
        client.wait("job-1")
    assert (caught.value.job_id, caught.value.reason, caught.value.job.status) == (
        "job-1",
        "no speech found",
        "FAILED",
    )


def test_an_unknown_status_is_waited_through_with_one_warning(stage, caplog):
    """A status that the contract does not name is not the end, and is mentioned once."""
    client = stage.client(stage.job("PROCESSING"), stage.job("PROCESSING"), stage.completed())
    with caplog.at_level(logging.WARNING, logger="miragic_stt"):
        assert client.wait("job-1").text == "hello"
    assert [record.getMessage() for record in caplog.records] == [
        "job job-1 has the unknown status PROCESSING; waiting on"
    ]


def test_logging_is_quiet_until_it_is_set_up(stage, wav, caplog):
    """A library does not write to stderr by itself; logging, once set up, shows every answer and no key."""
    logger = logging.getLogger("miragic_stt")
    assert any(isinstance(handler, logging.NullHandler) for handler in logger.handlers)
    with caplog.at_level(logging.DEBUG, logger="miragic_stt"):
        stage.client(stage.created(), stage.refused(502), stage.completed()).transcribe(wav)
    job_url = f"{stage.base}/api/v1/speech-to-text/jobs/job-1"
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.DEBUG] == [
        f"POST {stage.base}/api/v1/speech-to-text/generate: 200 PENDING",
        f"GET {job_url}: 502",
        f"GET {job_url}: 200 COMPLETED",
    ]


def test_every_look_is_reported(stage):
    """Progress events carry the job, the number of looks and the time since the call began."""
    events = []
    stage.client(stage.pending(progress=10), stage.completed()).wait("job-1", on_progress=events.append)
    assert [(type(e), e.looks, e.elapsed_s, e.job.progress) for e in events] == [
        (JobObserved, 1, 0, 10),
        (JobObserved, 2, 1, None),
    ]


@pytest.mark.parametrize("takes_s", [0.5, 3, 20])
def test_the_time_that_a_callback_takes_counts(stage, takes_s):
    """A slow display delays the wait, not its end: it is not slept as if no time had passed."""
    client = stage.client(*[stage.pending()] * 20)
    with pytest.raises(WaitTimeoutError):
        client.wait("job-1", timeout_s=10, on_progress=lambda event: stage.world.sleep(takes_s))
    assert stage.world.elapsed <= max(10, takes_s) + takes_s
    last_look_s = stage.requests[-1][1]
    assert last_look_s <= 10


def test_the_time_that_a_loop_takes_counts(stage):
    """What a loop does between two statuses is time that passed."""
    client = stage.client(*[stage.pending()] * 20)
    statuses = client.iter_status("job-1", timeout_s=10)
    for _ in range(3):
        next(statuses)
        stage.world.sleep(3)
    with pytest.raises(WaitTimeoutError):
        next(statuses)
    assert [at_s for _, at_s in stage.requests] == [0, 4, 8.5]


def test_the_time_that_is_taken_over_a_failure_counts(stage):
    """The wait that the server asked for is not shortened by it."""
    again = stage.refused(503, headers={"Retry-After": "6"})
    client = stage.client(again, stage.completed())
    with pytest.raises(WaitTimeoutError):
        client.wait("job-1", timeout_s=10, on_progress=lambda event: stage.world.sleep(5))
    assert stage.requests == [("GET", 0)]


def test_a_job_id_that_is_no_text_can_be_asked_for(stage):
    """A byte that is no UTF-8, or half a character in a document: the server has the last word."""
    with pytest.raises(NotFoundError):
        stage.client(stage.refused(404)).get("\udcff")
