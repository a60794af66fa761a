"""The bytes of one connection, in and out, each with a limit to how long it may take.

Rule: nothing here knows HTTP. A wait for the client is marked on its seat, so that it can be ended.
"""

from __future__ import annotations

import time
from typing import Final

from .seats import Seat

PIECE_BYTES: Final = 64 * 1024


class Wire:
    """One connection's bytes."""

    __slots__ = ("_answer_s", "seat", "socket")

    def __init__(self, seat: Seat, *, answer_s: float | None) -> None:
        """Wrap a connection.

        Args:
            seat: Its place.
            answer_s: How long the client may take for each piece that it is sent; None for no limit.
        """
        self.seat, self.socket, self._answer_s = seat, seat.client, answer_s

    def receive(self, until: float) -> bytes:
        """Return what the client sends next, nothing at its end.

        Args:
            until: The moment on the monotonic clock up to which to wait.

        Raises:
            TimeoutError: It sent nothing.
            OSError: The connection is gone, or its place was given to another.
        """
        left_s = until - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the client was waited for long enough")
        seat = self.seat
        self.socket.settimeout(left_s)
        seat.is_waiting = True
        try:
            piece = self.socket.recv(PIECE_BYTES)
        finally:
            seat.is_waiting = False
        if seat.is_taken_away:
            # What came may be a whole request, whose answer could not be sent: it must not be done.
            raise ConnectionAbortedError("the connection was closed for another")
        return piece

    def send(self, data: bytes) -> None:
        """Send all of `data`.

        Raises:
            OSError: The client is gone, or does not read.
        """
        seat = self.seat
        self.socket.settimeout(self._answer_s)
        seat.is_waiting = True
        try:
            if len(data) <= PIECE_BYTES:
                self.socket.sendall(data)
            else:
                view = memoryview(data)
                for start in range(0, len(data), PIECE_BYTES):
                    self.socket.sendall(view[start : start + PIECE_BYTES])
                    seat.note_progress()
        finally:
            seat.is_waiting = False
