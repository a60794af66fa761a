"""What stands between Granian and the application: what Granian lets pass, and what it leaves to others.

Rule: a head that the threaded server refuses is refused here. Bodies never take the last threads. Who is
refused before its body was read is told so before it is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Final

from ..engine.injection.script import status_line
from ..exchange.messages import length_of
from .bodies import Body

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_DISCARDED_BYTES: Final = 1024 * 1024
_PIECE_BYTES: Final = 64 * 1024


class Gate:
    """WSGI middleware for Granian."""

    def __init__(self, application: WSGIApplication, *, most_bodies: int) -> None:
        """Stand before an application.

        Args:
            application: Who answers.
            most_bodies: How many requests with a body are taken at once.
        """
        self._application = application
        self._bodies = BoundedSemaphore(most_bodies)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        host = environ["HTTP_HOST"]
        # Granian joins the values of two headers, and writes an empty one where there is none (RFC 9112,
        # section 3.2).
        if "," in host or (not host and environ["SERVER_PROTOCOL"] == "HTTP/1.1"):
            return _refused(HTTPStatus.BAD_REQUEST, "Send one Host.", start_response)
        is_chunked = "HTTP_TRANSFER_ENCODING" in environ
        if not is_chunked and "CONTENT_LENGTH" not in environ:
            return self._application(environ, start_response)
        if is_chunked and "CONTENT_LENGTH" in environ:
            message = "Say how long the body is in one way only."
            return _refused(HTTPStatus.BAD_REQUEST, message, start_response)
        if not self._bodies.acquire(blocking=False):
            message = "Too many uploads are on their way: try again in a moment."
            return _refused(HTTPStatus.SERVICE_UNAVAILABLE, message, start_response)
        return self._with_body(environ, start_response)

    def _with_body(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = Body(environ["wsgi.input"], length_of(environ.get("CONTENT_LENGTH")))
        environ["wsgi.input"] = body
        is_answered = False
        try:
            answer = self._application(environ, start_response)
            # One that waits for `100 Continue` sends nothing, and a read would ask it to.
            is_read = body.is_over or ("HTTP_EXPECT" in environ and not body.is_begun)
            is_answered = is_read
            return answer if is_read else self._and_then_read(answer, body)
        except BaseException:
            is_answered = True
            raise
        finally:
            if is_answered:
                self._bodies.release()

    def _and_then_read(self, answer: Iterable[bytes], body: Body) -> Iterator[bytes]:
        """Give the answer, and then read a little for nothing.

        Granian closes on what was not read, and a client that still sends may lose its answer by that.
        """
        try:
            yield from answer
            left = _DISCARDED_BYTES
            while left > 0 and (piece := body.read(_PIECE_BYTES)):
                left -= len(piece)
        except OSError:
            return  # the client has gone and waits for no answer
        finally:
            self._bodies.release()


def _refused(status: HTTPStatus, message: str, start_response: StartResponse) -> Iterable[bytes]:
    text = message.encode()
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text)))]
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append(("Retry-After", "1"))
    # PEP 3333 leaves this header to servers. Granian obeys it.
    start_response(status_line(status), [*headers, ("Connection", "close")])
    return [text]
