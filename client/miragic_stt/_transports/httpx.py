"""The asynchronous transport: one request through `httpx`, whatever happens as a value.

The only module that imports httpx (extra [async]). Cancellation and errors of the audio pass through it;
`Dialogue` takes the frames off them that hold the key.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from .._answers.answer import Outcome
from .._protocol import OnRead, SendRequest
from .._secrets import ApiKey
from .._uploads.multipart import BLOCK_BYTES, MultipartBody
from .wire import MAX_ANSWER_BYTES, TOO_LARGE, described, make_answer, make_failure, request_headers

HttpClient = httpx.AsyncClient

# httpx.InvalidURL and its StreamErrors are no HTTPErrors.
_TRANSPORT_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError)


def make_http_client() -> HttpClient:
    """A client of our own: proxies and certificates from the environment, no cookies, nothing repeated."""
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
        """The answer, or why there is none. Its time is limited as a whole, by the deadline."""
        left_s = None if math.isinf(request.deadline) else max(request.deadline - self._clock(), 0.0)
        heard = _Heard()
        try:
            async with asyncio.timeout(left_s):
                await self._exchange(request, heard)
        except _TRANSPORT_ERRORS as error:
            if heard.response is None:
                is_timeout = isinstance(error, TimeoutError | httpx.TimeoutException)
                return make_failure(self._key, error, is_timeout=is_timeout)
            heard.problem = described(error)
        assert heard.response is not None
        head, body = heard.response, bytes(heard.body)
        return make_answer(self._key, head.status_code, head.headers, body, heard.received_at, heard.problem)

    async def close(self) -> None:
        """Close the httpx client if it is our own."""
        if self._owned:
            await self._http.aclose()

    async def _exchange(self, request: SendRequest, heard: _Heard) -> None:
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
            heard.response, heard.received_at = response, self._wall_clock()
            async for piece in response.aiter_bytes():
                heard.body += piece
                if len(heard.body) > MAX_ANSWER_BYTES:
                    heard.problem = TOO_LARGE
                    return


@dataclass(slots=True)
class _Heard:
    """As much of an answer as has come in."""

    response: httpx.Response | None = None
    received_at: float = 0.0
    body: bytearray = field(default_factory=bytearray)
    problem: str | None = None


async def _blocks(body: MultipartBody, on_read: OnRead | None) -> AsyncIterator[bytes]:
    # Reading may wait for a disk, which must not hold up the event loop.
    while block := await asyncio.to_thread(body.read, BLOCK_BYTES):
        if on_read:
            on_read(body.tell(), len(body))
        yield block
