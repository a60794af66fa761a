"""Bodies of requests behind Granian, whose own reads wait for ever.

Rule: another thread reads a body, so that who needs it can give up. The thread that was left behind ends when
the connection does, which Granian closes once a request is answered whose body was not read.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final, Protocol

from ..domain.limits import BODY_PIECE_BYTES
from .waiting import slowest

_IDLE_S: Final = 30.0
"""After which a thread that has nothing to read ends."""

_AHEAD: Final = 16
"""How many pieces are read before they are asked for."""


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


class PatientBody:
    """The body of one request, read with a limit to how long each piece of it may take.

    Attributes:
        address: The address that it comes from.
        is_waiting: Whether the server waits for the client.
        is_taken_away: Whether another body needs the place.
        progress_at: When the last piece came.
        is_begun: Whether anything was asked for.
    """

    __slots__ = (
        "_change",
        "_is_closed",
        "_is_over",
        "_missing",
        "_pieces",
        "_readers",
        "_stream",
        "address",
        "is_begun",
        "is_taken_away",
        "is_waiting",
        "progress_at",
    )

    def __init__(self, stream: _Stream, readers: Readers, *, address: str, length: int | None) -> None:
        """Prepare to read a body.

        Args:
            stream: Granian's, which waits for ever.
            readers: Who reads it.
            address: The address that it comes from.
            length: What was announced; None for chunks, which end by themselves.
        """
        self._stream, self._readers, self.address = stream, readers, address
        self._missing = length
        self._change = threading.Condition(threading.Lock())
        self._pieces: deque[bytes] = deque()
        self._is_over, self._is_closed = length == 0, False
        self.is_begun, self.is_waiting, self.is_taken_away = False, False, False
        self.progress_at = readers.clock()

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes (negative: all), nothing at the end.

        Raises:
            TimeoutError: The client sent too little for too long, or another needs the place.
            ConnectionError: It broke off.
        """
        if size < 0:
            return b"".join(iter(lambda: self.read(BODY_PIECE_BYTES), b""))
        return self._read(size, self._readers.limit_s)

    def discard(self, most_bytes: int, within_s: float) -> None:
        """Read what is left for nothing, up to a bound."""
        until = time.monotonic() + within_s
        try:
            while most_bytes > 0 and (left_s := until - time.monotonic()) > 0:
                piece = self._read(BODY_PIECE_BYTES, left_s)
                if not piece:
                    break
                most_bytes -= len(piece)
        except OSError:
            pass

    def close(self) -> None:
        """Let the thread that reads go, as soon as it can."""
        with self._change:
            self._is_closed = True
            self._change.notify_all()

    def take_away(self) -> None:
        """End the wait for the client."""
        with self._change:
            self.is_taken_away = True
            self._change.notify_all()

    def fetch(self) -> None:
        """Read pieces until the end; this is what a reader does."""
        while True:
            with self._change:
                self._change.wait_for(lambda: self._is_closed or len(self._pieces) < _AHEAD)
                if self._is_closed:
                    return
            # Granian gives fewer bytes than were asked for only at the end, or where the client broke off.
            piece = self._stream.read(BODY_PIECE_BYTES)
            with self._change:
                if piece:
                    self._pieces.append(piece)
                self.progress_at = self._readers.clock()
                self._is_over = len(piece) < BODY_PIECE_BYTES
                self._change.notify_all()
                if self._is_over:
                    return

    def _read(self, size: int, limit_s: float) -> bytes:
        if not self.is_begun and not self._is_over:
            self.is_begun = True
            self._readers.begin(self)
        with self._change:
            if not self._pieces and not self._is_over:
                self._wait(limit_s)
            if not self._pieces:
                if self._missing:
                    raise ConnectionAbortedError("the client broke off in its body")
                return b""
            piece = self._pieces.popleft()
            if len(piece) > size:
                self._pieces.appendleft(piece[size:])
                piece = piece[:size]
            self._change.notify_all()
        if self._missing is not None:
            self._missing -= len(piece)
        return piece

    def _wait(self, limit_s: float) -> None:
        self.is_waiting = True
        try:
            came = self._change.wait_for(
                lambda: self._pieces or self._is_over or self.is_taken_away, timeout=limit_s
            )
        finally:
            self.is_waiting = False
        if not came or (self.is_taken_away and not self._pieces and not self._is_over):
            raise TimeoutError("the client was waited for long enough")


class Readers:
    """Threads that read bodies, made when they are needed and kept.

    Attributes:
        limit_s: How long a piece of a body may take.
        clock: Gives seconds.
    """

    def __init__(self, *, most: int, limit_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Prepare to read.

        Args:
            most: How many bodies may be waited for at once; one more takes the place of the slowest.
            limit_s: How long a piece of a body may take.
            clock: Gives seconds, for who has made no progress for longest.
        """
        self.limit_s, self.clock = limit_s, clock
        self._most = most
        self._lock = threading.Lock()
        self._bodies: set[PatientBody] = set()
        self._queue: SimpleQueue[PatientBody] = SimpleQueue()
        self._idle = 0

    def begin(self, body: PatientBody) -> None:
        """Read a body on a thread that is free, or on a new one."""
        with self._lock:
            if len(self._bodies) >= self._most:
                out = slowest(self._bodies)
                if out is not None:
                    out.take_away()
            self._bodies.add(body)
            is_free = self._idle > 0
            if is_free:
                self._idle -= 1
        self._queue.put(body)
        if not is_free:
            threading.Thread(target=self._work, name="miragic-body", daemon=True).start()

    def end(self, body: PatientBody) -> None:
        """Forget a body whose request is answered."""
        body.close()
        with self._lock:
            self._bodies.discard(body)

    def _work(self) -> None:
        while True:
            try:
                body = self._queue.get(timeout=_IDLE_S)
            except Empty:
                with self._lock:
                    if self._idle == 0:
                        continue  # a body is on its way to this thread
                    self._idle -= 1
                return
            body.fetch()
            with self._lock:
                self._idle += 1
