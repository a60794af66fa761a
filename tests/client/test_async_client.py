"""The asynchronous client on real sockets and in real tasks; its verdicts are those of the vectors."""

from __future__ import annotations

import asyncio
import builtins
import io
import threading
from contextlib import aclosing

import httpx
import pytest
from miragic_stt import (
    APIConnectionError,
    AsyncClient,
    JobAccepted,
    JobObserved,
    MiragicError,
    RedirectError,
    Retries,
    SubmissionUnknownError,
    UploadProgress,
    UsageError,
)

CREATED = {"success": True, "data": {"jobId": "job-1", "status": "PENDING"}}
DONE = {"success": True, "data": {"id": "job-1", "status": "COMPLETED", "transcription": "hello"}}
ONCE = Retries(attempts=1)


def test_a_transcription_takes_one_connection(wire, wav):
    """Submission and looks share it, and the length is announced, not chunked."""

    def handler(connection):
        for document in (CREATED, DONE):
            connection.read_request()
            connection.answer(200, document)

    server = wire(handler)
    events = []

    async def run():
        async with AsyncClient("the-key", server.url) as client:
            return await client.transcribe(("talk.wav", wav), on_progress=events.append)

    assert asyncio.run(run()).text == "hello"
    assert server.connections == 1
    assert all("X-API-Key: the-key" in head for head in server.heads)
    assert "Content-Length:" in server.heads[0]
    assert "Transfer-Encoding" not in server.heads[0]
    assert [type(event) for event in events] == [*[UploadProgress] * 3, JobAccepted, JobObserved]


def test_an_upload_broken_halfway_is_repeated_and_one_lost_at_its_end_is_not(wire):
    """The rule for the paid request rests on the body, whatever library sends it."""
    sound = b"RIFF\x24\x08\x00\x00WAVE" + bytes(8 << 20)

    def break_off(connection):
        connection.read_body(connection.read_head(), at_most=100_000)
        connection.reset()

    def swallow(connection):
        connection.read_request()
        connection.reset()

    server = wire(break_off, swallow)

    async def run():
        async with AsyncClient("key", server.url, retries=Retries(first_s=0.001)) as client:
            await client.submit(sound)

    with pytest.raises(SubmissionUnknownError):
        asyncio.run(run())
    assert server.connections == 2


def test_the_key_does_not_follow_a_redirect(wire):
    """The other host hears nothing."""

    def welcome(connection):
        connection.read_request()
        connection.answer(200, DONE)

    other = wire(welcome)

    def handler(connection):
        connection.read_request()
        connection.answer(302, body=b"", headers=f"Location: {other.url}/\r\n")

    async def run(url):
        async with AsyncClient("key", url) as client:
            await client.get("job-1")

    with pytest.raises(RedirectError):
        asyncio.run(run(wire(handler).url))
    assert other.connections == 0


@pytest.mark.parametrize(
    "start", [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n{"]
)
def test_a_dripping_answer_ends_with_the_deadline(wire, start):
    """In the head or in the body: the whole exchange is limited."""

    def drip(connection):
        connection.read_request()
        connection.send(start)
        connection.drip(b"x", times=300, pause_s=0.01)

    async def run(url):
        async with AsyncClient("key", url) as client:
            await client.get("job-1", timeout_s=0.1)

    server = wire(drip)
    with pytest.raises(MiragicError):
        asyncio.run(run(server.url))
    assert not server.outlasted.is_set()


def test_cancelling_a_task_cancels_the_wait_and_leaves_the_id(stage, wav):
    """A cancellation stays one; an event brought the job id before, and a note on it repeats the id."""

    async def run():
        waiting = asyncio.Event()

        async def sleep(seconds):
            waiting.set()
            await asyncio.Event().wait()

        client = stage.async_client(stage.created(), stage.pending())
        client._driver._sleep = sleep
        events = []
        task = asyncio.create_task(client.transcribe(wav, on_progress=events.append))
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        return events, caught.value

    events, error = asyncio.run(run())
    assert [event.job.id for event in events if isinstance(event, JobAccepted)] == ["job-1"]
    assert "job-1" in "".join(error.__notes__)


def test_every_status_is_seen(stage):
    """The iterator gives each look, up to the finished job."""

    async def run():
        client = stage.async_client(stage.pending(progress=5), stage.job("FAILED"))
        return [job.status async for job in client.iter_status("job-1")]

    assert asyncio.run(run()) == ["PENDING", "FAILED"]


def test_an_iteration_can_be_left_early(stage):
    """Leaving it ends the conversation: no further request is sent."""

    async def run():
        client = stage.async_client(stage.pending(), stage.pending())
        async with aclosing(client.iter_status("job-1")) as jobs:
            async for job in jobs:
                return job

    assert asyncio.run(run()).status == "PENDING"
    assert len(stage.seen) == 1


def test_an_http_client_of_the_callers_is_not_closed(stage):
    """The caller closes it; a client of our own is closed."""

    async def run():
        async with stage.async_client(stage.pending()) as client:
            await client.get("job-1")
        assert not stage.adapter.closed
        ours = AsyncClient("key")
        await ours.close()
        return ours._driver._transport._http.is_closed

    assert asyncio.run(run())


HTTPX_ERRORS = [
    error
    for error in vars(httpx).values()
    if isinstance(error, type)
    and issubclass(error, httpx.HTTPError | httpx.InvalidURL | httpx.StreamError)
    and not issubclass(error, httpx.HTTPStatusError)
]


@pytest.mark.parametrize("error", HTTPX_ERRORS, ids=lambda error: error.__name__)
def test_no_exception_of_httpx_comes_through(stage, error):
    """Catching MiragicError catches everything that the network can do."""
    try:
        raised = error("no")
    except TypeError:
        raised = error()

    async def run():
        await stage.async_client(stage.broken(raised), retries=ONCE).get("job-1")

    with pytest.raises(APIConnectionError):
        asyncio.run(run())


def test_without_httpx_the_message_names_the_extra(monkeypatch):
    """The base install does not need it."""
    original = builtins.__import__

    def without_httpx(name, globals=None, locals=None, fromlist=(), level=0):
        if name == "httpx" or name.startswith("_transports.httpx"):
            raise ImportError("No module named 'httpx'")
        return original(name, globals, locals, fromlist, level)

    monkeypatch.setattr(builtins, "__import__", without_httpx)
    with pytest.raises(UsageError, match=r"miragic-stt-toolkit\[async\]"):
        AsyncClient("key")


def test_the_disk_is_not_read_in_the_event_loop(stage, wav):
    """A slow disk must not hold up everything else that the loop does."""
    readers = set()

    class Recording(io.BytesIO):
        def read(self, size=-1):
            readers.add(threading.current_thread())
            return super().read(size)

    async def run():
        await stage.async_client(stage.created()).submit(Recording(wav))

    asyncio.run(run())
    assert readers
    assert threading.main_thread() not in readers


def test_callbacks_run_in_the_event_loop(stage, wav):
    """They may touch what belongs to the loop."""
    loops = []

    async def run():
        client = stage.async_client(stage.created(), stage.completed())
        await client.transcribe(wav, on_progress=lambda _: loops.append(asyncio.get_running_loop()))

    asyncio.run(run())
    assert len(loops) == 5


def test_an_error_of_a_callback_tells_the_job(stage, wav):
    """It stays what it is, and carries the id of what was paid for, as in the synchronous client."""

    def callback(event):
        if isinstance(event, JobObserved):
            raise ZeroDivisionError

    client = stage.async_client(stage.created(), stage.pending())
    with pytest.raises(ZeroDivisionError) as caught:
        asyncio.run(client.transcribe(wav, on_progress=callback))
    assert "job-1 goes on" in caught.value.__notes__[0]
