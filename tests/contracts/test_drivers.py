"""Reaching servers: what was sent, what came of it, and whose fault it is when nothing came."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from miragic_contracts.checker.plan import look_at
from miragic_contracts.drivers import Call, HttpDriver, Upload, wsgi_driver
from miragic_contracts.drivers.http import LARGEST_BODY
from miragic_contracts.rules import Rulebook
from miragic_contracts.spec import Spec
from miragic_contracts.trace import Exchange, Intent, Key, Trace, Trouble

KEY = "a-key-of-a-customer-0001"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

Answering = Callable[[bytes], str]


class Canned:
    """A server that answers every connection with the same bytes, and keeps what it received.

    Where it `drips`, the answer goes on, a blank at a time, until the client has gone.
    """

    def __init__(self, answer: bytes, *, drips: bool = False) -> None:
        self._answer = answer
        self._drips = drips
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.received: list[bytes] = []
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, name="miragic-canned")
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection:
                self.received.append(_whole_request(connection))
                connection.sendall(self._answer)
                if self._drips:
                    _drip(connection)

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()


def _drip(connection: socket.socket) -> None:
    connection.settimeout(0.02)
    with suppress(OSError):
        while True:
            connection.sendall(b" ")
            with suppress(TimeoutError):
                if not connection.recv(1):
                    return


def _whole_request(connection: socket.socket) -> bytes:
    """Head and body, which may arrive apart."""
    received = connection.recv(65536)
    length = re.search(rb"Content-Length: (\d+)", received)
    while length and len(received.partition(b"\r\n\r\n")[2]) < int(length[1]):
        received += connection.recv(65536)
    return received


@pytest.fixture
def canned() -> Iterator[Callable[[bytes], Canned]]:
    """Starts servers with canned answers, and stops them."""
    servers: list[Canned] = []

    def make(answer: bytes, **how: bool) -> Canned:
        servers.append(Canned(answer, **how))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


@pytest.fixture
def driver_for() -> Iterator[Callable[[str], HttpDriver]]:
    """Makes drivers, and closes them."""
    drivers: list[HttpDriver] = []

    def make(url: str) -> HttpDriver:
        drivers.append(HttpDriver(url, key=KEY, request_timeout_s=5))
        return drivers[-1]

    yield make
    for driver in drivers:
        driver.close()


Make = Callable[[bytes], Canned]
Drive = Callable[[str], HttpDriver]


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        pytest.param(OK.replace(b"Length: 2", b"Length: 200"), Trouble.FRAMING, id="shorter than it says"),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", Trouble.FRAMING, id="another protocol"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
            Trouble.FRAMING,
            id="a bad chunk",
        ),
        pytest.param(
            OK.replace(b"Content-Type", b"Content-Encoding: gzip\r\nContent-Type"),
            Trouble.FRAMING,
            id="no gzip",
        ),
        pytest.param(b"", Trouble.LOST, id="nothing at all"),
    ],
)
def test_a_broken_answer_is_told_from_a_lost_one(
    canned: Make, driver_for: Drive, spec: Spec, answer: bytes, trouble: Trouble
) -> None:
    """An answer that is no HTTP is the server's fault; a connection that just ends may be anybody's."""
    outcome = driver_for(canned(answer).url).send(look_at(spec, 1))
    assert (outcome.answer, outcome.trouble) == (None, trouble)


def test_only_a_broken_answer_is_a_finding(
    rulebook: Rulebook, exchange_of: Callable[..., Exchange], trace_of: Callable[..., Trace]
) -> None:
    """What the network did breaks no rule; what the server sent does."""
    broken = {
        trouble: {f.rule for f in rulebook.judge(trace_of([exchange_of(None, trouble=trouble)])).findings}
        for trouble in Trouble
    }
    assert {trouble for trouble, rules in broken.items() if rules} == {Trouble.FRAMING}
    assert broken[Trouble.FRAMING] == {"framing"}


def test_a_name_that_nobody_knows_is_told(driver_for: Drive, spec: Spec) -> None:
    """A host that does not exist is the address's fault, and nothing was sent."""
    assert driver_for("http://nobody.invalid").send(look_at(spec, 1)).trouble is Trouble.NAME


def test_plain_http_behind_https_is_told(canned: Make, driver_for: Drive, spec: Spec) -> None:
    """A server that does not speak TLS is no secure connection, and nothing was sent."""
    url = canned(OK).url.replace("http://", "https://")
    assert driver_for(url).send(look_at(spec, 1)).trouble is Trouble.TLS


def test_a_redirection_is_not_followed(canned: Make, driver_for: Drive, spec: Spec) -> None:
    """The key is sent where the customer said and nowhere else."""
    other = canned(OK)
    moved = canned(f"HTTP/1.1 307 Moved\r\nLocation: {other.url}/\r\nContent-Length: 0\r\n\r\n".encode())
    outcome = driver_for(moved.url).send(look_at(spec, 1))
    assert outcome.answer is not None
    assert outcome.answer.status == 307
    assert other.received == []


def test_no_password_of_the_machine_is_sent(
    canned: Make, driver_for: Drive, spec: Spec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a .netrc file holds for a host is not sent: probes without a key go without a key."""
    file = tmp_path / "netrc"
    file.write_text("machine 127.0.0.1 login me password secret\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(file))
    server = canned(OK)
    driver_for(server.url).send(look_at(spec, 1))
    assert b"authorization" not in server.received[0].lower()


def test_a_body_without_end_is_not_read_to_its_end(canned: Make, driver_for: Drive, spec: Spec) -> None:
    """An answer larger than any document of this API is cut, and the trace says that it was."""
    body = b" " * (LARGEST_BODY + 100_000)
    outcome = driver_for(canned(OK.replace(b"Length: 2", b"Length: %d" % len(body))[:-2] + body).url).send(
        look_at(spec, 1)
    )
    assert outcome.answer is not None
    assert not outcome.answer.is_whole


def test_a_body_that_drips_is_not_waited_for(canned: Callable[..., Canned], spec: Spec) -> None:
    """The time for an answer is that of the whole, however often a byte of it comes."""
    head = OK.partition(b"{}")[0].replace(b"Length: 2", b"Length: 1000")
    server = canned(head, drips=True)
    driver = HttpDriver(server.url, key=KEY, request_timeout_s=0.3)
    try:
        outcome = driver.send(look_at(spec, 1))
    finally:
        driver.close()
    assert outcome.trouble is Trouble.TIMEOUT
    assert "not whole after 0.3 s" in outcome.detail


@pytest.mark.parametrize(
    ("key", "sent"),
    [
        (Key.FIRST, f"X-API-Key: {KEY}\r\n"),
        (Key.TRUNCATED, f"X-API-Key: {KEY[:-1]}\r\n"),
        (Key.EMPTY, "X-API-Key: \r\n"),
        (Key.NONE, None),
    ],
)
def test_each_key_is_sent_as_it_should_be(
    canned: Make, driver_for: Drive, spec: Spec, key: Key, sent: str | None
) -> None:
    """The key is sent whole, short of a letter, empty, or not at all; what is kept of it is its name."""
    server, operation = canned(OK), spec.poll
    call = Call(operation.id, Intent.POLL, "GET", "/x", "X-API-Key", key)
    outcome = driver_for(server.url).send(call)
    received = server.received[0].decode()
    assert (sent in received) if sent else ("x-api-key" not in received.lower())
    assert KEY[:-1] not in repr(outcome)


def test_a_form_is_sent_as_browsers_send_it(canned: Make, driver_for: Drive, spec: Spec) -> None:
    """Fields and the file are parts of a multipart form (RFC 7578), names in UTF-8."""
    server, operation = canned(OK), spec.submit
    upload = Upload("file", "réunion.mp3", "audio/mpeg", b"sound")
    call = Call(
        operation.id, Intent.SUBMIT, "POST", "/x", "X-API-Key", fields=(("question", "Où?"),), upload=upload
    )
    driver_for(server.url).send(call)
    received = server.received[0]
    assert b"Content-Type: multipart/form-data; boundary=" in received
    assert 'name="file"; filename="réunion.mp3"'.encode() in received
    assert 'name="question"\r\n\r\nOù?\r\n'.encode() in received


def test_an_application_is_asked_as_a_server_would(spec: Spec) -> None:
    """In process, an application sees the path, the key and the body, and its body is closed."""
    seen: dict[str, object] = {}

    class Body(list[bytes]):
        def close(self) -> None:
            seen["closed"] = True

    def application(environ: dict[str, object], start_response: Callable[..., object]) -> list[bytes]:
        seen.update(environ)
        start_response("201 Created", [("Content-Type", "application/json"), ("X-Key", KEY)])
        return Body([b'{"a": ', b"1}"])

    driver = wsgi_driver(application, key=KEY)  # type: ignore[arg-type]  # a plain dict is enough here
    outcome = driver.send(Call(spec.poll.id, Intent.POLL, "GET", "/jobs/a%20b?c=d", "x-api-key"))
    driver.close()
    assert outcome.answer is not None
    assert (outcome.answer.status, outcome.answer.document) == (201, {"a": 1})
    assert outcome.answer.header("X-Key") == "$MIRAGIC_API_KEY"
    assert (seen["PATH_INFO"], seen["QUERY_STRING"], seen["HTTP_X_API_KEY"]) == ("/jobs/a b", "c=d", KEY)
    assert "x-api-key" in seen["miragic.header_names"]  # type: ignore[operator]  # a tuple of names
    assert seen["closed"] is True
