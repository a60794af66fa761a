"""What a server does unasked: it is there for this machine alone, and what it reads is bounded."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

HEADS = {
    "many headers": "GET / HTTP/1.1\r\nHost: x\r\n" + "".join(f"X-{n}: b\r\n" for n in range(2_000)) + "\r\n",
    "a head without end": "GET / HTTP/1.1\r\nHost: x\r\nX-A: " + "b" * 2_000_000,
    "a path without end": "GET /" + "b" * 2_000_000,
}


@pytest.fixture(scope="module", params=["granian", "threads"])
def url(request: pytest.FixtureRequest, serve: Callable[..., Any]) -> Iterator[str]:
    """A mock with no options but which server it is."""
    with serve("--server", request.param) as served:
        yield served.url


def test_it_listens_to_this_machine_alone(url: str) -> None:
    """The address is the loopback one; a server on all addresses would answer at another of those, too."""
    assert urlsplit(url).hostname == "127.0.0.1"
    if sys.platform == "linux":
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", urlsplit(url).port), timeout=10)


@pytest.mark.parametrize("headers", [{"Host": "rebound.example"}, {"Origin": "https://evil.example"}])
def test_it_is_not_steered_from_elsewhere(url: str, headers: dict[str, str]) -> None:
    """A name that was rebound to this machine, or a page from elsewhere, changes nothing."""
    answer = requests.put(f"{url}/_mock/plan", json={"plan": "done=never"}, headers=headers, timeout=10)
    assert answer.status_code == 403
    assert requests.get(f"{url}/_mock/plan", timeout=10).json() == {"plan": ""}


@pytest.mark.parametrize("head", HEADS)
def test_heads_are_bounded(url: str, head: str) -> None:
    """Too much of a head is refused, or the connection ends; and others are answered."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as client:
        with contextlib.suppress(OSError):
            client.sendall(HEADS[head].encode())
        try:
            answer = client.recv(64)
        except ConnectionError:
            answer = b""
        assert answer == b"" or answer.split()[1] in (b"400", b"414", b"431")
    assert requests.get(f"{url}/_mock/health", timeout=10).status_code == 200
