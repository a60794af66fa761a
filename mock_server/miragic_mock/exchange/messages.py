"""What goes in and out of the engine: a request and an answer, as values that know no web framework.

Rule: every door (Flask, the lean path, `responses`) makes a `Request` and delivers an `Answer`; between the
two stands nothing but the engine, so all doors give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple, Protocol

from ..domain.faults import Effect

JSON: Final = "application/json"
TEXT: Final = "text/plain; charset=utf-8"

Headers = tuple[tuple[str, str], ...]


class Lookup(Protocol):
    """The headers of a request, by name; the case of a name does not matter."""

    def get(self, name: str, /) -> str | None:
        """Return the value of a header; None where there is none."""


class Readable(Protocol):
    """The body of a request."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, nothing at the end."""


class Request(NamedTuple):
    """One request.

    Attributes:
        path: decoded, without the query.
        length: the Content-Length, None where there is none.
        base_url: the scheme and host that the client used, without a trailing slash.
        query: as it came, without the question mark.
        remote: the client's address, "" where the door knows none.
    """

    method: str
    path: str
    headers: Lookup
    body: Readable
    length: int | None = None
    base_url: str = "http://localhost"
    query: str = ""
    remote: str = ""


class Answer(NamedTuple):
    """One answer.

    Attributes:
        body: the whole body, or an iterable of pieces where it is too large to hold.
        headers: without Content-Length, which the door adds.
        effect: what the door has still to do to the answer on its way out; None for nothing.
    """

    status: int
    body: bytes | Iterable[bytes] = b""
    headers: Headers = (("Content-Type", JSON),)
    effect: Effect | None = None

    def whole_body(self) -> bytes:
        """Return the body in one piece."""
        return self.body if isinstance(self.body, bytes) else b"".join(self.body)

    def with_header(self, name: str, value: str) -> Answer:
        """Return this answer with one header more."""
        return self._replace(headers=(*self.headers, (name, value)))


def length_of(text: str | None) -> int | None:
    """Return the bytes that a Content-Length announces; None where it is missing or is no number."""
    # `int` alone takes signs, blanks and underscores, too, and `isdigit` digits of other scripts.
    return int(text) if text and text.isascii() and text.isdigit() else None


def header_of(answer: Answer, name: str) -> str | None:
    """Return the value of the first header of that name; None where there is none."""
    wanted = name.lower()
    for given, value in answer.headers:
        if given.lower() == wanted:
            return value
    return None
