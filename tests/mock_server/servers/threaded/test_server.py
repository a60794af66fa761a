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
    """With all seats taken a connection is not refused; it is served when one is free."""
    with serving(hello, limits=Limits(connections=1)) as address, socket.create_connection(address) as first:
        get(first)
        assert first.recv(1024).startswith(b"HTTP/1.1 200")
        with socket.create_connection(address, timeout=PATIENCE_S) as second:
            get(second)
            second.setblocking(False)
            with pytest.raises(BlockingIOError):
                second.recv(1)
            second.settimeout(PATIENCE_S)
            first.close()
            assert second.recv(1024).startswith(b"HTTP/1.1 200")


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
