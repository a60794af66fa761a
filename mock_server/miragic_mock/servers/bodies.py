"""Bodies of requests behind Granian, whose reads wait without a limit.

Rule: no answer is complete while a read is under way: Granian 2.8 then stops as a whole. So a body is read by
the thread that answers, and it is the number of bodies that is bounded.
"""

from __future__ import annotations

from typing import Protocol


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Body:
    """The body of one request, as long as it was announced.

    Attributes:
        is_begun: Whether anything was asked for.
        is_over: Whether all of it was read.
    """

    __slots__ = ("_missing", "_stream", "is_begun", "is_over")

    def __init__(self, stream: _Stream, length: int | None) -> None:
        """Wrap Granian's stream.

        Args:
            stream: Ends where the client ends, or breaks off.
            length: What was announced; None for chunks.
        """
        self._stream, self._missing = stream, length
        self.is_begun, self.is_over = False, length == 0

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, nothing at the end.

        Raises:
            ConnectionError: The client broke off.
        """
        if self.is_over:
            return b""
        self.is_begun = True
        piece = bytes(self._stream.read(size))
        if self._missing is not None:
            self._missing -= len(piece)
            if not piece and self._missing:
                # Granian gives what has come, and nothing says that more was announced.
                raise ConnectionAbortedError("the client broke off in its body")
        self.is_over = not piece or self._missing == 0
        return piece
