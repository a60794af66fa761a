"""The head of a request, read by h11 and then held to what is beyond doubt.

Rule: a head that another server might read in another way is refused. What h11 takes out of kindness to old
programs (folded lines, control characters, two kinds of framing at once) is refused here.
Source: RFC 9112 (sections 2.2, 3, 5 and 6), RFC 9110 (sections 5.5 and 7.2).
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import h11

MAX_HEAD_BYTES: Final = 64 * 1024
_MAX_HEADERS: Final = 100
_MAX_LINES: Final = _MAX_HEADERS + 2
"""The request line, the headers, and the empty line at the end."""

_END: Final = re.compile(rb"\n\r?\n")
_VERSIONS: Final = (b"1.0", b"1.1")
_DOUBTFUL: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\n[ \t]|\r(?!\n)")
"""Control characters, the fold of a line, a bare CR."""

_Headers = list[tuple[bytes, bytes]]


class BadRequestError(Exception):
    """What came is no request that can be answered; the connection ends with the refusal.

    Attributes:
        status: The status of the refusal.
        message: What was expected.
    """

    def __init__(self, status: HTTPStatus, message: str) -> None:
        self.status, self.message = status, message
        super().__init__(message)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.status, self.message)


class Head(NamedTuple):
    """The head of a request.

    Attributes:
        target: Path and query, still percent-encoded; `*` where the server as a whole is meant.
        headers: Names in lower case, and values.
        is_old: Whether it is HTTP/1.0.
        wishes: The options of the Connection header, in lower case.
    """

    method: str
    target: str
    headers: _Headers
    is_old: bool
    wishes: frozenset[bytes]

    @property
    def keeps_alive(self) -> bool:
        """Whether the client means to send another request on this connection (RFC 9112, section 9.3)."""
        return b"close" not in self.wishes and (not self.is_old or b"keep-alive" in self.wishes)


def head_of(request: h11.Request, raw: bytes) -> Head:
    """Return the head of a request.

    Args:
        request: What h11 made of it.
        raw: The bytes that it made it of.

    Raises:
        BadRequestError: It can be read in more than one way, or is too much.
    """
    headers: _Headers = list(request.headers)
    if request.http_version not in _VERSIONS:
        raise BadRequestError(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "Send HTTP/1.1.")
    too_much = _too_much(raw)
    if too_much is not None:
        raise too_much
    if _DOUBTFUL.search(raw):
        raise BadRequestError(HTTPStatus.BAD_REQUEST, "The head has control characters or folded lines.")
    is_old = request.http_version == b"1.0"
    names = [name for name, _ in headers]
    # Chunks are of HTTP/1.1. Who sends both kinds of framing wants to be understood in two ways.
    if b"transfer-encoding" in names and (is_old or b"content-length" in names):
        raise BadRequestError(HTTPStatus.BAD_REQUEST, "Say how long the body is in one way only.")
    target = _target(request, headers)
    wishes = _wishes(headers) if b"connection" in names else frozenset[bytes]()
    return Head(request.method.decode("ascii"), target, headers, is_old, wishes)


def refusal_of(received: bytes) -> BadRequestError:
    """Return how to refuse what h11 could not read; it names no text of the client's.

    Args:
        received: What had come by then.
    """
    head = _END.split(received, maxsplit=1)[0]
    refusal = BadRequestError(HTTPStatus.BAD_REQUEST, "This is not a request as RFC 9112 has it.")
    return _too_much(head) or refusal


def _too_much(head: bytes) -> BadRequestError | None:
    """Return the refusal of a head that passes the bounds; None for others."""
    if len(head) > MAX_HEAD_BYTES:
        is_target = b"\n" not in head[:MAX_HEAD_BYTES]
        return BadRequestError(
            HTTPStatus.REQUEST_URI_TOO_LONG if is_target else HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
            f"Send a head of {MAX_HEAD_BYTES} bytes at most.",
        )
    if head.count(b"\n") > _MAX_LINES:
        too_many = f"Send {_MAX_HEADERS} headers at most."
        return BadRequestError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, too_many)
    return None


def _target(request: h11.Request, headers: _Headers) -> str:
    """Return path and query of the target, whichever form it has (RFC 9112, section 3.2).

    The host of a target that has one takes the place of the Host header.
    """
    # A fragment is the client's own business and is not sent; Granian drops it, too.
    target = request.target.decode("ascii").partition("#")[0]
    if target.startswith("/") or target == "*":
        return target
    if request.method == b"CONNECT":
        return ""  # names a host to connect to, and no path: there is nothing here
    try:
        parts = urlsplit(target)
    except ValueError:
        parts = None
    if parts is None or parts.scheme not in ("http", "https") or not parts.netloc:
        raise BadRequestError(HTTPStatus.BAD_REQUEST, "Send a path, or a whole URL, as the target.")
    headers[:] = [pair for pair in headers if pair[0] != b"host"]
    headers.append((b"host", parts.netloc.encode("ascii")))
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query else path


def _wishes(headers: _Headers) -> frozenset[bytes]:
    values = b",".join(value for name, value in headers if name == b"connection")
    return frozenset(word.strip() for word in values.lower().split(b","))
