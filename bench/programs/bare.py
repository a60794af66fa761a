"""The limit of the mock's design: WSGI functions that do only what every server has to do.

Rule: each does what the mock cannot avoid (answer, read the body, hash it), and no more.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from .canned import CREATED, SHOWN

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_PIECE: Final = 256 * 1024
_JSON: Final = ("Content-Type", "application/json")


def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Read a submission and forget it; answer any other request with the same job."""
    if environ["REQUEST_METHOD"] == "POST":
        environ["wsgi.input"].read()
        start_response("201 Created", [_JSON, ("Content-Length", str(len(CREATED)))])
        return [CREATED]
    start_response("200 OK", [_JSON, ("Content-Length", str(len(SHOWN)))])
    return [SHOWN]


def digest(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Hash a submission piece by piece; answer any other request with the same job."""
    if environ["REQUEST_METHOD"] == "POST":
        read, digest = environ["wsgi.input"].read, sha256()
        while piece := read(_PIECE):
            digest.update(piece)
        body = digest.hexdigest().encode("ascii")
        start_response("201 Created", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return [body]
    return answer(environ, start_response)
