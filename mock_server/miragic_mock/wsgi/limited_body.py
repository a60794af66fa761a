"""The body of a request at a server that leaves its end to the application (PEP 3333).

Rule: imported only behind such a server, since Werkzeug takes as long to load as a mock to start. The mock's
own doors end a body themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.exceptions import ClientDisconnected
from werkzeug.wsgi import get_input_stream

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class LimitedBody:
    """The body up to its Content-Length."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._stream = get_input_stream(environ)

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, nothing at the end; OSError where the client broke off."""
        try:
            return self._stream.read(size)
        except ClientDisconnected as error:
            raise OSError("the client has gone") from error
