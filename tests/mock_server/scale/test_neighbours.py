"""A slow connection delays no other, at every door that can be slow."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from miragic_mock import ControlError, connect, intercept

SUBMIT, POLL = "/api/v1/speech-to-text/generate", "/api/v1/speech-to-text/jobs/"
SLOW = 100
POLLS = 20


@pytest.fixture(scope="module", params=["granian", "threads"])
def door_and_url(request: pytest.FixtureRequest, serve: Callable[..., Any]) -> Iterator[tuple[str, str]]:
    """The door, and the URL of a mock that is served through it."""
    with serve("--server", request.param) as served:
        yield request.param, served.url


def sent(url: str, request: str, stack: ExitStack) -> socket.socket:
    """A connection on which a request has been sent."""
    parts = urlsplit(url)
    connection = stack.enter_context(socket.create_connection((parts.hostname, parts.port), timeout=30))
    connection.sendall(request.encode())
    return connection


def is_whole(connection: socket.socket) -> bool:
    """Whether all of an answer has come by now."""
    connection.setblocking(False)
    try:
        answer = connection.recv(65_536)
    except BlockingIOError:
        return False
    return answer == b"" or answer.endswith(b"}")


@pytest.mark.parametrize("fault", ["delay(by=60s)", "drip(pause=60s)", "hang"])
def test_a_slow_answer_delays_no_other(door_and_url: tuple[str, str], fault: str) -> None:
    """While answers are delayed, drip or hang, other polls are answered.

    The slow answers are still on their way then. Granian cannot hang, and says so.
    """
    door, url = door_and_url
    with connect(url) as whole, ExitStack() as stack:
        slow, quick = whole.tenant(), whole.tenant()
        if (door, fault) == ("granian", "hang"):
            with pytest.raises(ControlError, match="--server threads"):
                slow.faults(fault)
            return
        slow.faults(f"{fault[:-1]},on=status)" if fault.endswith(")") else f"{fault}(on=status)")
        head = f"GET {POLL}x HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {slow.api_key}\r\n\r\n"
        waiting = [sent(url, head, stack) for _ in range(SLOW)]
        while len(slow.journal()) < SLOW:
            pass
        for _ in range(POLLS):
            answer = requests.get(f"{url}{POLL}x", headers={"X-API-Key": quick.api_key}, timeout=30)
            assert answer.status_code == 404
        assert not any(map(is_whole, waiting))


def test_an_upload_that_stalls_delays_no_other(door_and_url: tuple[str, str]) -> None:
    """Clients that stop in the middle of a head or of a form are waited for while others are answered."""
    _, url = door_and_url
    form = f"POST {SUBMIT} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: k\r\n"
    typed = "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 9999\r\n\r\n--b\r\n"
    with ExitStack() as stack:
        stalled = [sent(url, start, stack) for start in (form, form + typed) for _ in range(SLOW // 2)]
        for _ in range(POLLS):
            answer = requests.get(f"{url}{POLL}x", headers={"X-API-Key": "other"}, timeout=30)
            assert answer.status_code == 404
        assert not any(map(is_whole, stalled))


def test_a_wait_without_a_socket_holds_up_nobody() -> None:
    """In process, a thread whose answer is delayed leaves the mock to others."""
    waits, may_go = threading.Event(), threading.Event()

    def sleep(_: float) -> None:
        waits.set()
        assert may_go.wait(30)

    with intercept(sleep=sleep, faults=["delay(by=60s,first=1)"]) as mock:
        headers = {"X-API-Key": "k"}
        slow = threading.Thread(
            target=requests.get, args=(f"{mock.url}{POLL}x",), kwargs={"headers": headers}
        )
        slow.start()
        try:
            assert waits.wait(30)
            for _ in range(POLLS):
                assert requests.get(f"{mock.url}{POLL}x", headers=headers, timeout=30).status_code == 404
            assert slow.is_alive()
        finally:
            may_go.set()
            slow.join()
