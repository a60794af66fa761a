"""The synchronous transport on real sockets: what it sends, what it survives, what it never does."""

from __future__ import annotations

import gzip
import io
import itertools

import pytest
import requests
from miragic_stt import (
    APIConnectionError,
    APITimeoutError,
    Client,
    MalformedResponseError,
    MiragicError,
    PayloadTooLargeError,
    RedirectError,
    RequestTimeouts,
    SubmissionUnknownError,
    UploadProgress,
    WaitTimeoutError,
)
from urllib3.response import BaseHTTPResponse, HTTPResponse

from tests.client.transports.handlers import CREATED, DONE, ONCE, QUICK, answers, loud


def test_a_transcription_takes_one_connection(wire, wav):
    """Submission and looks share it, and the request is what the contract says."""
    server = wire(answers(CREATED, DONE))
    with Client("the-key", server.url) as client:
        assert client.transcribe(("talk.wav", wav)).text == "hello"
    assert server.connections == 1
    submission, look = server.heads
    assert submission.startswith("POST /api/v1/speech-to-text/generate HTTP/1.1\r\n")
    assert look.startswith("GET /api/v1/speech-to-text/jobs/job-1 HTTP/1.1\r\n")
    for head in (submission, look):
        assert "X-API-Key: the-key" in head
    assert "Content-Length:" in submission
    assert "Transfer-Encoding" not in submission


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(lambda c: c.answer(404, {"success": False}), id="404"),
        pytest.param(lambda c: c.answer(500, body=b"<html>no</html>"), id="500"),
        pytest.param(lambda c: c.answer(200, body=b""), id="empty"),
        pytest.param(lambda c: c.answer(200, body=b"{"), id="malformed"),
        pytest.param(
            lambda c: c.answer(307, body=b"over there", headers="Location: http://127.0.0.1:1/\r\n"), id="307"
        ),
        pytest.param(lambda c: c.answer(200, {"success": False, "error": {"code": "X"}}), id="refusal"),
    ],
)
def test_an_error_gives_its_connection_back(wire, bad):
    """The next request uses the same one: an error must not cost a socket."""

    def handler(connection):
        connection.read_request()
        bad(connection)
        connection.read_request()
        connection.answer(200, DONE)

    server = wire(handler)
    with Client("key", server.url, retries=ONCE) as client:
        with pytest.raises(MiragicError):
            client.get("job-1")
        assert client.get("job-1").transcription == "hello"
    assert server.connections == 1


def test_the_key_does_not_follow_a_redirect(wire, wav):
    """The other host hears nothing at all: requests would strip Authorization, but hand over X-API-Key."""
    other = wire(answers(DONE))

    def handler(connection):
        while connection.read_head():
            connection.answer(307, body=b"", headers=f"Location: {other.url}/jobs\r\n")

    server = wire(handler)
    with Client("key", server.url) as client, pytest.raises(RedirectError) as caught:
        client.get("job-1")
    assert (caught.value.status_code, caught.value.retryable) == (307, False)
    assert other.connections == 0


def test_an_early_refusal_of_a_large_upload_is_heard(wire):
    """A server that answers 413 before it has read everything is understood."""

    def handler(connection):
        connection.read_head()
        connection.answer(413, {"success": False, "error": {"code": "TOO_LARGE", "message": "64 MB at most"}})
        connection.drain()

    with (
        Client("key", wire(handler).url) as client,
        pytest.raises(PayloadTooLargeError, match="64 MB at most"),
    ):
        client.submit(loud(4 << 20))


def test_an_upload_broken_halfway_is_repeated_whole(wire):
    """The connection broke before the last byte: no job can exist, so the second attempt is safe."""
    bodies = []

    def break_off(connection):
        connection.read_body(connection.read_head(), at_most=100_000)
        connection.reset()

    def accept(connection):
        bodies.append(connection.read_request())
        connection.answer(201, CREATED)

    server = wire(break_off, accept)
    sound = loud(8 << 20)
    with Client("key", server.url, retries=QUICK) as client:
        assert client.submit(io.BytesIO(sound)).id == "job-1"
    assert server.connections == 2
    assert sound in bodies[0]


def test_an_upload_lost_after_its_end_is_not_repeated(wire, wav):
    """The server read all of it and hung up: the job may exist."""

    def handler(connection):
        connection.read_request()
        connection.reset()

    server = wire(handler)
    with Client("key", server.url, retries=QUICK) as client, pytest.raises(SubmissionUnknownError):
        client.submit(wav)
    assert server.connections == 1


def test_a_stalled_upload_is_a_timeout_not_a_connection_error(wire):
    """The library below calls it a broken connection; what happened is that the server stopped reading."""
    server = wire(lambda connection: connection.pause(5))
    timeouts = RequestTimeouts(upload_s=0.1)
    with (
        Client("key", server.url, retries=ONCE, request_timeouts=timeouts) as client,
        pytest.raises(APITimeoutError),
    ):
        client.submit(loud(32 << 20))


def test_an_answer_that_does_not_come_is_a_timeout(wire):
    """A look that is not answered in time can be repeated."""
    server = wire(lambda connection: connection.pause(5))
    timeouts = RequestTimeouts(read_s=0.05)
    client = Client("key", server.url, retries=ONCE, request_timeouts=timeouts)
    with client, pytest.raises(APITimeoutError) as caught:
        client.get("job-1")
    assert (caught.value.retryable, caught.value.job_id) == (True, "job-1")


def test_nobody_listening_is_a_connection_error():
    """Nothing was sent, so trying again is safe."""
    with (
        Client("key", "http://127.0.0.1:1", retries=ONCE) as client,
        pytest.raises(APIConnectionError) as caught,
    ):
        client.get("job-1")
    assert (type(caught.value), caught.value.retryable) == (APIConnectionError, True)
    assert "Connection refused" in caught.value.message
    assert "retries" not in caught.value.message  # the library below has none to speak of


def test_a_dripping_answer_ends_with_the_deadline(wire):
    """Each byte resets the timeout of the library below; the deadline of the call is not reset."""

    def drip(connection):
        connection.read_request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{")
        while not connection.pause(0.01):
            connection.send(b" ")

    with (
        Client("key", wire(drip).url) as client,
        pytest.raises((WaitTimeoutError, MalformedResponseError)) as caught,
    ):
        client.get("job-1", timeout_s=0.1)
    assert caught.value.job_id == "job-1"


def test_an_answer_cut_off_after_its_document_is_still_an_answer(wire, wav):
    """The id of a paid job counts more than a wrong Content-Length."""

    def handler(connection):
        connection.read_request()
        connection.send(b"HTTP/1.1 201 X\r\nContent-Length: 9999\r\n\r\n" + b'{"data": {"jobId": "job-1"}}')

    with Client("key", wire(handler).url) as client:
        assert client.submit(wav).id == "job-1"


def test_a_refusal_whose_body_is_lost_is_still_a_refusal(wire, wav):
    """The status came through: no job was made, and nothing is unknown."""

    def handler(connection):
        connection.read_request()
        connection.send(b"HTTP/1.1 401 X\r\nContent-Length: 9999\r\n\r\n{")
        connection.reset()

    with Client("key", wire(handler).url) as client, pytest.raises(MiragicError) as caught:
        client.submit(wav)
    assert caught.value.status_code == 401


@pytest.mark.parametrize("coding", ["gzip", "chunked"])
def test_codings_are_undone(wire, coding):
    """A proxy may compress or chunk."""
    payload = gzip.compress(b'{"id": "job-1", "status": "PENDING"}') if coding == "gzip" else b""

    def handler(connection):
        connection.read_request()
        if coding == "gzip":
            connection.answer(200, body=payload, headers="Content-Encoding: gzip\r\n")
            return
        head = b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.send(head + b'8\r\n{"id": "\r\n17\r\njob-1", "status": "PEND\r\n5\r\nING"}\r\n0\r\n\r\n')

    with Client("key", wire(handler).url) as client:
        assert client.get("job-1").status == "PENDING"


def test_an_endless_answer_is_cut(stage):
    """No answer takes more than a few megabytes of memory."""
    client = stage.client(stage.reply(200, body=b" " * (10 << 20)), retries=ONCE)
    with pytest.raises(MalformedResponseError, match="more than 8388608 bytes"):
        client.get("job-1")


def test_an_older_library_below_will_do(stage, monkeypatch):
    """Its answers can only be read in full blocks."""
    for response in (HTTPResponse, BaseHTTPResponse):
        monkeypatch.delattr(response, "read1")
    assert stage.client(stage.completed()).wait("job-1").text == "hello"


def test_uploads_go_out_in_blocks_of_one_mebibyte(wire):
    """The library below would hand over 16 KiB at a time, which is four times slower."""
    events = []
    with Client("key", wire(answers(CREATED)).url) as client:
        client.submit(loud(3 << 20), on_progress=events.append)
    sent = [event.sent_bytes for event in events if isinstance(event, UploadProgress)]
    steps = [later - earlier for earlier, later in itertools.pairwise(sent)]
    assert steps[:3] == [1 << 20] * 3
    assert sent[-1] == events[0].total_bytes


REQUESTS_ERRORS = [
    error
    for error in vars(requests.exceptions).values()
    if isinstance(error, type)
    and issubclass(error, Exception)
    and not issubclass(error, Warning)
    and error.__module__.startswith(("requests", "urllib3"))
]


@pytest.mark.parametrize("error", REQUESTS_ERRORS, ids=lambda error: error.__name__)
def test_no_exception_of_requests_comes_through(stage, error):
    """Catching MiragicError catches everything that the network can do."""
    raised = error("no", "{", 0) if "JSONDecodeError" in error.__name__ else error("no")
    client = stage.client(stage.broken(raised), retries=ONCE)
    with pytest.raises(APIConnectionError) as caught:
        client.get("job-1")
    assert caught.value.retryable
