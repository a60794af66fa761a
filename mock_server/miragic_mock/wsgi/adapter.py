"""Between WSGI (PEP 3333) and the engine's values, and the short way for polls and submissions.

Rule: both ways into the engine make the same `Request` and send the same `Answer`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from ..documents.documents import Failure
from ..engine.engine import Engine
from ..engine.injection.doors import WSGI
from ..engine.injection.script import status_line
from ..exchange.messages import Answer, Readable, Request, length_of
from ..exchange.refusals import closed
from .playback import played

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_HOST: Final = re.compile(r"([A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?", re.ASCII)

_DISCARDED_BYTES: Final = 1024 * 1024
_PIECE_BYTES: Final = 64 * 1024


class _Headers:
    """The headers of a WSGI environment, by the names they have in HTTP."""

    __slots__ = ("_environ",)

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._environ = environ

    def get(self, name: str, /) -> str | None:
        """Return the value of a header; None where there is none."""
        value: str | None = self._environ.get(_variable(name))
        return value


class _Body:
    """The body of a request, which is opened only when it is read."""

    __slots__ = ("_environ", "_stream")

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._environ = environ
        self._stream: Readable | None = None

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, nothing at the end.

        Raises:
            OSError: the client broke off.
        """
        if self._stream is None:
            self._stream = _input(self._environ)
        return self._stream.read(size)


class LeanPath:
    """WSGI middleware that takes polls and submissions to the engine past Flask.

    Flask's dispatch costs three times as much as a whole poll, and as much as half a submission; they are
    most of what a mock is asked. All else goes the long way; both ways end in `Engine.handle`.
    """

    def __init__(self, application: WSGIApplication, engine: Engine) -> None:
        self._application = application
        self._engine = engine
        self._polls = engine.spec.poll.path.partition("{")[0]
        self._submission = (engine.spec.submit.method, engine.spec.submit.path)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a poll or a submission, or let the application answer (PEP 3333)."""
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if (method == "GET" and path.startswith(self._polls)) or (method, path) == self._submission:
            return send(handled(self._engine, environ), start_response)
        return self._application(environ, start_response)


def request_of(environ: WSGIEnvironment) -> Request:
    """Return the request that a WSGI environment describes."""
    return Request(
        environ["REQUEST_METHOD"],
        _path(environ["PATH_INFO"]),
        _Headers(environ),
        _Body(environ),
        length_of(environ.get("CONTENT_LENGTH")),
        _base_url(environ["wsgi.url_scheme"], environ.get("HTTP_HOST") or _server(environ)),
        environ.get("QUERY_STRING", ""),
    )


def _path(raw: str) -> str:
    """Return a path as text: WSGI gives its bytes as Latin-1 characters (PEP 3333)."""
    return raw if raw.isascii() else raw.encode("latin-1", "replace").decode("utf-8", "replace")


def handled(engine: Engine, environ: WSGIEnvironment) -> Answer:
    """Return the engine's answer, its fault played as far as WSGI goes."""
    request = request_of(environ)
    answer = engine.handle(request)
    # Who ends bodies itself, as our own servers do, sees to it that clients can read their answers, too.
    if not environ.get("wsgi.input_terminated"):
        _discard(request.body)
    effect = answer.effect
    if effect is None:
        return answer
    # A door that plays faults itself asks the engine. Who comes here is another WSGI server in its place.
    reason = (WSGI if engine.door.plays else engine.door).refusal(effect)
    if reason is None:
        return played(answer, effect, engine.pause)
    message = closed(f"The fault cannot be carried out: {reason}")
    body = engine.documents.error(HTTPStatus.NOT_IMPLEMENTED, Failure(None, message))
    return Answer(HTTPStatus.NOT_IMPLEMENTED, body)


def send(answer: Answer, start_response: StartResponse) -> Iterable[bytes]:
    """Start the response and return its body, as WSGI wants an answer."""
    headers = list(answer.headers)
    if isinstance(answer.body, bytes):
        if answer.status != HTTPStatus.NO_CONTENT:  # where it must not be (RFC 9110, section 8.6)
            headers.append(("Content-Length", str(len(answer.body))))
        start_response(status_line(answer.status), headers)
        return [answer.body]
    start_response(status_line(answer.status), headers)
    return answer.body


@lru_cache(maxsize=256)
def _variable(name: str) -> str:
    variable = name.upper().replace("-", "_")
    return variable if variable in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{variable}"


@lru_cache(maxsize=1024)
def _base_url(scheme: str, host: str) -> str:
    """Return what links start with, which must be sound whatever a client claims as its host."""
    return f"{scheme}://{host if _HOST.fullmatch(host) else 'localhost'}"


def _input(environ: WSGIEnvironment) -> Readable:
    if environ.get("wsgi.input_terminated"):
        ends_by_itself: Readable = environ["wsgi.input"]
        return ends_by_itself
    from .limited_body import LimitedBody

    return LimitedBody(environ)


def _discard(body: Readable) -> None:
    """Read what is left of a body, up to a bound: a client that still sends may read no answer before."""
    left = _DISCARDED_BYTES
    try:
        while left > 0 and (piece := body.read(min(left, _PIECE_BYTES))):
            left -= len(piece)
    except OSError:
        return  # the client has gone and waits for no answer


def _server(environ: WSGIEnvironment) -> str:
    return f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
