"""The places that a server has for connections."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from typing import Final

from ..waiting import slowest

_LOOK_EVERY_S: Final = 0.1


class Seat:
    """The place of one connection.

    Attributes:
        client: Its socket.
        address: The address that it comes from, without the port.
        is_waiting: Whether the server waits for the client, to send or to read.
        is_taken_away: Whether another connection needs the place.
        progress_at: When the client last did something.
        thread: The thread that serves it, None before that is started.
    """

    __slots__ = ("_clock", "address", "client", "is_taken_away", "is_waiting", "progress_at", "thread")

    def __init__(self, client: socket.socket, address: str, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.client, self.address = client, address
        self.is_waiting, self.is_taken_away = False, False
        self.progress_at = clock()
        self.thread: threading.Thread | None = None

    def note_progress(self) -> None:
        """Remember that the client has done something now."""
        self.progress_at = self._clock()

    def take_away(self) -> None:
        """End the connection; the thread that waits on it notices."""
        self.is_taken_away = True
        self.end()

    def end(self) -> None:
        """Shut the connection down, and wake who reads from it."""
        with contextlib.suppress(OSError):
            # Not `close`, which would leave a thread that is reading where it is.
            self.client.shutdown(socket.SHUT_RDWR)


class Seats:
    """All the places of a server."""

    def __init__(self, most: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Make room for `most` connections.

        Args:
            most: How many there may be at once.
            clock: Gives seconds, for how long connections made no progress.
        """
        self._clock = clock
        # Several, since each takes a moment to go, and others wait behind the one who is let in.
        self._at_once = max(most // 32, 1)
        self._lock = threading.Lock()
        # Bounded, so that a seat given back twice is an error here and not a slow leak.
        self._free = threading.BoundedSemaphore(most)
        self._taken: set[Seat] = set()

    def wait_for_one(self, is_over: Callable[[], bool]) -> bool:
        """Keep a place for a new connection, at the cost of an old one if there must be.

        Args:
            is_over: Whether the server stops, so that there is no use in waiting.

        Returns:
            Whether there is a place now.
        """
        while not self._free.acquire(blocking=False):
            if is_over():
                return False
            with self._lock:
                for seat in slowest(self._taken, self._at_once):
                    seat.take_away()
            if self._free.acquire(timeout=_LOOK_EVERY_S):
                break
        return True

    def give_back(self) -> None:
        """Let a place go that was kept and not taken."""
        self._free.release()

    def take(self, client: socket.socket, address: str) -> Seat:
        """Take the place that was kept, for a connection that came from `address`."""
        seat = Seat(client, address, self._clock)
        with self._lock:
            self._taken.add(seat)
        return seat

    def leave(self, seat: Seat) -> None:
        """Give the place of a connection back."""
        with self._lock:
            self._taken.remove(seat)
        self._free.release()

    def end_all(self) -> list[threading.Thread]:
        """Shut all connections down, and return the threads that serve them."""
        with self._lock:
            taken = list(self._taken)
        for seat in taken:
            seat.end()
        return [seat.thread for seat in taken if seat.thread is not None]
