"""The synchronous transport: sends one request through `requests`, and returns whatever happens as a value.

No exception of the library below leaves this module. Ctrl-C and errors of the audio do; `Dialogue` removes
the frames that hold the key from them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final

import requests
from requests.exceptions import BaseHTTPError  # type: ignore[attr-defined]  # there, but not declared

from .._answers.answer import Answer, Outcome
from .._protocol import Body, SendRequest
from .._secrets import ApiKey
from .._uploads.multipart import BLOCK_BYTES
from .deadlines import Deadline, DeadlineAdapter, ending
from .wire import (
    MAX_ANSWER_BYTES,
    PIECE_BYTES,
    TOO_LARGE,
    TOO_LATE,
    described,
    make_answer,
    make_failure,
    request_headers,
)

# The exceptions of requests are OSErrors, but some of http.client and urllib3 pass through it unchanged.
# ValueError is what the libraries raise of headers that they cannot read.
_TRANSPORT_ERRORS: Final = (OSError, HTTPException, BaseHTTPError)
_READING_ERRORS: Final = (*_TRANSPORT_ERRORS, ValueError, OverflowError)


class _OwnSession(requests.Session):
    """A session of our own: no redirects, and the environment is read only once."""

    _environment: Mapping[str, Any] | None = None
    # The last request without a body, as given and as prepared: one value, as threads share it.
    _last: tuple[requests.Request, requests.PreparedRequest] | None = None

    # Not to follow redirects is not enough: requests would still read the body of a redirect to its end,
    # however long that takes. Where no redirect is seen, none is read.
    def get_redirect_target(self, resp: requests.Response) -> None:
        return None

    # This session serves one host. Reading the environment for each request, as requests does, takes longer
    # than all that this package does for one, and so does preparing each look at the same job anew.
    def merge_environment_settings(self, *args: Any, **kwargs: Any) -> Any:
        if self._environment is None:
            self._environment = super().merge_environment_settings(*args, **kwargs)
        return dict(self._environment)

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        if request.data:
            return super().prepare_request(request)
        last = self._last
        if last is None or vars(last[0]) != vars(request):
            self._last = last = request, super().prepare_request(request)
        return last[1].copy()


def make_session() -> requests.Session:
    """Make a session of our own.

    Proxies and certificates come from the environment, as it is at the first request; credentials do not: a
    `.netrc` entry is ignored. Cookies are neither kept nor sent, so that threads share nothing but the
    connection pool.
    """
    session = _OwnSession()
    adapter = DeadlineAdapter()
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    # Without an `auth` of its own, requests would look the host up in `.netrc`.
    session.auth = _no_auth
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


class _WatchedBody:
    """A body that reports each block read from it, and times out once the deadline is over."""

    def __init__(self, body: Body, request: SendRequest, clock: Callable[[], float]) -> None:
        self._body = body
        self._deadline = request.deadline
        self._on_read = request.on_read
        self._clock = clock

    def __len__(self) -> int:
        return len(self._body)

    def __iter__(self) -> Iterator[bytes]:
        while block := self.read(BLOCK_BYTES):
            yield block

    # No `tell` on purpose: requests would use it to rewind the body by itself, and send it once more.

    def read(self, size: int = -1) -> bytes:
        if self._clock() >= self._deadline:
            raise TimeoutError(TOO_LATE)
        block = self._body.read(size)
        if block and self._on_read:
            self._on_read(self._body.tell(), len(self._body))
        return block


class Transport:
    """Sends requests through one session; any number of threads may share it."""

    def __init__(
        self,
        key: ApiKey,
        session: requests.Session | None,
        *,
        clock: Callable[[], float],
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._key = key
        self._owned = session is None
        self._session = session or make_session()
        self._clock = clock
        self._wall_clock = wall_clock

    def send(self, request: SendRequest) -> Outcome:
        """Return the answer, or why there is none."""
        with ending(Deadline(request.deadline, self._clock)):
            return self._exchange(request)

    def close(self) -> None:
        """Close the session if it is our own."""
        if self._owned:
            self._session.close()

    def _exchange(self, request: SendRequest) -> Outcome:
        body = request.body
        try:
            # The headers hold the key, so they get no name here: a traceback shows names and their values.
            response = self._session.request(
                request.method,
                request.url,
                headers=request_headers(self._key, body, f"python-requests/{requests.__version__}"),
                data=None if body is None else _WatchedBody(body, request, self._clock),
                timeout=(request.connect_s, request.read_s),
                allow_redirects=False,
                stream=True,
            )
        except _TRANSPORT_ERRORS as error:
            return make_failure(self._key, _reason(error), is_timeout=_is_timeout(error))
        with response:
            return self._read(response, request.deadline)

    def _read(self, response: requests.Response, deadline: float) -> Answer:
        received_at = self._wall_clock()
        body = bytearray()
        problem = None
        # read1 returns what is there; read waits for a full block, but is all that urllib3 before 2.2 has.
        read = getattr(response.raw, "read1", response.raw.read)
        try:
            while piece := read(PIECE_BYTES, decode_content=True):
                body += piece
                if len(body) > MAX_ANSWER_BYTES:
                    problem = TOO_LARGE
                    break
                if self._clock() >= deadline:
                    problem = TOO_LATE
                    break
        except _READING_ERRORS as error:
            problem = described(error)
        return make_answer(
            self._key, response.status_code, response.headers, bytes(body), received_at, problem
        )


def _reason(error: Exception) -> Exception:
    """Return the exception at the bottom: those around it speak of retries that were never made."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return reason if isinstance(reason, Exception) else error


def _is_timeout(error: object) -> bool:
    """Return whether a timeout is the cause: a stalled upload comes as a ConnectionError around one."""
    if isinstance(error, TimeoutError | requests.Timeout):
        return True
    return isinstance(error, BaseException) and any(
        _is_timeout(inner) for inner in (*error.args, error.__cause__)
    )
