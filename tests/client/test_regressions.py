"""Nineteen mishaps that other clients shipped, each by its number in our list, and a few of our own."""

from __future__ import annotations

import copy
import io
import pickle
import time

import pytest
import requests
from miragic_stt import (
    APIConnectionError,
    AudioError,
    Interrupted,
    JobFailedError,
    MalformedResponseError,
    MiragicError,
    RateLimitError,
    RedirectError,
    Retries,
    ServerError,
    SubmissionUnknownError,
)


def test_01_a_gateway_error_between_looks_is_survived(stage):
    """502, then COMPLETED."""
    assert stage.client(stage.refused(502), stage.completed()).wait("job-1").text == "hello"


@pytest.mark.parametrize(
    ("value", "pause"),
    [
        ("3", 3),
        ("Wed, 05 Nov 2025 12:00:07 GMT", 7),
        ("-1", 0.5),
        ("nan", 0.5),
        ("garbage", 0.5),
        ("99999", None),
    ],
)
def test_02_retry_after_is_obeyed_ignored_or_too_long(stage, value, pause):
    """Seconds and dates are obeyed, nonsense is ignored, more than the ceiling is raised with the number."""
    headers = {"Retry-After": value, "Date": "Wed, 05 Nov 2025 12:00:00 GMT"}
    client = stage.client(stage.refused(429, headers=headers), stage.completed())
    if pause is None:
        with pytest.raises(RateLimitError) as caught:
            client.wait("job-1")
        assert (caught.value.retry_after, stage.slept) == (99999, [])
    else:
        client.wait("job-1")
        assert stage.slept == [pause]


def test_03_a_result_on_the_look_that_crosses_the_deadline_is_kept(stage):
    """The look began in time; its answer is worth having."""
    client = stage.client(stage.pending(), stage.completed("late", takes_s=30))
    assert client.wait("job-1", timeout_s=5).text == "late"


def test_04_a_reset_is_repeated_before_the_last_byte_and_not_after(stage, wav):
    """Only the first is certain to have cost nothing."""
    assert stage.client(stage.broken(body_bytes=100), stage.created()).submit(wav).id == "job-1"
    with pytest.raises(SubmissionUnknownError):
        stage.client(stage.broken(body_bytes=None)).submit(wav)
    assert len(stage.seen) == 1


def test_05_a_lost_answer_is_said_to_be_unknown(stage, wav):
    """The job landed, its 200 did not."""
    with pytest.raises(SubmissionUnknownError, match="not submitted again") as caught:
        stage.client(stage.broken(requests.ReadTimeout("read timed out"))).transcribe(wav)
    assert not caught.value.retryable


def test_06_a_stream_that_is_used_up_is_not_sent_empty(stage, wav):
    """After 429 there is nothing left to send: the refusal is raised, and no empty file follows."""

    class Stream(io.RawIOBase):
        def __init__(self):
            self._data = io.BytesIO(wav)

        def readable(self):
            return True

        def read(self, size=-1):
            return self._data.read(size)

        def __len__(self):
            return len(wav)

    with pytest.raises(RateLimitError):
        stage.client(stage.refused(429), stage.created()).submit(Stream())
    assert len(stage.seen) == 1


def test_07_an_unknown_status_is_waited_through(stage):
    """Neither an error nor an end."""
    assert stage.client(stage.job("TRANSMOGRIFYING"), stage.completed()).wait("job-1").text == "hello"


@pytest.mark.parametrize("reason", ["no speech found", None])
def test_08_a_failed_job_is_raised_with_and_without_reason(stage, reason):
    """`wait` raises; `get` returns."""
    failed = stage.job("FAILED", errorMessage=reason)
    with pytest.raises(JobFailedError, match=reason or "no reason") as caught:
        stage.client(failed).wait("job-1")
    assert caught.value.reason == reason
    assert stage.client(failed).get("job-1").error_message == reason


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        pytest.param({"status": 502, "body": b"<html>Bad Gateway</html>"}, ServerError, id="HTML 502"),
        pytest.param({"status": 200, "body": b""}, MalformedResponseError, id="empty body"),
        pytest.param({"status": 200, "body": b'{"success": tr'}, MalformedResponseError, id="truncated JSON"),
        pytest.param({"status": 200, "document": {"success": False}}, MiragicError, id="success false"),
    ],
)
def test_09_answers_that_are_none_are_typed_and_quoted(stage, reply, error):
    """Each ends as an error that shows what came."""
    client = stage.client(stage.reply(**reply), retries=Retries(attempts=1))
    with pytest.raises(error) as caught:
        client.get("job-1")
    assert caught.value.status_code == reply["status"]
    assert caught.value.body is not None


def test_10_ctrl_c_during_a_pause_keeps_the_id(stage, wav):
    """It is still a KeyboardInterrupt, and it knows the job and the command that goes on."""

    def interrupted_sleep(seconds):
        raise KeyboardInterrupt

    client = stage.client(stage.created(), stage.pending())
    client._driver.sleep = interrupted_sleep
    with pytest.raises(KeyboardInterrupt) as caught:
        client.transcribe(wav)
    assert isinstance(caught.value, Interrupted)
    assert caught.value.job_ids == ("job-1",)
    assert caught.value.resume_commands == (f"miragic-stt wait job-1 --base-url {stage.base}",)


@pytest.mark.parametrize(("handed_over", "unknown"), [(100, False), (None, True)])
def test_10_ctrl_c_during_the_upload_says_whether_a_job_may_exist(stage, wav, handed_over, unknown):
    """Before the last byte there is none; after it, nobody knows."""
    client = stage.client(stage.broken(KeyboardInterrupt(), body_bytes=handed_over))
    with pytest.raises(KeyboardInterrupt) as caught:
        client.submit(wav)
    assert isinstance(caught.value, Interrupted)
    assert (caught.value.job_ids, caught.value.submission_unknown) == ((), unknown)


def test_11_errors_pickle_and_copy(stage):
    """One from the middle of a call, with its cause left behind and all its facts kept."""
    client = stage.client(*[stage.refused(503, headers={"X-Request-Id": "r-1"})] * 5)
    with pytest.raises(ServerError) as caught:
        client.wait("job-1")
    for twin in (pickle.loads(pickle.dumps(caught.value)), copy.copy(caught.value)):
        assert (str(twin), vars(twin)) == (str(caught.value), vars(caught.value))
    assert (caught.value.request_id, caught.value.attempts, caught.value.job_id) == ("r-1", 5, "job-1")


def test_12_the_key_is_in_no_text(stage, wav, caplog):
    """Not even when the server repeats it."""
    caplog.set_level(0)
    client = stage.client(stage.refused(401, message=f"bad key {stage.key}", headers={"X-Key": stage.key}))
    with pytest.raises(MiragicError) as caught:
        client.transcribe(wav)
    error = caught.value
    assert stage.key not in f"{error} {error!r} {vars(error)} {client!r} {caplog.text}"
    assert "bad key ***" in str(error)


@pytest.mark.parametrize("name", [None, "Ünïcödé 文.wav", 'quo"te.wav', "line\r\nbreak.wav"])
def test_13_audio_without_a_name_or_with_an_odd_one_is_sent(stage, wav, name):
    """A header is still one line, and the audio is whole."""
    source = io.BytesIO(wav) if name is None else (name, wav)
    stage.client(stage.created()).submit(source)
    body = stage.seen[0].body
    head = body[: body.index(wav)].split(b"\r\n")
    assert len([line for line in head if line.startswith(b"Content-Disposition")]) == 3
    assert wav in body


@pytest.mark.parametrize("source", [b"", io.StringIO("text")])
def test_14_empty_and_text_mode_audio_is_refused_before_it_costs(stage, source):
    """No request is made."""
    with pytest.raises(AudioError):
        stage.client().transcribe(source)
    assert stage.seen == []


def test_15_a_redirect_to_another_host_is_not_followed(stage):
    """One request, and a typed error; the key stays home (on sockets: test_transport)."""
    client = stage.client(stage.reply(307, body=b"", headers={"Location": "https://elsewhere.test/"}))
    with pytest.raises(RedirectError):
        client.get("job-1")
    assert len(stage.seen) == 1


def test_16_the_wall_clock_may_jump(stage, monkeypatch):
    """Deadlines and pauses are measured on a clock that only goes forward."""
    jumps = iter([5e9, 0.0, 4e9, 1.0, 3e9, 2.0] * 10)
    monkeypatch.setattr(time, "time", lambda: next(jumps))
    client = stage.client(stage.pending(), stage.pending(), stage.completed())
    assert client.wait("job-1", timeout_s=10).text == "hello"
    assert stage.slept == [1, 1.5]


@pytest.mark.parametrize("attempts", [1, 2, 3, 5, 8])
def test_17_as_many_requests_are_made_as_attempts_are_configured(stage, wav, attempts):
    """Counted at the server, for reading and for submitting."""
    retries = Retries(attempts=attempts)
    with pytest.raises(ServerError) as caught:
        stage.client(*[stage.refused(500)] * 9, retries=retries).get("job-1")
    assert len(stage.seen) == caught.value.attempts == attempts
    with pytest.raises(APIConnectionError):
        stage.client(*[stage.broken(body_bytes=0)] * 9, retries=retries).submit(wav)
    assert len(stage.seen) == attempts


def test_18_an_error_gives_its_connection_back(wire):
    """Ten refusals, one connection (all kinds of errors: test_transport)."""

    def handler(connection):
        while connection.read_head():
            connection.answer(404, {"success": False, "error": {"code": "NOT_FOUND", "message": "no"}})

    from miragic_stt import Client

    server = wire(handler)
    with Client("key", server.url) as client:
        for _ in range(10):
            with pytest.raises(MiragicError):
                client.get("job-1")
    assert server.connections == 1


def test_19_a_foreign_session_is_not_closed(stage):
    """Closing the client leaves it open."""
    with stage.client(stage.pending()) as client:
        client.get("job-1")
    assert not stage.adapter.closed
