"""The threaded server with an application that is not ours."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from miragic_mock.domain.limits import Limits
from miragic_mock.servers.addresses import listen
from miragic_mock.servers.threaded.server import ThreadServer
from miragic_mock.servers.tls import self_signed, tls_context

# Less than the 75 s after which an idle connection ends by itself, and enough for a slow machine.
PATIENCE_S = 30

Serving = Callable[..., AbstractContextManager[tuple[str, int]]]


@pytest.fixture
def serving() -> Serving:
    """Serves a WSGI application until the `with` block ends; gives its address."""

    @contextmanager
    def opened(app: Any, **options: Any) -> Iterator[tuple[str, int]]:
        listener = listen("127.0.0.1", 0)
        server = ThreadServer(app, listener, **options)
        server.start()
        try:
            yield listener.getsockname()
        finally:
            server.stop()

    return opened


def hello(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Length", "5")])
    return [b"hello"]


def get(client: socket.socket, version: str = "1.1") -> None:
    client.sendall(f"GET / HTTP/{version}\r\nHost: x\r\n\r\n".encode())


def test_connections_beyond_the_bound_wait(serving: Serving) -> None:
    """With the server at work on all seats a connection is not refused; it is served when one is free."""
    may_go = threading.Event()

    def slow(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        assert may_go.wait(PATIENCE_S)
        return hello(environ, start_response)

    with serving(slow, limits=Limits(connections=1)) as address, contextlib.ExitStack() as stack:
        first, second = (stack.enter_context(connected(address)) for _ in "ab")
        get(first)
        get(second)
        second.setblocking(False)
        with pytest.raises(BlockingIOError):
            second.recv(1)
        may_go.set()
        second.settimeout(PATIENCE_S)
        assert first.recv(1024).startswith(b"HTTP/1.1 200")
        assert second.recv(1024).startswith(b"HTTP/1.1 200")


def test_who_makes_no_progress_makes_room(serving: Serving) -> None:
    """With all seats taken, the connection that has done nothing for longest is closed for the next one."""
    with serving(hello, limits=Limits(connections=2)) as address, contextlib.ExitStack() as stack:
        silent, busy = (stack.enter_context(connected(address)) for _ in "ab")
        get(busy)
        assert busy.recv(1024).startswith(b"HTTP/1.1 200")
        late = stack.enter_context(connected(address))
        get(late)
        assert late.recv(1024).startswith(b"HTTP/1.1 200")
        assert silent.recv(1) == b""
        get(busy)
        assert busy.recv(1024).startswith(b"HTTP/1.1 200")


def connected(address: tuple[str, int]) -> socket.socket:
    return socket.create_connection(address, timeout=PATIENCE_S)


LATE = {
    "an idle connection": (Limits(idle_s=0.2), b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", [200]),
    "nothing": (Limits(head_s=0.2), b"", []),
    "half a head": (Limits(head_s=0.2), b"GET / HTTP/1.1\r\nHo", [408]),
    "half a body": (Limits(body_s=0.2), b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc", [200]),
}


@pytest.mark.parametrize("name", LATE)
def test_who_keeps_the_server_waiting_is_closed(serving: Serving, name: str) -> None:
    """Each wait for a client has an end, and who has begun a request hears of it."""
    limits, sent, statuses = LATE[name]
    seen = []

    def reading(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            environ["wsgi.input"].read()
        except TimeoutError as error:
            seen.append(error)
        return hello(environ, start_response)

    with serving(reading, limits=limits) as address, connected(address) as client:
        client.sendall(sent)
        received = b""
        while piece := client.recv(1024):
            received += piece
        assert [int(line.split()[1]) for line in received.split(b"\r\n") if b"HTTP/1.1" in line] == statuses
    assert len(seen) == (name == "half a body")


def test_dripping_does_not_keep_a_connection(serving: Serving) -> None:
    """The time of a head is for the whole of it, however many bytes come meanwhile."""
    with serving(hello, limits=Limits(head_s=0.3)) as address, connected(address) as client:
        client.settimeout(0.02)
        received = b""
        began = time.monotonic()
        with contextlib.suppress(ConnectionError):
            client.sendall(b"GET / HTTP/1.1\r\nX-A: ")
            while time.monotonic() - began < PATIENCE_S:
                client.sendall(b"b")
                try:
                    received = client.recv(1024)
                except TimeoutError:
                    continue
                break
        assert received == b"" or received.startswith(b"HTTP/1.1 408")
        assert time.monotonic() - began < PATIENCE_S


def test_a_handshake_has_a_limit(serving: Serving) -> None:
    """Who connects and does not speak TLS is closed."""
    with self_signed("127.0.0.1") as made:
        tls = tls_context(*made.files)
        with serving(hello, tls=tls, limits=Limits(handshake_s=0.2)) as address, connected(address) as client:
            assert client.recv(1) == b""


def test_stopping_does_not_wait_for_a_seat(serving: Serving) -> None:
    """A server that is full ends before the connections that fill it would."""
    with contextlib.ExitStack() as stack:
        with serving(hello, limits=Limits(connections=1)) as address:
            for _ in "ab":
                get(stack.enter_context(socket.create_connection(address)))
            began = time.monotonic()
        assert time.monotonic() - began < PATIENCE_S


@pytest.mark.parametrize(("version", "end"), [("1.1", b"0\r\n\r\n"), ("1.0", b"two")])
def test_a_body_of_unknown_length_is_framed(serving: Serving, version: str, end: bytes) -> None:
    """Without a Content-Length the body goes in chunks, or up to the end of the connection; and is closed."""
    closed = threading.Event()

    def pieces() -> Iterator[bytes]:
        try:
            yield from (b"one", b"", b"two")
        finally:
            closed.set()

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [])
        return pieces()

    with serving(app) as address, socket.create_connection(address, timeout=PATIENCE_S) as client:
        get(client, version)
        received = b""
        while not received.endswith(end) and (piece := client.recv(1024)):
            received += piece
        assert (b"3\r\none\r\n3\r\ntwo" in received) is (version == "1.1")
        assert b"one" in received
        assert closed.wait(PATIENCE_S)
