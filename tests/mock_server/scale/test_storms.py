"""A good client beside connections that only hold places: silent, with half a head or half an upload."""

from __future__ import annotations

import contextlib
import http.client
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

POLL = "/api/v1/speech-to-text/jobs/none"
UPLOAD = (
    b"POST /api/v1/speech-to-text/generate HTTP/1.1\r\nHost: x\r\nX-API-Key: evil\r\n"
    b"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 99999\r\n\r\n--b\r\n"
)
STORM = {b"": 150, b"GET / HT": 150, UPLOAD: 300}
# More than either server has places for in this test.
PLACES = 200


@pytest.fixture(scope="module", params=["granian", "threads"])
def url(request: pytest.FixtureRequest, serve: Callable[..., Any]) -> Iterator[str]:
    """Each server; that with threads has fewer places than there are connections."""
    options = ["--max-connections", str(PLACES)] if request.param == "threads" else []
    with serve("--server", request.param, *options) as served:
        yield served.url


@contextlib.contextmanager
def storm(url: str) -> Iterator[list[socket.socket]]:
    parts = urlsplit(url)
    with contextlib.ExitStack() as stack:
        clients = []
        for start, number in STORM.items():
            for _ in range(number):
                client = socket.create_connection((parts.hostname, parts.port), timeout=30)
                stack.enter_context(client)
                client.sendall(start)
                clients.append(client)
        yield clients


def asked(url: str, drip: Callable[[], None], n: int = 100) -> list[float]:
    """Seconds that each of `n` polls took, each on a connection of its own."""
    parts, took = urlsplit(url), []
    for _ in range(n):
        drip()
        began = time.perf_counter()
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        connection.request("GET", POLL, headers={"X-API-Key": "good"})
        assert connection.getresponse().status == 404
        connection.close()
        took.append(time.perf_counter() - began)
    return sorted(took)


def test_a_good_client_is_served_in_a_storm(url: str) -> None:
    """Every poll is answered, in at most some times of what it takes when nobody else is there."""
    calm = asked(url, lambda: None)
    with storm(url) as clients:

        def drip() -> None:
            for client in clients[::10]:
                with contextlib.suppress(OSError):
                    client.sendall(b"x")

        stormy = asked(url, drip)
    # A head that is never whole would be waited for 30 s. The middle is compared, since machines are shared.
    assert stormy[50] < max(50 * calm[50], 0.1)
    assert stormy[-1] < 10


def test_granian_closes_a_head_that_does_not_come(serve: Callable[..., Any]) -> None:
    """Silent, half a head and idle: each is closed after --head-timeout."""
    with serve("--head-timeout", "300ms") as served:
        parts = urlsplit(served.url)
        whole = f"GET {POLL} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        for start in (b"", b"GET / HT", whole):
            with socket.create_connection((parts.hostname, parts.port), timeout=30) as client:
                client.sendall(start)
                with contextlib.suppress(ConnectionError):
                    while client.recv(65_536):
                        pass
