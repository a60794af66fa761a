"""What the client tests share: time that is ours, a scripted server behind a requests session, audio."""

from __future__ import annotations

import contextlib
import io
import json
import socket
import struct
import threading
import wave
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import requests
from miragic_stt import AsyncClient, Client
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

KEY = "sk_live_" + "NotARealKey"
BASE = "http://stt.test"


@dataclass
class World:
    """A clock that moves only when somebody sleeps on it, and the list of those sleeps."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)
    started: float = 1000.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    async def async_sleep(self, seconds: float) -> None:
        self.sleep(seconds)

    @property
    def elapsed(self) -> float:
        return self.now - self.started


@dataclass
class Reply:
    """One scripted answer, or a break of the connection.

    `body_bytes` is how much of an upload is read before it happens; None reads all of it.
    """

    status: int = 200
    json: Any = None
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    error: BaseException | None = None
    takes_s: float = 0.0
    body_bytes: int | None = None

    def payload(self) -> bytes:
        return self.body if self.body is not None else json.dumps(self.json).encode()


@dataclass
class Seen:
    """One request as the server saw it."""

    method: str
    url: str
    path: str
    at_s: float
    headers: dict[str, str]
    body: bytes
    timeout: Any


class ScriptedAdapter(BaseAdapter):
    """Answers requests from a script, on the world's clock; an unexpected request fails the test."""

    def __init__(self, world: World, script: Iterable[Reply]) -> None:
        super().__init__()
        self.world = world
        self.script = list(script)
        self.seen: list[Seen] = []
        self.closed = False

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        assert self.script, f"unexpected request: {request.method} {request.url}"
        reply = self.script.pop(0)
        body = b""
        if request.body is not None:
            body = _read(request.body, reply.body_bytes)
        self.seen.append(
            Seen(
                request.method or "",
                request.url or "",
                request.path_url,
                self.world.elapsed,
                {name.lower(): str(value) for name, value in request.headers.items()},
                body,
                options["timeout"],
            )
        )
        self.world.now += reply.takes_s
        if reply.error is not None:
            raise reply.error
        return _response(request, reply)

    def close(self) -> None:
        self.closed = True


class ScriptedAsyncTransport(httpx.AsyncBaseTransport):
    """The same, behind an httpx client."""

    def __init__(self, world: World, script: Iterable[Reply]) -> None:
        self.world = world
        self.script = list(script)
        self.seen: list[Seen] = []
        self.closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert self.script, f"unexpected request: {request.method} {request.url}"
        reply = self.script.pop(0)
        body = b""
        async for block in request.stream:
            body += block
            if reply.body_bytes is not None and len(body) >= reply.body_bytes:
                break
        headers = {name.lower(): value for name, value in request.headers.items()}
        path = request.url.raw_path.decode()
        timeout = request.extensions["timeout"]
        self.seen.append(
            Seen(request.method, str(request.url), path, self.world.elapsed, headers, body, timeout)
        )
        self.world.now += reply.takes_s
        if reply.error is not None:
            raise _httpx_error(reply.error)
        return httpx.Response(reply.status, headers=reply.headers, content=reply.payload())

    async def aclose(self) -> None:
        self.closed = True


def _httpx_error(error: BaseException) -> BaseException:
    if isinstance(error, requests.Timeout):
        return httpx.ReadTimeout(str(error))
    return httpx.ReadError(str(error)) if isinstance(error, requests.ConnectionError) else error


def _read(body: Any, limit: int | None) -> bytes:
    if limit is None:
        return b"".join(iter(lambda: body.read(1 << 20), b""))
    return b"" if limit == 0 else bytes(body.read(limit))


def _response(request: requests.PreparedRequest, reply: Reply) -> requests.Response:
    response = requests.Response()
    response.status_code = reply.status
    response.headers.update(reply.headers)
    response.url = request.url or ""
    response.request = request
    response.raw = HTTPResponse(
        io.BytesIO(reply.payload()), headers=reply.headers, status=reply.status, preload_content=False
    )
    return response


class Stage:
    """A client, the server it talks to, and the time both live in."""

    key = KEY
    base = BASE

    def __init__(self, world: World) -> None:
        self.world = world
        self.adapter: ScriptedAdapter | ScriptedAsyncTransport = ScriptedAdapter(world, [])

    def client(self, *script: Reply, **options: Any) -> Client:
        """A client of a server that follows the script; jitter stands at its middle."""
        self.adapter = ScriptedAdapter(self.world, script)
        session = requests.Session()
        session.mount("http://", self.adapter)
        session.mount("https://", self.adapter)
        given = {"base_url": BASE, "random": lambda: 0.5} | options
        return Client(KEY, session=session, clock=self.world.clock, sleep=self.world.sleep, **given)

    def async_client(self, *script: Reply, **options: Any) -> AsyncClient:
        """The same, asynchronous."""
        self.adapter = ScriptedAsyncTransport(self.world, script)
        http_client = httpx.AsyncClient(transport=self.adapter)
        given = {"base_url": BASE, "random": lambda: 0.5} | options
        return AsyncClient(
            KEY, http_client=http_client, clock=self.world.clock, sleep=self.world.async_sleep, **given
        )

    @property
    def seen(self) -> list[Seen]:
        return self.adapter.seen

    @property
    def requests(self) -> list[tuple[str, float]]:
        """Method and time of each request so far."""
        return [(seen.method, round(seen.at_s, 6)) for seen in self.seen]

    @property
    def slept(self) -> list[float]:
        return [round(seconds, 6) for seconds in self.world.slept]

    def reply(self, status: int = 200, document: Any = None, **options: Any) -> Reply:
        """Any answer: a JSON document, or `body=` bytes."""
        return Reply(status, document, **options)

    def created(self, status: int = 200, **options: Any) -> Reply:
        """The answer to a submission."""
        data = {"jobId": "job-1", "status": "PENDING"}
        return Reply(status, {"success": True, "data": data, "message": "created"}, **options)

    def job(
        self, status: str, *, headers: dict[str, str] | None = None, takes_s: float = 0.0, **data: Any
    ) -> Reply:
        """The answer to a look at the job."""
        document = {"success": True, "data": {"id": "job-1", "status": status} | data}
        return Reply(200, document, headers=headers or {}, takes_s=takes_s)

    def pending(self, **options: Any) -> Reply:
        return self.job("PENDING", **options)

    def completed(self, text: str = "hello", **options: Any) -> Reply:
        return self.job("COMPLETED", transcription=text, **options)

    def refused(self, status: int, code: str = "CODE", message: str = "no", **options: Any) -> Reply:
        """An error in the envelope that has been observed."""
        return Reply(status, {"success": False, "error": {"code": code, "message": message}}, **options)

    def broken(self, error: BaseException | None = None, **options: Any) -> Reply:
        """A connection that breaks after `body_bytes` of the upload (None: after all of it)."""
        default = requests.ConnectionError("Connection aborted.", ConnectionResetError(104, "reset"))
        return Reply(error=error or default, **options)


class Connection:
    """The server's end of a connection, for a handler to speak HTTP on byte by byte."""

    def __init__(self, wire: Wire, sock: socket.socket) -> None:
        self._wire = wire
        self._sock = sock
        self._unread = b""

    def read_head(self) -> bytes:
        """The request line and headers of the next request; empty if the client is gone."""
        while b"\r\n\r\n" not in self._unread:
            if not self._receive():
                return b""
        head, _, self._unread = self._unread.partition(b"\r\n\r\n")
        self._wire.heads.append(head.decode("latin-1"))
        return head

    def read_body(self, head: bytes, *, at_most: int | None = None) -> bytes:
        """The body that the head announces, or as much of it as `at_most` allows."""
        length = next(
            (
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            ),
            0,
        )
        wanted = length if at_most is None else min(at_most, length)
        while len(self._unread) < wanted and self._receive():
            pass
        body, self._unread = self._unread[:wanted], self._unread[wanted:]
        return body

    def read_request(self) -> bytes:
        """A whole request; gives its body."""
        return self.read_body(self.read_head())

    def answer(
        self, status: int = 200, document: Any = None, *, headers: str = "", body: bytes | None = None
    ) -> None:
        """A whole answer with Content-Length."""
        payload = json.dumps(document).encode() if body is None else body
        self.send(
            f"HTTP/1.1 {status} X\r\n{headers}Content-Length: {len(payload)}\r\n\r\n".encode() + payload
        )

    def send(self, data: bytes) -> None:
        self._sock.sendall(data)

    def pause(self, seconds: float) -> bool:
        """Let real time pass; True if the test is over."""
        return self._wire.over.wait(seconds)

    def drain(self) -> None:
        """Read until the client hangs up."""
        while self._receive():
            self._unread = b""

    def reset(self) -> None:
        """Break the connection the hard way."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _receive(self) -> bool:
        try:
            data = self._sock.recv(1 << 16)
        except OSError:
            return False
        self._unread += data
        return bool(data)


class Wire:
    """A server made of a socket: the n-th connection goes to the n-th handler, or to the last."""

    def __init__(self, handlers: Sequence[Callable[[Connection], object]]) -> None:
        self._handlers = handlers
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.heads: list[str] = []
        self.connections = 0
        self.problems: list[BaseException] = []
        self.over = threading.Event()
        self._workers: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self._acceptor = threading.Thread(target=self._accept, name="wire")
        self._acceptor.start()

    def close(self) -> None:
        self.over.set()
        # Closing alone does not wake a thread that waits in accept().
        self._socket.shutdown(socket.SHUT_RDWR)
        self._acceptor.join()
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for worker in self._workers:
            worker.join()
        self._socket.close()

    def _accept(self) -> None:
        while not self.over.is_set():
            try:
                sock, _ = self._socket.accept()
            except OSError:
                return
            handler = self._handlers[min(self.connections, len(self._handlers) - 1)]
            self.connections += 1
            self._open.append(sock)
            worker = threading.Thread(target=self._serve, args=(sock, handler), name="wire connection")
            self._workers.append(worker)
            worker.start()

    def _serve(self, sock: socket.socket, handler: Callable[[Connection], object]) -> None:
        with sock:
            try:
                handler(Connection(self, sock))
            except (BrokenPipeError, ConnectionResetError):
                pass
            except BaseException as problem:
                self.problems.append(problem)


@pytest.fixture
def wire() -> Iterator[Callable[..., Wire]]:
    """Makes a server made of a socket: `wire(handler, ...)`; it is closed after the test."""
    made: list[Wire] = []

    def make(*handlers: Callable[[Connection], object]) -> Wire:
        made.append(Wire(handlers))
        return made[-1]

    yield make
    for server in made:
        server.close()
        assert not server.problems, server.problems


@pytest.fixture(scope="session")
def wav() -> bytes:
    """A tenth of a second of silence."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as audio:
        audio.setnchannels(1)
        audio.setsampwidth(2)
        audio.setframerate(8000)
        audio.writeframes(bytes(1600))
    return buffer.getvalue()


@pytest.fixture
def stage() -> Stage:
    """A client, its server and their time."""
    return Stage(World())


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on the environment it is run in."""
    monkeypatch.delenv("MIRAGIC_API_KEY", raising=False)
    monkeypatch.delenv("MIRAGIC_BASE_URL", raising=False)
