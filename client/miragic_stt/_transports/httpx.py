"""The asynchronous transport: sends one request through `httpx`, and returns whatever happens as a value.

The only module that imports httpx (extra [async]). Only cancellation and errors of the audio leave it as
exceptions; `Dialogue` removes the frames that hold the key from them.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final

import httpx

from .._answers.answer import Outcome
from .._protocol import Body, OnRead, SendRequest
from .._secrets import ApiKey
from .._uploads.multipart import BLOCK_BYTES
from .wire import MAX_ANSWER_BYTES, TOO_LARGE, described, make_answer, make_failure, request_headers

HttpClient = httpx.AsyncClient

# httpx.InvalidURL and httpx.StreamError are not among its HTTPErrors.
_TRANSPORT_ERRORS: Final = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError)


def make_http_client() -> HttpClient:
    """Make a client of our own: proxies and certificates from the environment, no cookies, no retries."""
    # A policy that allows no domain keeps no cookie.
    jar = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return HttpClient(cookies=jar)


class AsyncTransport:
    """Sends requests through one httpx client, within one event loop."""

    def __init__(
        self,
        key: ApiKey,
        http_client: HttpClient | None,
        *,
        clock: Callable[[], float],
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._key = key
        self._owned = http_client is None
        self._http = http_client or make_http_client()
        self._clock = clock
        self._wall_clock = wall_clock

    async def send(self, request: SendRequest) -> Outcome:
        """Return the answer, or why there is none."""
        left_s = None if math.isinf(request.deadline) else max(request.deadline - self._clock(), 0.0)
        received = _Received()
        try:
            # httpx limits each step of a request, but not their sum: a server that drips would never end.
            async with asyncio.timeout(left_s):
                await self._exchange(request, received)
        except _TRANSPORT_ERRORS as error:
            if received.response is None:
                is_timeout = isinstance(error, TimeoutError | httpx.TimeoutException)
                return make_failure(self._key, error, is_timeout=is_timeout)
            received.problem = described(error)
        assert received.response is not None
        head, body = received.response, bytes(received.body)
        return make_answer(
            self._key, head.status_code, head.headers, body, received.received_at, received.problem
        )

    async def close(self) -> None:
        """Close the httpx client if it is our own."""
        if self._owned:
            await self._http.aclose()

    async def _exchange(self, request: SendRequest, received: _Received) -> None:
        body = request.body
        stream = self._http.stream(
            request.method,
            request.url,
            # The headers hold the key, so they get no name here: a traceback shows names and their values.
            headers=request_headers(self._key, body, f"python-httpx/{httpx.__version__}"),
            content=None if body is None else _blocks(body, request.on_read),
            timeout=httpx.Timeout(request.connect_s, read=request.read_s),
            follow_redirects=False,
        )
        async with stream as response:
            received.response, received.received_at = response, self._wall_clock()
            async for piece in response.aiter_bytes():
                received.body += piece
                if len(received.body) > MAX_ANSWER_BYTES:
                    received.problem = TOO_LARGE
                    return


@dataclass(slots=True)
class _Received:
    """As much of an answer as has come in so far."""

    response: httpx.Response | None = None
    received_at: float = 0.0
    body: bytearray = field(default_factory=bytearray)
    problem: str | None = None


async def _blocks(body: Body, on_read: OnRead | None) -> AsyncIterator[bytes]:
    # Reading may wait for a disk, which would hold up the event loop.
    while block := await asyncio.to_thread(body.read, BLOCK_BYTES):
        if on_read:
            on_read(body.tell(), len(body))
        yield block
