"""Connections that end with the deadline of a call, however slowly the other side drips.

`requests` measures its timeouts between two pieces of data, and anew for each address of a host: a server
that sends a byte now and then, or one `100 Continue` after another, would hold a call for as long as it
likes. Here no wait on the socket is longer than the time that is left. Only the system's look-up of a host's
name cannot be limited that way.
"""

from __future__ import annotations

import io
import math
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any, Final, cast

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

from .._uploads.multipart import BLOCK_BYTES
from .wire import TOO_LATE


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a request must be over: a reading of the clock, or infinity."""

    at: float
    clock: Callable[[], float]

    def within(self, seconds: float | None) -> float | None:
        """Return that many seconds, or what is left if that is less.

        Args:
            seconds: Any number of seconds, or None for no limit but the deadline.

        Returns:
            Seconds above 0; None for no limit.

        Raises:
            TimeoutError: Nothing is left.
        """
        left_s = self.at - self.clock()
        if left_s <= 0:
            raise TimeoutError(TOO_LATE)
        if seconds is not None:
            return min(seconds, left_s)
        return None if math.isinf(left_s) else left_s


_NEVER: Final = Deadline(math.inf, lambda: 0.0)
# A context variable, as none of the libraries between a request and its socket hands on a value of ours.
_current: ContextVar[Deadline] = ContextVar("deadline of the request under way", default=_NEVER)


@contextmanager
def ending(deadline: Deadline) -> Iterator[None]:
    """End requests that are made in the block, through a `DeadlineAdapter`, by the deadline."""
    token = _current.set(deadline)
    try:
        yield
    finally:
        _current.reset(token)


class DeadlineAdapter(HTTPAdapter):
    """An adapter for `requests` that keeps the deadlines of a `Client` to the letter, and repeats nothing.

    A client's own session has it. Mount it on a session that you pass in: with another adapter, a server that
    drips its headers, or stalls address after address, can hold a call beyond its deadline. Requests that no
    client makes are not limited by it. A SOCKS proxy brings connections of its own, which are not covered.

    >>> from requests import Session
    >>> session = Session()
    >>> session.mount("https://", DeadlineAdapter())
    """

    def __init__(self) -> None:
        # The protocol decides what is repeated: only it knows whether that would be paid for twice.
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        # The 16 KiB that http.client hands over at a time make an upload four times slower.
        super().init_poolmanager(*args, **kwargs, blocksize=BLOCK_BYTES)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs, blocksize=BLOCK_BYTES)
        # The manager of a SOCKS proxy is of another class, with connections of its own.
        if isinstance(manager, ProxyManager):
            manager.pool_classes_by_scheme = _POOLS
        return manager

    def close(self) -> None:
        # urllib3 leaves the sockets of a pool to the garbage collector, and after an error a traceback may
        # keep them alive for long.
        for manager in (self.poolmanager, *self.proxy_manager.values()):
            for key in list(manager.pools.keys()):
                manager.pools[key].close()
        super().close()


class _PatientReader(io.RawIOBase):
    """Reads from a socket: each read waits as long as one may, and none beyond the deadline."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: Deadline) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = deadline
        self._pause_s = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._deadline.within(self._pause_s))
        return cast("int | None", self._raw.readinto(buffer))

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    """An answer of `http.client` that is read by the deadline, and is never an interim one."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_PatientReader(self.fp.detach(), sock, _current.get()))

    def begin(self) -> None:
        super().begin()
        # http.client skips 100 only, and takes 103 for the answer. A client must be able to read any number
        # of 1xx answers before the final one (RFC 9110, 15.2). 101 stays: after it the connection speaks
        # another protocol.
        while 102 <= self.status < 200:
            self.headers = self.msg = None  # type: ignore[assignment]  # as before the first call
            super().begin()


class BoundedConnection(HTTPConnection):
    """A connection that is made, and takes what is sent, by the deadline.

    Attributes:
        handshakes: How many TLS handshakes may follow the connection to an address.
    """

    response_class = _Response
    handshakes = 0

    def connect(self) -> None:
        deadline, timeout = _current.get(), self.timeout
        if deadline.at < math.inf:
            # urllib3 takes the timeout for each address of the host, and ssl for each handshake.
            steps = self._count_addresses() + self.handshakes
            self.timeout = min(timeout or math.inf, cast(float, deadline.within(None)) / steps)
        try:
            super().connect()
        finally:
            self.timeout = timeout

    def send(self, data: Any) -> None:
        # sendall limits the whole of each block, by the timeout that was set before the first one.
        deadline = _current.get()
        if self.sock is not None and deadline.at < math.inf:
            self.sock.settimeout(deadline.within(self.timeout))
        super().send(data)

    def _count_addresses(self) -> int:
        try:
            return len(socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:  # UnicodeError: a label of the name is empty or too long
            raise NewConnectionError(self, f"{self.host} has no address: {error}") from error


class BoundedTlsConnection(BoundedConnection, HTTPSConnection):
    """The same with TLS."""

    handshakes = 2  # with the server, and before that with a proxy


class BoundedPool(HTTPConnectionPool):
    """A pool of bounded connections."""

    ConnectionCls = BoundedConnection


class BoundedTlsPool(HTTPSConnectionPool):
    """A pool of bounded connections with TLS."""

    ConnectionCls = BoundedTlsConnection


_POOLS: Final = {"http": BoundedPool, "https": BoundedTlsPool}
