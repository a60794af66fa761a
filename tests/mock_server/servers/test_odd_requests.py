"""Malformed and odd requests, sent to both servers: neither makes a job of them that it should not."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from miragic_mock import Mock, connect

from ..scale.conftest import serving
from .odd_requests import ANSWERED, FORM, LENGTH, MADE, NOTHING, ODD, REFUSED, SAME_ROUTE, Odd, poll, submit

# Enough for a slow machine, and more than the 2 s for which a connection lingers.
PATIENCE_S = 20


@pytest.fixture(scope="module", params=["threads", "granian"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Mock, Path]]:
    """Each server in turn, as a process: its name, a mock in hand, and what it writes to standard error."""
    log = tmp_path_factory.mktemp("odd") / "stderr.txt"
    with serving("--server", request.param, log=log) as served, connect(served.url) as mock:
        yield request.param, mock, log


@contextlib.contextmanager
def connected(url: str) -> Iterator[socket.socket]:
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE_S) as client:
        yield client


def _half_close(client: socket.socket) -> None:
    with contextlib.suppress(OSError):  # who was refused may find the connection closed
        client.shutdown(socket.SHUT_WR)


def sent(client: socket.socket, data: bytes, *, half_closes: bool = False) -> None:
    with contextlib.suppress(OSError):  # who is refused early may not get rid of the rest
        client.sendall(data)
        if half_closes:
            _half_close(client)


def received(client: socket.socket) -> bytes:
    """All that comes until the server closes."""
    data = b""
    with contextlib.suppress(ConnectionError):
        while piece := client.recv(65_536):
            data += piece
    return data


def statuses(answer: bytes) -> list[int]:
    """The statuses of the final answers in a stream; no body of ours looks like a status line."""
    found = [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answer)]
    return [status for status in found if status >= 200]


@pytest.mark.parametrize("name", ODD)
def test_an_odd_request_has_one_meaning(server: tuple[str, Mock, Path], name: str) -> None:
    """It is answered or refused as its class wants; what follows it is not taken for a request then."""
    server_name, whole, log = server
    odd: Odd = ODD[name]
    outcome = (server_name == "granian" and odd.by_granian) or odd.outcome
    mock = whole.tenant()
    next_one = b"" if odd.half_closes else poll(more="Connection: close\r\n")
    with connected(whole.url) as client:
        data = (odd.sent + next_one).replace(b"{key}", str(mock.api_key).encode())
        sent(client, data, half_closes=odd.half_closes)
        if outcome in (ANSWERED, MADE):
            _half_close(client)
        found = statuses(received(client))
    assert all(status < 500 or status == 505 for status in found), found
    if outcome == REFUSED:
        assert len(found) == 1, found
        assert 400 <= found[0] < 500 or found[0] == 505, found
    elif outcome == NOTHING:
        assert all(400 <= status < 500 for status in found), found
    else:
        assert found[0] == 201 if outcome == MADE else 200 <= found[0] < 500, found
        assert len(found) <= 2
    assert mock.ledger()["jobs_created"] == (outcome == MADE)
    assert "Traceback" not in log.read_text(errors="replace")
    mock.end()


def test_both_servers_find_the_same_at_odd_paths(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """A submission to an odd spelling of its path is found by both servers, or by neither."""
    log = tmp_path_factory.mktemp("paths") / "stderr.txt"
    found: dict[str, list[Any]] = {target: [] for target in SAME_ROUTE}
    for name in ("threads", "granian"):
        with serving("--server", name, log=log) as served:
            for target in SAME_ROUTE:
                with connected(served.url) as client:
                    head = submit(f"{LENGTH}Connection: close\r\n").replace(b"{key}", b"k")
                    sent(client, head.replace(b"/api/v1/speech-to-text/generate", target.encode(), 1))
                    found[target] += statuses(received(client))
    assert all(len(set(pair)) == 1 and len(pair) == 2 for pair in found.values()), found
    assert found["//api/v1/speech-to-text/generate"] == [404, 404]


def test_pipelined_requests_are_answered_in_order(server: tuple[str, Mock, Path]) -> None:
    """Requests that are sent together are answered one after the other."""
    _, whole, _ = server
    mock = whole.tenant()
    with connected(whole.url) as client:
        three = submit(LENGTH) + poll() + poll(more="Connection: close, TE\r\n")
        sent(client, three.replace(b"{key}", str(mock.api_key).encode()))
        assert statuses(received(client)) == [201, 404, 404]
    mock.end()


def test_a_name_with_an_underscore_is_no_other_name(server: tuple[str, Mock, Path]) -> None:
    """`X_API_Key` is no key where names are seen as they came; behind Granian, see SECURITY.md."""
    name, whole, _ = server
    with connected(whole.url) as client:
        head = poll(more="Connection: close\r\n").replace(b"X-API-Key", b"X_API_Key")
        sent(client, head.replace(b"{key}", b"k"))
        assert statuses(received(client)) == [401 if name == "threads" else 404]


BIG = 50 * 1024 * 1024
REFUSALS = {
    "no key": ("", "multipart/form-data; boundary=b", BIG, 401),
    "another type": ("X-API-Key: k\r\n", "text/plain", BIG, 415),
    "no boundary": ("X-API-Key: k\r\n", "multipart/form-data", BIG, 400),
    "too large": ("X-API-Key: k\r\n", "multipart/form-data; boundary=b", 500 * 1024 * 1024, 413),
}


@pytest.mark.parametrize("expect", ["", "Expect: 100-continue\r\n"], ids=["", "expecting"])
@pytest.mark.parametrize("refusal", REFUSALS)
def test_what_is_refused_anyway_is_not_read(
    server: tuple[str, Mock, Path], refusal: str, expect: str
) -> None:
    """The refusal comes before a byte of the body is sent; nobody is asked to send it."""
    _, whole, _ = server
    key, kind, size, status = REFUSALS[refusal]
    head = f"POST /api/v1/speech-to-text/generate HTTP/1.1\r\nHost: localhost\r\n{key}{expect}"
    with connected(whole.url) as client:
        sent(client, f"{head}Content-Type: {kind}\r\nContent-Length: {size}\r\n\r\n".encode())
        assert client.recv(65_536).split()[1] == str(status).encode()


def test_a_client_that_still_sends_reads_its_refusal(server: tuple[str, Mock, Path]) -> None:
    """A body that was on its way is read up to a bound, so that the refusal is not lost."""
    _, whole, _ = server
    with connected(whole.url) as client:
        head = submit(f"Content-Length: {len(FORM) + 300_000}\r\n", FORM + bytes(300_000))
        sent(client, head.replace(b"X-API-Key: {key}\r\n", b""))
        _half_close(client)
        assert statuses(received(client)) == [401]
