"""The body of a request on a connection, read up to its end and never beyond.

Rule: the source is asked for only at the first read, so that `100 Continue` is sent to those whose body is
wanted. Source: RFC 9112, sections 6.2 (Content-Length) and 7.1 (chunked).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, Final, Protocol

_MAX_LINE: Final = 1024
_MAX_TRAILERS: Final = 64


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...
    def readline(self, limit: int, /) -> bytes: ...


Source = Callable[[], _Stream | BinaryIO]
"""Gives the stream that the body is read from."""


class Sized:
    """A body of known length.

    Args:
        source: gives the stream; None where there is no body at all.
    """

    def __init__(self, source: Source | None, size_bytes: int) -> None:
        self._source, self._left = source, size_bytes

    @property
    def is_over(self) -> bool:
        """Whether all of it was read."""
        return self._left == 0

    def is_within(self, size_bytes: int) -> bool:
        """Whether no more than so many bytes are left."""
        return self._left <= size_bytes

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes (negative: all), nothing at the end.

        Raises:
            ConnectionError: the client went before the end.
        """
        if self._left == 0 or self._source is None:
            return b""
        wanted = self._left if size < 0 else min(size, self._left)
        piece = self._source().read(wanted)
        if len(piece) < wanted:
            raise ConnectionError("the client broke off in its body")
        self._left -= len(piece)
        return piece


class Chunked:
    """A body in chunks, whose length shows only at its end."""

    def __init__(self, source: Source) -> None:
        self._source, self._left = source, 0
        self.is_over = False

    def is_within(self, size_bytes: int) -> bool:
        """Return false: how much is left is not known, and a body in chunks is not read for nothing."""
        return False

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes (negative: all), nothing at the end.

        Raises:
            ConnectionError: the client went before the end, or what came is not chunks.
        """
        if size < 0:
            return b"".join(iter(lambda: self.read(65_536), b""))
        if self.is_over:
            return b""
        if self._left == 0:
            self._begin_chunk()
            if self.is_over:
                return b""
        piece = self._source().read(min(size, self._left))
        self._left -= len(piece)
        if not piece or (self._left == 0 and self._line() != b""):
            raise ConnectionError("expected a whole chunk")
        return piece

    def _begin_chunk(self) -> None:
        digits = self._line().partition(b";")[0].strip()
        if not digits or len(digits) > 15 or digits.strip(b"0123456789abcdefABCDEF"):
            raise ConnectionError("expected the size of a chunk")
        self._left = int(digits, 16)
        if self._left == 0:
            for _ in range(_MAX_TRAILERS):
                if self._line() == b"":
                    break
            self.is_over = True

    def _line(self) -> bytes:
        line = self._source().readline(_MAX_LINE)
        if not line.endswith(b"\n"):
            raise ConnectionError("expected a line")
        return line.rstrip(b"\r\n")
