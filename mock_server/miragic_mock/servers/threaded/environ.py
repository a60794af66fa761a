"""The WSGI environment of a request, for the doors that make their own.

Rule: whatever a request line or a header holds, the environment is sound; what is dropped is dropped here.
Source: PEP 3333.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class Incoming(NamedTuple):
    """A request as it came.

    Attributes:
        target: path and query, still percent-encoded.
        body: a stream that ends by itself.
    """

    method: str
    target: str
    headers: Iterable[tuple[str, str]]
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
        if "_" in name:  # in CGI's spelling it would pass for the same name with a hyphen
            continue
        variable = name.upper().replace("-", "_")
        if variable not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            variable = f"HTTP_{variable}"
        value = value.replace("\r\n", "").strip(" \t")
        environ[variable] = f"{environ[variable]},{value}" if variable in environ else value
    return environ
