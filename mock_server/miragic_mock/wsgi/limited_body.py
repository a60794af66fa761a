"""The body of a request behind a server that leaves finding its end to the application (PEP 3333).

Rule: imported only behind such a server, since Werkzeug takes as long to load as a mock to start. The mock's
own servers end a body themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.exceptions import ClientDisconnected
from werkzeug.wsgi import get_input_stream

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class LimitedBody:
    """A body that ends where its Content-Length says."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._stream = get_input_stream(environ)

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, or none at the end.

        Raises:
            OSError: The client broke off.
        """
        try:
            return self._stream.read(size)
        except ClientDisconnected as error:
            # Werkzeug's is an HTTP 400 and no OSError, which is what every other body raises.
            raise OSError("the client has gone") from error
