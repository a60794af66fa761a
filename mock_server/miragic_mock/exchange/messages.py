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

    def get(self, name: str, /) -> str | None: ...


class Readable(Protocol):
    """The body of a request: `read` gives at most `size` bytes, and nothing at its end."""

    def read(self, size: int, /) -> bytes: ...


class Request(NamedTuple):
    """One request.

    `path` is decoded and has no query; `query` is as it came. `length` is the Content-Length, None where
    there is none. `base_url` is the scheme and host that the client used, without a trailing slash.
    """

    method: str
    path: str
    headers: Lookup
    body: Readable
    length: int | None = None
    base_url: str = "http://localhost"
    query: str = ""


class Answer(NamedTuple):
    """One answer.

    `body` is the whole of it, or an iterable of pieces for one that is too large to hold; `headers` leaves
    Content-Length to whoever delivers it. `effect` is what the wire has still to do to the answer; None
    for nothing.
    """

    status: int
    body: bytes | Iterable[bytes] = b""
    headers: Headers = (("Content-Type", JSON),)
    effect: Effect | None = None

    def with_header(self, name: str, value: str) -> Answer:
        """This answer with one header more."""
        return self._replace(headers=(*self.headers, (name, value)))


def length_of(text: str | None) -> int | None:
    """The bytes that a Content-Length announces, None where it is missing or is no number."""
    return int(text) if text and text.isascii() and text.isdigit() else None


def header_of(answer: Answer, name: str) -> str | None:
    """The value of the first header of that name, None where there is none."""
    wanted = name.lower()
    for given, value in answer.headers:
        if given.lower() == wanted:
            return value
    return None
