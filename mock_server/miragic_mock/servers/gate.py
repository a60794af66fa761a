"""What stands between Granian and the application: what Granian lets pass, and what it leaves to others.

Rule: a request that the threaded server refuses is refused here; a body is waited for with a limit; who is
refused before its body was read gets to see that.
"""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from ..engine.injection.script import status_line
from ..exchange.messages import length_of
from .bodies import PatientBody, Readers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_DISCARDED_BYTES: Final = 1024 * 1024
_DISCARD_S: Final = 0.5


class Gate:
    """WSGI middleware for Granian."""

    def __init__(self, application: WSGIApplication, readers: Readers) -> None:
        """Stand before an application.

        Args:
            application: Who answers.
            readers: Who reads bodies.
        """
        self._application, self._readers = application, readers

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        host = environ["HTTP_HOST"]
        # Granian joins the values of two headers, and writes an empty one where there is none (RFC 9112,
        # section 3.2).
        if "," in host or (not host and environ["SERVER_PROTOCOL"] == "HTTP/1.1"):
            return _refused("Send one Host.", start_response)
        if "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ:
            return self._with_body(environ, start_response)
        return self._application(environ, start_response)

    def _with_body(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        length = None if "HTTP_TRANSFER_ENCODING" in environ else length_of(environ["CONTENT_LENGTH"])
        body = PatientBody(
            environ["wsgi.input"], self._readers, address=environ["REMOTE_ADDR"], length=length
        )
        environ["wsgi.input"] = body
        try:
            answer = self._application(environ, start_response)
            # Granian closes on what was not read, and a client that still sends may then lose its answer. One
            # that waits for `100 Continue` sends nothing, and would be asked to.
            if body.is_begun or "HTTP_EXPECT" not in environ:
                body.discard(_DISCARDED_BYTES, _DISCARD_S)
            return answer
        finally:
            self._readers.end(body)


def _refused(message: str, start_response: StartResponse) -> Iterable[bytes]:
    text = message.encode()
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text)))]
    # PEP 3333 leaves this header to servers. Granian obeys it.
    start_response(status_line(HTTPStatus.BAD_REQUEST), [*headers, ("Connection", "close")])
    return [text]
