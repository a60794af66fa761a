"""Many recordings: order, isolation, bounds, and a second run that does not pay again."""

from __future__ import annotations

import io
import logging
import signal
import threading
from pathlib import Path

import pytest
from miragic_stt import (
    AudioError,
    AuthenticationError,
    Interrupted,
    JobFailedError,
    Outcome,
    UsageError,
    WaitCancelledError,
)

from tests.client.batch.sounds import WAV_HEAD, sounds


def test_outcomes_come_in_the_order_of_the_recordings(many, stage):
    """One failure is one outcome; its neighbours are not touched."""
    script = [
        stage.created(), stage.completed("first"),
        stage.refused(401),
        stage.created(), stage.job("FAILED", errorMessage="no speech"),
        stage.created(), stage.completed("last"),
    ]  # fmt: skip
    sources = [*sounds(1), b"<html>", *sounds(4)[1:]]
    outcomes = many(script, sources, concurrency=1)
    assert [(o.name, o.transcript and o.transcript.text, type(o.error)) for o in outcomes] == [
        ("0.wav", "first", type(None)),
        (None, None, AudioError),
        ("1.wav", None, AuthenticationError),
        ("2.wav", None, JobFailedError),
        ("3.wav", "last", type(None)),
    ]
    assert [o.job_id for o in outcomes] == ["job-1", None, None, "job-1", "job-1"]


def test_an_outcome_unwraps_to_what_it_is(many, stage):
    """The transcript, or the error raised."""
    good, bad = many([stage.created(), stage.completed("hi"), stage.refused(401)], sounds(2), concurrency=1)
    assert good.unwrap().text == "hi"
    with pytest.raises(AuthenticationError):
        bad.unwrap()


def test_callbacks_say_which_recording(many, stage):
    """Progress and outcomes come with the position."""
    events, outcomes = [], []
    script = [stage.created(), stage.completed("a"), stage.created(), stage.completed("b")]
    many(
        script,
        sounds(2),
        concurrency=1,
        on_progress=lambda position, event: events.append((position, type(event).__name__)),
        on_outcome=lambda position, outcome: outcomes.append((position, outcome.transcript.text)),
    )
    assert events == [
        (n, name) for n in (0, 1) for name in [*["UploadProgress"] * 3, "JobAccepted", "JobObserved"]
    ]
    assert outcomes == [(0, "a"), (1, "b")]


@pytest.mark.parametrize("concurrency", [0, -1])
def test_concurrency_must_be_possible(many, concurrency):
    """Nothing would ever be done."""
    with pytest.raises(UsageError, match="1 or more"):
        many([], sounds(1), concurrency=concurrency)


@pytest.mark.parametrize("one", ["talk.mp3", b"RIFF", Path("talk.mp3"), io.BytesIO(WAV_HEAD)])
def test_one_recording_is_no_batch(many, one):
    """A text is a sequence of letters, each of which could name a file, and a stream one of lines."""
    with pytest.raises(UsageError, match="takes a list of recordings"):
        many([], one)


@pytest.mark.parametrize("with_journal", [False, True])
def test_a_stream_that_cannot_be_read_costs_no_other_recording(many, stage, tmp_path, with_journal):
    """It is an outcome of its own; the job of its neighbour is not lost."""
    closed = io.BytesIO(WAV_HEAD)
    closed.close()
    options = {"journal": tmp_path / "journal"} if with_journal else {}
    outcomes = many([stage.created(), stage.completed()], [closed, *sounds(1)], concurrency=1, **options)
    assert [type(outcome.error) for outcome in outcomes] == [AudioError, type(None)]
    assert outcomes[1].unwrap().text == "hello"


def test_no_recordings_are_no_outcomes(many):
    """An empty batch is done."""
    assert many([], []) == []


def test_concurrency_is_bounded_and_used(wire):
    """Four at once means four: never more, and not one after the other."""
    gate = threading.Barrier(4, timeout=20)
    lock = threading.Lock()
    under_way, most = [0], [0]

    def handler(connection):
        while head := connection.read_head():
            connection.read_body(head)
            if head.startswith(b"POST"):
                with lock:
                    under_way[0] += 1
                    most[0] = max(most[0], under_way[0])
                gate.wait()
                connection.answer(201, {"data": {"jobId": "job-1"}})
            else:
                with lock:
                    under_way[0] -= 1
                connection.answer(200, {"data": {"id": "job-1", "status": "COMPLETED", "transcription": "x"}})

    from miragic_stt import Client

    with Client("key", wire(handler).url) as client:
        outcomes = client.transcribe_many(sounds(8), concurrency=4)
    assert [o.transcript.text for o in outcomes] == ["x"] * 8
    assert most == [4]


def test_a_stop_signal_ends_all_waits(stage):
    """Recordings under way say which job they leave behind; the rest is not begun."""
    stop = threading.Event()
    client = stage.client(stage.created(), stage.pending())

    def on_progress(position, event):
        if type(event).__name__ == "JobObserved":
            stop.set()

    outcomes = client.transcribe_many(sounds(3), concurrency=1, stop=stop, on_progress=on_progress)
    assert [(type(o.error), o.job_id) for o in outcomes] == [
        (WaitCancelledError, "job-1"),
        (WaitCancelledError, None),
        (WaitCancelledError, None),
    ]


def test_ctrl_c_ends_a_batch_with_all_its_job_ids(wire):
    """Every job that was begun can be waited for later."""
    from miragic_stt import Client

    numbers = iter(range(10))
    begun = threading.Semaphore(0)

    def handler(connection):
        while head := connection.read_head():
            connection.read_body(head)
            if head.startswith(b"POST"):
                connection.answer(201, {"data": {"jobId": f"job-{next(numbers)}"}})
            else:
                job = head.split(b" ")[1].rsplit(b"/", 1)[1].decode()
                connection.answer(200, {"data": {"id": job, "status": "PENDING"}})
                begun.release()

    def press():
        for _ in range(2):
            begun.acquire(timeout=20)
        signal.raise_signal(signal.SIGINT)

    ctrl_c = threading.Thread(target=press)
    with Client("key", wire(handler).url) as client:
        ctrl_c.start()
        with pytest.raises(Interrupted) as caught:
            client.transcribe_many(sounds(2), concurrency=2)
        ctrl_c.join()
    assert sorted(caught.value.job_ids) == ["job-0", "job-1"]
    assert sorted(caught.value.resume_commands)[0].startswith("miragic-stt wait job-0 --base-url")


def test_an_impatient_ctrl_c_loses_no_job_id(wire, monkeypatch):
    """The requests under way end first: the second one is heard, and changes nothing."""
    from miragic_stt import Client, JobObserved
    from miragic_stt.batch.threads import Halt

    numbers = iter(range(2))
    both, halted, heard = threading.Barrier(2), threading.Event(), threading.Event()

    def handler(connection):
        while head := connection.read_head():
            connection.read_body(head)
            if head.startswith(b"POST"):
                connection.answer(201, {"data": {"jobId": f"job-{next(numbers)}"}})
            else:
                connection.answer(200, {"status": "PENDING"})

    class Ear(logging.Handler):
        def emit(self, record):
            heard.set()

    def on_progress(position, event):
        if isinstance(event, JobObserved):
            both.wait(20)
            if position == 0:
                signal.raise_signal(signal.SIGINT)
                assert halted.wait(20)
                signal.raise_signal(signal.SIGINT)
            assert heard.wait(20)

    ear, halt = Ear(logging.WARNING), Halt.set
    monkeypatch.setattr(Halt, "set", lambda self: (halt(self), halted.set()))
    logging.getLogger("miragic_stt").addHandler(ear)
    try:
        with Client("key", wire(handler).url) as client, pytest.raises(Interrupted) as caught:
            client.transcribe_many(sounds(2), concurrency=2, on_progress=on_progress)
    finally:
        logging.getLogger("miragic_stt").removeHandler(ear)
    assert sorted(caught.value.job_ids) == ["job-0", "job-1"]


def test_a_callback_that_fails_loses_no_job_id(many, stage):
    """The disk may be full where outcomes are written: a note names the jobs that were paid for."""

    def on_outcome(position, outcome):
        raise OSError("full")

    script = [stage.created(), stage.completed()]
    with pytest.raises((OSError, ExceptionGroup)) as caught:
        many(script, [*sounds(1), b"<html>"], concurrency=1, on_outcome=on_outcome)
    assert caught.value.__notes__ == ["jobs of this batch: job-1"]


def test_an_outcome_without_anything_says_so():
    """It cannot come from a batch, and unwrapping it fails."""
    with pytest.raises(AssertionError):
        Outcome(name=None).unwrap()
