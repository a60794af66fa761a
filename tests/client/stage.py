"""A scripted server behind both clients, and a clock that moves only when somebody sleeps on it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx
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
        settings = {"base_url": BASE, "random": lambda: 0.5} | options
        return Client(KEY, session=session, clock=self.world.clock, sleep=self.world.sleep, **settings)

    def async_client(self, *script: Reply, **options: Any) -> AsyncClient:
        """The same, asynchronous."""
        self.adapter = ScriptedAsyncTransport(self.world, script)
        http_client = httpx.AsyncClient(transport=self.adapter)
        settings = {"base_url": BASE, "random": lambda: 0.5} | options
        return AsyncClient(
            KEY, http_client=http_client, clock=self.world.clock, sleep=self.world.async_sleep, **settings
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
