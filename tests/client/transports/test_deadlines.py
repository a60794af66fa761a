"""No server holds a call beyond its deadline: sockets that drip, flood, stall and hang, and both clients."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from types import SimpleNamespace

import pytest
import requests
import trustme
from miragic_stt import (
    APITimeoutError,
    AsyncClient,
    Client,
    DeadlineAdapter,
    MiragicError,
    RequestTimeouts,
    Retries,
    SubmissionUnknownError,
    WaitTimeoutError,
)

DONE = {"success": True, "data": {"id": "job-1", "status": "COMPLETED", "transcription": "hello"}}
CREATED = {"success": True, "data": {"jobId": "job-1", "status": "PENDING"}}
TIMEOUT_S = 0.3
ENDLESS_S = 3.0  # how long the server goes on
SOUND = b"RIFF\x24\x08\x00\x00WAVE" + bytes(16 << 20)


def dripping(text, *, then=b"x", pause_s=0.02):
    """A handler that reads the request, sends the text, then byte after byte while the client is there."""

    def handler(connection):
        connection.read_request()
        connection.send(text)
        connection.drip(then, times=round(ENDLESS_S / pause_s), pause_s=pause_s)

    return handler


DRIPS = [
    pytest.param(dripping(b"", then=b"H"), id="status line"),
    pytest.param(dripping(b"HTTP/1.1 200 OK\r\nX-Slow: ", then=b"a"), id="one header"),
    pytest.param(dripping(b"HTTP/1.1 200 OK\r\n", then=b"X-Slow: a\r\n", pause_s=0.1), id="headers"),
    pytest.param(dripping(b"", then=b"HTTP/1.1 100 Continue\r\n\r\n", pause_s=0.001), id="flood of 100"),
    pytest.param(dripping(b"", then=b"HTTP/1.1 103 Early Hints\r\n\r\n", pause_s=0.001), id="flood of 103"),
    pytest.param(dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n{", then=b" "), id="body"),
    pytest.param(
        dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x=", then=b"a"),
        id="size of a chunk",
    ),
    pytest.param(
        dripping(b"HTTP/1.1 307 X\r\nLocation: /there\r\nContent-Length: 99999\r\n\r\n"),
        id="body of a redirect",
    ),
]


def own_session(url):
    return Client("key", url)


def foreign_session(url):
    session = requests.Session()
    session.mount("http://", DeadlineAdapter())
    return Client("key", url, session=session)


@contextlib.contextmanager
def ends_before(server):
    """The block ends with an error of ours, and before the server does."""
    with pytest.raises(MiragicError) as caught:
        yield caught
    assert not server.outlasted.is_set()


@pytest.mark.parametrize("make", [own_session, foreign_session])
@pytest.mark.parametrize("drip", DRIPS)
def test_an_answer_that_drips_ends_with_the_deadline(wire, drip, make):
    """Wherever in the answer it drips."""
    server = wire(drip)
    with make(server.url) as client, ends_before(server) as caught:
        client.get("job-1", timeout_s=TIMEOUT_S)
    assert caught.value.job_id == "job-1"


@pytest.mark.parametrize("drip", DRIPS)
def test_an_answer_that_drips_ends_with_the_deadline_asynchronously(wire, drip):
    """The asynchronous client likewise."""
    server = wire(drip)

    async def get():
        async with AsyncClient("key", server.url) as client:
            await client.get("job-1", timeout_s=TIMEOUT_S)

    with ends_before(server) as caught:
        asyncio.run(get())
    assert caught.value.job_id == "job-1"


def test_a_submission_whose_answer_drips_is_unknown(wire, wav):
    """All was sent: the job may exist, and is not submitted again."""
    server = wire(dripping(b"HTTP/1.1 201 Cre", then=b"a"))
    with Client("key", server.url) as client, ends_before(server) as caught:
        client.submit(wav, timeout_s=TIMEOUT_S)
    assert isinstance(caught.value, SubmissionUnknownError)
    assert server.connections == 1


def test_interim_answers_are_no_answers(wire, wav):
    """100, 102 and 103 may precede the final one, at will; the connection stays usable."""
    interim = b"".join(b"HTTP/1.1 %d X\r\nLink: </a>\r\n\r\n" % status for status in (103, 100, 102, 103))

    def handler(connection):
        for document in (CREATED, DONE):
            connection.read_request()
            connection.send(interim)
            connection.answer(200, document)

    server = wire(handler)
    with Client("key", server.url) as client:
        assert client.transcribe(wav).text == "hello"
    assert server.connections == 1


@pytest.mark.parametrize("status", [102, 103])
def test_an_interim_answer_that_a_foreign_session_takes_for_the_last_tells_nothing(stage, wav, status):
    """A submission is then unknown, and a look is repeated."""
    with pytest.raises(SubmissionUnknownError, match=f"interim answer {status}"):
        stage.client(stage.reply(status, body=b"")).submit(wav)
    assert stage.client(stage.reply(status, body=b""), stage.completed()).wait("job-1").text == "hello"


@pytest.fixture
def deaf():
    """The port of a host that does not answer to connections: its queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, contextlib.ExitStack() as stack:
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        yield server.getsockname()[1]


def test_a_host_of_many_addresses_gets_no_more_time(deaf, monkeypatch):
    """The library below tries each address for as long as one may take: all of them together are limited."""
    waits = []

    class Socket(socket.socket):
        def settimeout(self, seconds):
            waits.append(seconds)
            super().settimeout(seconds)

    address = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", deaf))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [address] * 20)
    monkeypatch.setattr(socket, "socket", Socket)
    with Client("key", f"http://many.test:{deaf}") as client, pytest.raises(WaitTimeoutError):
        client.get("job-1", timeout_s=TIMEOUT_S)
    assert len(waits) >= 20
    assert sum(waits) <= TIMEOUT_S


def test_a_host_without_an_address_is_a_connection_error(monkeypatch):
    """The name is in the message."""

    def unknown(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    client = Client("key", "http://nowhere.test", retries=Retries(attempts=1))
    with client, pytest.raises(MiragicError, match=r"nowhere\.test has no address"):
        client.get("job-1")


@pytest.mark.parametrize("host", ["a..test", "a" * 64 + ".test"])
def test_a_host_that_no_look_up_takes_is_a_connection_error(host):
    """A label of a name has 1 to 63 characters; the system's look-up raises what is no OSError."""
    client = Client("key", f"http://{host}", retries=Retries(attempts=1))
    with client, pytest.raises(MiragicError, match="has no address"):
        client.get("job-1")


def test_a_handshake_that_hangs_ends_with_the_deadline(wire):
    """The server takes the connection, and never speaks TLS."""
    server = wire(lambda connection: connection.hold(ENDLESS_S))
    with Client("key", server.url.replace("http", "https")) as client, ends_before(server):
        client.get("job-1", timeout_s=TIMEOUT_S)


def test_a_proxy_that_drips_ends_with_the_deadline(wire, monkeypatch):
    """Its answer to CONNECT is none of the server's."""
    proxy = wire(dripping(b"HTTP/1.1 200 ", then=b"a"))
    monkeypatch.setenv("https_proxy", proxy.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with Client("key", "https://stt.test") as client, ends_before(proxy):
        client.get("job-1", timeout_s=TIMEOUT_S)
    assert proxy.heads[0].startswith("CONNECT stt.test:443")


@pytest.mark.parametrize("listener", ["deaf_listener", "deaf_tls_listener"])
def test_a_block_gets_no_more_time_than_is_left(request, listener):
    """What counts is the time left now: the clock is set forward after the first block."""
    now = [0.0]

    def forward(event):
        now[0] = 60 - TIMEOUT_S

    server = request.getfixturevalue(listener)
    limits = RequestTimeouts(upload_s=ENDLESS_S)
    with (
        Client("key", server.url, clock=lambda: now[0], request_timeouts=limits) as client,
        ends_before(server),
    ):
        client.submit(SOUND, timeout_s=60, on_progress=forward)


@pytest.fixture
def deaf_listener(wire):
    """A server that makes a connection, and then reads nothing."""
    return wire(lambda connection: connection.hold(ENDLESS_S))


@pytest.fixture
def deaf_tls_listener(tmp_path, monkeypatch):
    """The same, with TLS."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    trusted = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(trusted))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted))
    over, outlasted = threading.Event(), threading.Event()

    def serve():
        raw, _ = listener.accept()
        with contextlib.suppress(OSError), context.wrap_socket(raw, server_side=True):
            if not over.wait(ENDLESS_S):
                outlasted.set()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve)
        server.start()
        yield SimpleNamespace(url=f"https://localhost:{listener.getsockname()[1]}", outlasted=outlasted)
        over.set()
        server.join()


def test_without_a_deadline_the_pauses_still_are_limited(wire):
    """None for the whole call leaves the limit between two pieces."""
    server = wire(lambda connection: connection.pause(ENDLESS_S))
    limits = RequestTimeouts(read_s=0.1)
    with (
        Client(
            "key", server.url, timeout_s=None, retries=Retries(attempts=1), request_timeouts=limits
        ) as client,
        pytest.raises(APITimeoutError),
    ):
        client.get("job-1")


def test_an_adapter_that_serves_others_too_leaves_them_alone(wire):
    """Requests that no client makes have the timeouts that they ask for."""

    def handler(connection):
        connection.read_request()
        connection.pause(0.05)
        connection.answer(200, DONE)

    with requests.Session() as session:
        session.mount("http://", DeadlineAdapter())
        assert session.get(wire(handler).url, timeout=5).json() == DONE
