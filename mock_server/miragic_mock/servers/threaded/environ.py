"""The WSGI environment of a request, for the doors that make their own.

Rule: whatever a request line or a header holds, the environment is sound; what is dropped is dropped here.
Source: PEP 3333.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class Incoming(NamedTuple):
    """A request as it came.

    Attributes:
        target: path and query, still percent-encoded.
        headers: names in lower case, and values, as bytes.
        body: a stream that ends by itself.
    """

    method: str
    target: str
    headers: Iterable[tuple[bytes, bytes]]
    body: Any
    scheme: str
    server: tuple[str, int]
    client: str = "127.0.0.1"
    protocol: str = "HTTP/1.1"


def environ_of(incoming: Incoming) -> WSGIEnvironment:
    """Return the environment of a request."""
    path, _, query = incoming.target.partition("?")
    environ: WSGIEnvironment = {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": incoming.scheme,
        "wsgi.input": incoming.body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "REQUEST_METHOD": incoming.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "REMOTE_ADDR": incoming.client,
        "SERVER_NAME": incoming.server[0],
        "SERVER_PORT": str(incoming.server[1]),
        "SERVER_PROTOCOL": incoming.protocol,
    }
    for name, value in incoming.headers:
        variable = _variable(name)
        if variable is None:
            continue
        text = value.decode("latin-1")
        environ[variable] = f"{environ[variable]},{text}" if variable in environ else text
    return environ


@lru_cache(maxsize=256)
def _variable(name: bytes) -> str | None:
    """Return the variable of a header; None for one that in CGI's spelling would pass for another."""
    if b"_" in name:
        return None
    variable = name.decode("ascii").upper().replace("-", "_")
    return variable if variable in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{variable}"
