"""The thread server, byte by byte: what it takes, what it refuses, how it ends."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from miragic_mock import MockServer

Opened = Callable[..., AbstractContextManager[Any]]
POLL = "/api/v1/speech-to-text/jobs/none"
SUBMIT = "/api/v1/speech-to-text/generate"
FORM = (
    b'--b\r\nContent-Disposition: form-data; name="audio_format"\r\n\r\nmp3\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp3"\r\n\r\nsound\r\n--b--\r\n'
)
# Enough for a slow machine, and less than the 75 s after which an idle connection ends by itself and the 60 s
# of a call that waits: what has ended by then was ended.
PATIENCE_S = 30
HEADERS = "Host: localhost\r\nX-API-Key: k\r\n"
FORM_HEADERS = f"{HEADERS}Content-Type: multipart/form-data; boundary=b\r\n"


@contextlib.contextmanager
def connected(url: str) -> Iterator[socket.socket]:
    host, _, port = url.removeprefix("http://").rpartition(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as client:
        yield client


def read_answer(client: socket.socket) -> tuple[int, bytes]:
    """Read one answer with a Content-Length, and return its status and its body."""
    head = b""
    while b"\r\n\r\n" not in head:
        piece = client.recv(1)
        if not piece:
            raise EOFError(head)
        head += piece
    lines = head.lower().split(b"\r\n")
    length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length")), 0)
    body = b""
    while len(body) < length:
        body += client.recv(length - len(body))
    return int(head.split()[1]), body


def ask(client: socket.socket, text: str, body: bytes = b"") -> tuple[int, bytes]:
    client.sendall(text.encode() + body)
    return read_answer(client)


def test_a_connection_is_kept(served: Opened) -> None:
    """Requests follow one another on a connection, pipelined ones too, whatever came before."""
    with served() as caller, connected(caller.mock.url) as client:
        submit = (
            f"POST {SUBMIT} HTTP/1.1\r\n{FORM_HEADERS}Content-Length: {len(FORM)}\r\n\r\n".encode() + FORM
        )
        poll = f"GET {POLL} HTTP/1.1\r\n{HEADERS}\r\n".encode()
        client.sendall(submit + poll + submit)
        assert [read_answer(client)[0] for _ in range(3)] == [201, 404, 201]


@pytest.mark.parametrize("line", [f"GET {POLL} HTTP/1.0", f"GET {POLL} HTTP/1.1\r\nConnection: close"])
def test_a_connection_ends_when_the_client_says_so(served: Opened, line: str) -> None:
    """HTTP/1.0 and `Connection: close` mean that the answer is the last."""
    with served() as caller, connected(caller.mock.url) as client:
        assert ask(client, f"{line}\r\n{HEADERS}\r\n")[0] == 404
        assert client.recv(1) == b""


def test_a_body_in_chunks_is_read(served: Opened) -> None:
    """A client need not know the length of its upload."""
    with served() as caller, connected(caller.mock.url) as client:
        chunks = b"".join(b"%x;a=b\r\n%b\r\n" % (len(part), part) for part in (FORM[:50], FORM[50:]))
        head = f"POST {SUBMIT} HTTP/1.1\r\n{FORM_HEADERS}Transfer-Encoding: chunked\r\n\r\n"
        assert ask(client, head, chunks + b"0\r\nX-Trailer: y\r\n\r\n")[0] == 201
        assert ask(client, f"GET {POLL} HTTP/1.1\r\n{HEADERS}\r\n")[0] == 404


def test_a_body_is_asked_for_only_when_it_is_wanted(served: Opened) -> None:
    """`Expect: 100-continue` is answered by `100 Continue` when the form is read, and not before a fault."""
    with served() as caller, connected(caller.mock.url) as client:
        head = (
            f"POST {SUBMIT} HTTP/1.1\r\n{FORM_HEADERS}Content-Length: {len(FORM)}\r\nExpect: 100-continue\r\n"
        )
        client.sendall(f"{head}\r\n".encode())
        assert read_answer(client)[0] == 100
        client.sendall(FORM)
        assert read_answer(client)[0] == 201
        assert ask(client, f"{head}X-Mock-Plan: fault=413(byte=0)\r\n\r\n")[0] == 413
        assert client.recv(1) == b""


@pytest.mark.parametrize(
    "framing",
    [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: -1",
        "Content-Length: 5x",
        "Transfer-Encoding: gzip",
    ],
)
def test_an_ambiguous_body_is_refused(served: Opened, framing: str) -> None:
    """Where a body ends must be beyond doubt (RFC 9112, section 6.3)."""
    with served() as caller, connected(caller.mock.url) as client:
        assert ask(client, f"POST {SUBMIT} HTTP/1.1\r\n{FORM_HEADERS}{framing}\r\n\r\n")[0] == 400


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (f"GET {POLL} HTTP/1.1\r\n" + "X-A: b\r\n" * 200, 431),
        (f"GET {POLL} HTTP/1.1\r\nX-A: {'b' * 70_000}\r\n", 431),
        (f"GET /{'b' * 70_000} HTTP/1.1\r\n", 414),
        ("nonsense\r\n", 400),
    ],
    ids=["many headers", "a long header", "a long path", "no request"],
)
def test_heads_are_bounded(served: Opened, head: str, status: int) -> None:
    """Lines, headers and their number have bounds, and a head beyond them is refused."""
    with served() as caller, connected(caller.mock.url) as client:
        with contextlib.suppress(OSError):
            client.sendall(f"{head}\r\n".encode())
        assert client.recv(12).split()[1] == str(status).encode()


@pytest.mark.parametrize(
    "head",
    [
        f"GET http://[::1{POLL} HTTP/1.1\r\n{HEADERS}",
        f"GET {POLL}\0 HTTP/1.1\r\n{HEADERS}",
        f"GET {POLL} HTTP/1.1\r\n{HEADERS}X-A: b\0c\r\n",
        f"GET {POLL} HTTP/1.1\r\nnonsense\r\n{HEADERS}",
        f"GET {POLL} HTTP/1.1\r\n{HEADERS}X-A : b\r\n",
        f"GET {POLL} HTTP/1.1\r\n{HEADERS}Host: other\r\n",
        f"GET {POLL} HTTP/1.1\r\nX-API-Key: k\r\n",
    ],
    ids=[
        "half an address",
        "NUL in the target",
        "NUL in a header",
        "no header",
        "a blank name",
        "Hosts",
        "no Host",
    ],
)
def test_a_head_with_two_meanings_is_refused(served: Opened, head: str) -> None:
    """A head that is not HTTP gets a 400, never a connection that ends without a word."""
    with served() as caller, connected(caller.mock.url) as client:
        assert ask(client, f"{head}\r\n")[0] == 400


def test_blanks_around_a_value_do_not_count(served: Opened) -> None:
    """A key with blanks before and behind it is the key (RFC 9110, section 5.5)."""
    with served() as caller, connected(caller.mock.url) as client:
        mock = caller.mock.tenant()
        head = f"GET {POLL} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: \t {mock.api_key} \t\r\n\r\n"
        assert ask(client, head)[0] == 404
        assert [exchange.status for exchange in mock.journal()] == [404]


@pytest.mark.parametrize("chunks", [b"zz\r\n", b"5\r\nsoundX\r\n", b"-1\r\n", b"f" * 2000])
def test_broken_chunks_are_refused(served: Opened, chunks: bytes) -> None:
    """A body whose chunks are malformed gets a 400, and the connection ends."""
    with served() as caller, connected(caller.mock.url) as client:
        head = f"POST {SUBMIT} HTTP/1.1\r\n{FORM_HEADERS}Transfer-Encoding: chunked\r\n\r\n"
        client.sendall(head.encode() + chunks)
        client.shutdown(socket.SHUT_WR)
        assert read_answer(client)[0] == 400


def test_the_form_for_proxies_is_understood(served: Opened) -> None:
    """An absolute target is taken, and links then start with its host."""
    with served() as caller, connected(caller.mock.url) as client:
        head = f"GET http://proxied.test:81{POLL} HTTP/1.1\r\n{HEADERS}\r\n"
        assert ask(client, head)[0] == 404
        assert caller.mock.journal()[-1]["path"] == POLL


def test_head_has_no_body(served: Opened) -> None:
    """HEAD is answered like GET, without the body, and the connection goes on."""
    with served() as caller, connected(caller.mock.url) as client:
        job_id = caller.submitted("done=never")
        client.sendall(
            f"HEAD {POLL.replace('none', job_id)} HTTP/1.1\r\n{HEADERS}\r\n".replace(
                "k\r", f"{caller.mock.api_key}\r"
            ).encode()
        )
        head = client.recv(65_536)
        assert head.startswith(b"HTTP/1.1 200")
        assert head.endswith(b"\r\n\r\n")
        assert ask(client, f"GET {POLL} HTTP/1.1\r\n{HEADERS}\r\n")[0] == 404


def test_a_reset_is_a_reset(served: Opened) -> None:
    """The client's socket gets RST, not the end of the stream."""
    with served(faults=["reset(first=1)"]) as caller, connected(caller.mock.url) as client:
        client.sendall(f"GET {POLL} HTTP/1.1\r\n{HEADERS}\r\n".encode())
        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_a_lost_answer_is_the_end_of_the_stream(served: Opened) -> None:
    """The connection is closed in order, without a byte."""
    with served() as caller, connected(caller.mock.url) as client:
        head = f"POST {SUBMIT} HTTP/1.1\r\n{FORM_HEADERS}X-Mock-Plan: fault=answer-lost\r\n"
        client.sendall(f"{head}Content-Length: {len(FORM)}\r\n\r\n".encode() + FORM)
        assert client.recv(1) == b""


def test_a_hang_holds_up_nobody(served: Opened) -> None:
    """Others are answered while connections hang, which they still do after that."""
    with served(faults=["hang(on=status)"]) as caller, contextlib.ExitStack() as stack:
        hanging = [stack.enter_context(connected(caller.mock.url)) for _ in range(20)]
        for client in hanging:
            client.sendall(f"GET {POLL} HTTP/1.1\r\n{HEADERS}\r\n".encode())
        while len(caller.mock.journal()) < 20:
            pass
        assert caller.submit().status_code == 201
        for client in hanging:
            client.setblocking(False)
            with pytest.raises(BlockingIOError):
                client.recv(1)


def test_stopping_is_immediate_and_whole() -> None:
    """Idle, hanging, delayed, waiting and half-sent connections end with the server, and its threads too."""
    before = set(threading.enumerate())
    server = MockServer(faults=["hang(on=status)", "delay(by=1h,on=create)"])
    with contextlib.ExitStack() as stack:
        mock = server.start()
        idle, hanging, half, delayed, waiting = (stack.enter_context(connected(mock.url)) for _ in range(5))
        hanging.sendall(f"GET {POLL} HTTP/1.1\r\n{HEADERS}\r\n".encode())
        half.sendall(b"GET / HT")
        head = f"POST {SUBMIT} HTTP/1.1\r\n{FORM_HEADERS}Content-Length: {len(FORM)}\r\n\r\n"
        delayed.sendall(head.encode() + FORM)
        while len(mock.journal()) < 2:
            pass
        wait = f"/_mock/wait?job={mock.jobs()[0]['id']}&until=FAILED&timeout=60"
        waiting.sendall(f"GET {wait} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < PATIENCE_S
        for client in (idle, hanging, half, delayed, waiting):
            with contextlib.suppress(ConnectionResetError):
                while client.recv(65_536):
                    pass
    assert set(threading.enumerate()) <= before
    server.stop()


def test_a_client_that_goes_frees_its_thread(served: Opened) -> None:
    """A hang without end lasts no longer than the client."""
    with served(faults=["hang"]) as caller:
        before = threading.active_count()
        with connected(caller.mock.url) as client:
            client.sendall(f"GET {POLL} HTTP/1.1\r\n{HEADERS}\r\n".encode())
            while not caller.mock.journal():
                pass
            linger = struct.pack("ii", 1, 0)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        until = time.monotonic() + PATIENCE_S
        while threading.active_count() > before and time.monotonic() < until:
            pass
        assert threading.active_count() == before


def test_an_answer_without_content_announces_no_length(served: Opened) -> None:
    """204 has no Content-Length (RFC 9110, section 8.6), and the connection goes on all the same."""
    with served() as caller, connected(caller.mock.url) as client:
        client.sendall(f"OPTIONS {POLL} HTTP/1.1\r\n{HEADERS}\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(1)
        assert head.startswith(b"HTTP/1.1 204 ")
        assert b"content-length" not in head.lower()
        assert ask(client, f"GET {POLL} HTTP/1.1\r\n{HEADERS}\r\n")[0] == 404
