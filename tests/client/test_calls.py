"""One call: how it is stopped, iterated, limited in time, and what it refuses."""

from __future__ import annotations

import threading

import pytest
from miragic_stt import (
    WaitCancelledError,
    WaitTimeoutError,
)


def test_a_stop_signal_ends_a_wait_and_keeps_the_id(stage):
    """From another thread, without an exception in that one."""
    stop = threading.Event()
    client = stage.client(stage.pending())
    with pytest.raises(WaitCancelledError) as caught:
        client.wait("job-1", stop=stop, on_progress=lambda event: stop.set())
    assert caught.value.job_id == "job-1"


def test_a_stop_signal_breaks_an_upload_off_before_its_end(stage, wav):
    """No job is made; with the last byte gone it is too late, and the answer is waited for."""
    stop = threading.Event()
    stop.set()
    with pytest.raises(WaitCancelledError):
        stage.client().submit(wav, stop=stop)
    stop.clear()
    client = stage.client(stage.created())
    with pytest.raises(WaitCancelledError, match="no job was created"):
        client.submit(wav, stop=stop, on_progress=lambda event: stop.set())
    stop.clear()

    def at_the_end(event):
        if getattr(event, "sent_bytes", 0) == getattr(event, "total_bytes", 1):
            stop.set()

    assert stage.client(stage.created()).submit(wav, stop=stop, on_progress=at_the_end).id == "job-1"


def test_a_result_that_is_there_wins_over_a_stop(stage):
    """What was waited for has come."""
    stop = threading.Event()
    client = stage.client(stage.completed())
    assert client.wait("job-1", stop=stop, on_progress=lambda event: stop.set()).text == "hello"


def test_an_error_of_a_callback_is_the_callers(stage, wav):
    """It comes through as it is, and says which job it left behind."""

    def callback(event):
        if type(event).__name__ == "JobObserved":
            raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine") as caught:
        stage.client(stage.created(), stage.pending()).transcribe(wav, on_progress=callback)
    assert "job-1" in "".join(caught.value.__notes__)


def test_the_statuses_of_a_job_can_be_iterated(stage):
    """Every look, to the finished job; FAILED is a status here, not an error."""
    client = stage.client(stage.pending(progress=1), stage.pending(progress=50), stage.job("FAILED"))
    assert [(job.status, job.progress) for job in client.iter_status("job-1")] == [
        ("PENDING", 1),
        ("PENDING", 50),
        ("FAILED", None),
    ]


def test_an_iteration_has_the_deadline_too(stage):
    """It cannot go on for ever either."""
    client = stage.client(*[stage.pending()] * 9)
    with pytest.raises(WaitTimeoutError):
        list(client.iter_status("job-1", timeout_s=5))


def test_a_request_never_gets_more_time_than_is_left(stage, wav):
    """Its timeouts are cut to the deadline of the call."""
    client = stage.client(stage.created(takes_s=8), stage.pending(), stage.pending())
    with pytest.raises(WaitTimeoutError):
        client.transcribe(wav, timeout_s=9.5)
    assert [seen.timeout for seen in stage.seen[:2]] == [(9.5, 9.5), (1.5, 1.5)]
    assert stage.seen[2].timeout == pytest.approx((0.95, 0.95))
    client = stage.client(stage.pending())
    client.get("job-1")
    assert stage.seen[0].timeout == (10, 30)


def test_an_upload_ends_with_the_deadline_between_two_blocks(stage, wav):
    """Each block may be in time for itself: the deadline is for all of them."""
    client = stage.client(stage.created())
    with pytest.raises(WaitTimeoutError) as caught:
        client.submit(wav, timeout_s=8, on_progress=lambda event: stage.world.sleep(5))
    assert (caught.value.job_id, caught.value.observations) == (None, {"timeout": 1})


@pytest.mark.parametrize("question", ["", "  ", None])
def test_an_empty_question_is_refused(stage, wav, question):
    """The service's own default is what leaving it out gives."""
    with pytest.raises(ValueError, match="question is empty"):
        stage.client().transcribe(wav, question=question)


@pytest.mark.parametrize("call", ["get", "wait"])
def test_an_empty_job_id_is_refused(stage, call):
    """It would ask for the list of all jobs, or worse."""
    with pytest.raises(ValueError, match="job id is empty"):
        getattr(stage.client(), call)(" ")


def test_a_job_id_stays_one_segment_of_the_path(stage):
    """Whatever is in it."""
    client = stage.client(stage.reply(200, {"data": {"status": "PENDING"}}))
    client.get("../../keys?x=1#y")
    assert stage.seen[0].path == "/api/v1/speech-to-text/jobs/..%2F..%2Fkeys%3Fx%3D1%23y"
