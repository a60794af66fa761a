"""Thousands of connections that get nowhere, all held by one thread.

Rule: a connection that the server closes is opened again, at a bounded rate: what is tried is to keep seats
taken, not to wear a processor out with handshakes.
"""

from __future__ import annotations

import heapq
import selectors
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final

DRIP_EVERY_S: Final = 1.0
REPEAT_EVERY_S: Final = 5.0
_RAMP_PER_S: Final = 400.0
_AGAIN_PER_S: Final = 40.0
_TICK_S: Final = 0.05
_SMALL_BUFFER: Final = 4096


@dataclass(frozen=True, slots=True)
class Manner:
    """How a connection gets nowhere.

    Attributes:
        name: What it is called.
        opening: What it sends at once.
        drip: What it sends after that, again and again, a byte at a time.
        reads: How many bytes it reads at each drip; None for all that comes.
        repeats: Whether it sends its opening again when it was answered.
        is_before_tls: Whether it is silent before the handshake.
    """

    name: str
    opening: bytes = b""
    drip: bytes = b""
    reads: int | None = None
    repeats: bool = False
    is_before_tls: bool = False


@dataclass(slots=True)
class _Connection:
    socket: socket.socket
    is_shaking: bool
    to_send: bytes
    dripped: int = 0
    was_answered: bool = False


@dataclass(slots=True)
class _Pace:
    """How many connections may be opened by now."""

    per_s: float
    allowed: float = 0.0
    since: float = field(default_factory=time.monotonic)

    def take(self) -> int:
        """Return how many may be opened now."""
        now = time.monotonic()
        self.allowed, self.since = self.allowed + (now - self.since) * self.per_s, now
        whole = int(self.allowed)
        self.allowed -= whole
        return whole


class Swarm:
    """So many connections of one manner, for as long as a `with` block lasts.

    Attributes:
        opened: How many connections were made.
        closed: How many of them the server has ended.
    """

    def __init__(self, address: tuple[str, int], manner: Manner, size: int, *, tls: bool) -> None:
        self._address, self._manner, self._size = address, manner, size
        self._context = _blind_context() if tls and not manner.is_before_tls else None
        self._pause_s = REPEAT_EVERY_S if manner.repeats else DRIP_EVERY_S
        self._selector = selectors.DefaultSelector()
        self._due: list[tuple[float, int, _Connection]] = []
        self._alive: dict[int, _Connection] = {}
        self._numbers = 0
        self._is_over = threading.Event()
        self._is_whole = threading.Event()
        self._thread = threading.Thread(target=self._run, name="swarm")
        self.opened = self.closed = 0

    def __enter__(self) -> Swarm:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()

    def wait_until_whole(self, within_s: float) -> bool:
        """Wait until all connections have been opened once; return whether they were in time."""
        return self._is_whole.wait(within_s)

    def _run(self) -> None:
        pace, again = _Pace(_RAMP_PER_S), _Pace(_AGAIN_PER_S)
        try:
            while not self._is_over.is_set():
                for key, _ in self._selector.select(_TICK_S):
                    self._continue(key.data)
                self._drip()
                allowed = (again if self._is_whole.is_set() else pace).take()
                for _ in range(min(allowed, self._size - len(self._alive))):
                    self._open()
                if self.opened >= self._size:
                    self._is_whole.set()
        finally:
            for connection in self._alive.values():
                connection.socket.close()
            self._selector.close()

    def _open(self) -> None:
        client = socket.socket()
        if self._manner.reads is not None:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER)
        client.setblocking(False)
        client.connect_ex(self._address)
        connection = _Connection(client, self._context is not None, self._manner.opening)
        self.opened += 1
        self._alive[id(connection)] = connection
        self._selector.register(client, selectors.EVENT_WRITE, connection)

    def _continue(self, connection: _Connection) -> None:
        try:
            if connection.is_shaking:
                self._shake(connection)
            elif connection.to_send:
                sent = connection.socket.send(connection.to_send)
                connection.to_send = connection.to_send[sent:]
                if not connection.to_send:
                    self._rest(connection)
            elif self._selector.get_key(connection.socket).events & selectors.EVENT_WRITE:
                connection.socket.getpeername()  # raises where it was refused
                self._rest(connection)
            else:
                self._read(connection)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError:
            self._end(connection)

    def _shake(self, connection: _Connection) -> None:
        if not isinstance(connection.socket, ssl.SSLSocket):
            assert self._context is not None
            connection.socket.getpeername()
            self._selector.unregister(connection.socket)
            connection.socket = self._context.wrap_socket(connection.socket, do_handshake_on_connect=False)
            self._selector.register(connection.socket, selectors.EVENT_WRITE, connection)
        try:
            connection.socket.do_handshake()
        except ssl.SSLWantReadError:
            self._selector.modify(connection.socket, selectors.EVENT_READ, connection)
            return
        connection.is_shaking = False
        self._selector.modify(connection.socket, selectors.EVENT_WRITE, connection)

    def _rest(self, connection: _Connection) -> None:
        """Nothing is left to send at once: wait for the answer, or for the next drip."""
        if self._manner.reads is None:
            self._selector.modify(connection.socket, selectors.EVENT_READ, connection)
        else:  # who reads slowly is not woken by what there is to read
            self._selector.unregister(connection.socket)
        self._numbers += 1
        heapq.heappush(self._due, (time.monotonic() + self._pause_s, self._numbers, connection))

    def _read(self, connection: _Connection) -> None:
        if not connection.socket.recv(65_536):
            self._end(connection)
        connection.was_answered = True

    def _drip(self) -> None:
        now = time.monotonic()
        while self._due and self._due[0][0] <= now:
            _, number, connection = heapq.heappop(self._due)
            if id(connection) not in self._alive:
                continue
            try:
                self._drip_on(connection)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                pass
            except OSError:
                self._end(connection)
                continue
            heapq.heappush(self._due, (now + self._pause_s, number, connection))

    def _drip_on(self, connection: _Connection) -> None:
        manner = self._manner
        if manner.drip:
            at = connection.dripped % len(manner.drip)
            connection.dripped += connection.socket.send(manner.drip[at : at + 1])
        elif manner.reads is not None:
            if not connection.socket.recv(manner.reads):
                raise ConnectionError("the server has ended it")
        elif manner.repeats and connection.was_answered:
            connection.was_answered = False
            connection.socket.send(manner.opening)

    def _end(self, connection: _Connection) -> None:
        if self._alive.pop(id(connection), None) is not None:
            self.closed += 1
            with suppress(KeyError, ValueError):
                self._selector.unregister(connection.socket)
            connection.socket.close()


def _blind_context() -> ssl.SSLContext:
    """Return a context that trusts anybody: attackers do not care whom they attack."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
