"""Reaching a WSGI application (PEP 3333) without a socket: an adapter for `requests`."""

from __future__ import annotations

import io
import sys
import urllib.parse
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from .http import HttpDriver

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

# A name that never resolves (RFC 6761, section 6.4), so nothing reaches a network by mistake.
IN_PROCESS: Final = "http://in-process.invalid"


class WsgiAdapter(BaseAdapter):
    """Answers what a session sends by calling an application, in this thread.

    WSGI loses how a header's name was spelt, so the environment has the names in `miragic.header_names`.
    """

    def __init__(self, application: WSGIApplication) -> None:
        super().__init__()
        self._application = application

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Call the application. Only the request matters; a call takes no time that could run out."""
        status, headers, body = _call(self._application, _environment(request))
        raw = HTTPResponse(
            io.BytesIO(body),
            headers=HTTPHeaderDict(headers),
            status=int(status.partition(" ")[0]),
            reason=status.partition(" ")[2],
            preload_content=False,
            # A wrong Content-Length is for the rule `framing` to find, not for urllib3.
            enforce_content_length=False,
        )
        response = requests.Response()
        response.status_code = raw.status
        response.reason = status.partition(" ")[2]
        response.headers.update(headers)
        response.raw = raw
        response.url = request.url or ""
        response.request = request
        return response

    def close(self) -> None:
        """Do nothing: no connection is held."""


def wsgi_driver(
    application: WSGIApplication, *, key: str, second_key: str | None = None, base_url: str = IN_PROCESS
) -> HttpDriver:
    """Make a driver that calls an application instead of a server."""
    session = requests.Session()
    # A proxy from the environment has no business here.
    session.trust_env = False
    session.mount(base_url, WsgiAdapter(application))
    return HttpDriver(base_url, key=key, second_key=second_key, session=session)


def _environment(request: requests.PreparedRequest) -> WSGIEnvironment:
    url = urllib.parse.urlsplit(request.url or "")
    body = request.body or b""
    content = body.encode() if isinstance(body, str) else bytes(body)
    headers = {name: _latin(value) for name, value in request.headers.items()}
    return {
        "REQUEST_METHOD": request.method or "GET",
        "SCRIPT_NAME": "",
        # PEP 3333: bytes as Latin-1.
        "PATH_INFO": urllib.parse.unquote(url.path, "latin-1"),
        "QUERY_STRING": url.query,
        "SERVER_NAME": url.hostname or "",
        "SERVER_PORT": str(url.port or 80),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(content)),
        "HTTP_HOST": url.netloc,
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": io.BytesIO(content),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "miragic.header_names": tuple(headers),
    }


def _call(
    application: WSGIApplication, environment: WSGIEnvironment
) -> tuple[str, list[tuple[str, str]], bytes]:
    started: list[tuple[str, list[tuple[str, str]]]] = []
    written: list[bytes] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        started.append((status, headers))
        return written.append

    pieces: Iterable[bytes] = application(environment, start_response)
    try:
        # What the application writes by the callable that `start_response` returns comes before what it
        # yields.
        written.extend(pieces)
    finally:
        close = getattr(pieces, "close", None)
        if close:
            close()
    # Only now: it need not be called before the first piece is asked for. And the last one counts, since an
    # application may call it again with `exc_info` (PEP 3333, "The start_response() Callable").
    status, headers = started[-1]
    return status, headers, b"".join(written)


def _latin(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")
