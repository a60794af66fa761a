"""A server made of a socket, on which a test speaks HTTP byte by byte."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Sequence
from typing import Any


class Connection:
    """The server's end of a connection, for a handler to speak HTTP on byte by byte."""

    def __init__(self, wire: Wire, sock: socket.socket) -> None:
        self._wire = wire
        self._sock = sock
        self._unread = b""

    def read_head(self) -> bytes:
        """The request line and headers of the next request; empty if the client is gone."""
        while b"\r\n\r\n" not in self._unread:
            if not self._receive():
                return b""
        head, _, self._unread = self._unread.partition(b"\r\n\r\n")
        self._wire.heads.append(head.decode("latin-1"))
        return head

    def read_body(self, head: bytes, *, at_most: int | None = None) -> bytes:
        """The body that the head announces, or as much of it as `at_most` allows."""
        length = next(
            (
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            ),
            0,
        )
        wanted = length if at_most is None else min(at_most, length)
        while len(self._unread) < wanted and self._receive():
            pass
        body, self._unread = self._unread[:wanted], self._unread[wanted:]
        return body

    def read_request(self) -> bytes:
        """A whole request; gives its body."""
        return self.read_body(self.read_head())

    def answer(
        self, status: int = 200, document: Any = None, *, headers: str = "", body: bytes | None = None
    ) -> None:
        """A whole answer with Content-Length."""
        payload = json.dumps(document).encode() if body is None else body
        self.send(
            f"HTTP/1.1 {status} X\r\n{headers}Content-Length: {len(payload)}\r\n\r\n".encode() + payload
        )

    def send(self, data: bytes) -> None:
        self._sock.sendall(data)

    def pause(self, seconds: float) -> bool:
        """Let real time pass; True if the test is over."""
        return self._wire.over.wait(seconds)

    def hold(self, seconds: float) -> None:
        """Say nothing; note on the wire if the client is still there at the end."""
        if not self.pause(seconds):
            self._wire.outlasted.set()

    def drip(self, data: bytes, *, times: int, pause_s: float) -> None:
        """Send the data again and again; note on the wire if the client is still there at the end."""
        for _ in range(times):
            if self.pause(pause_s):
                return
            self.send(data)
        self._wire.outlasted.set()

    def drain(self) -> None:
        """Read until the client hangs up."""
        while self._receive():
            self._unread = b""

    def reset(self) -> None:
        """Break the connection the hard way."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _receive(self) -> bool:
        try:
            data = self._sock.recv(1 << 16)
        except OSError:
            return False
        self._unread += data
        return bool(data)


class Wire:
    """A server made of a socket: the n-th connection goes to the n-th handler, or to the last.

    Attributes:
        heads: The request line and headers of each request.
        connections: How many there were.
        problems: What handlers raised.
        over: Set at the end of the test.
        outlasted: Set once a client stayed for all that a handler had for it. Server and client share a
            process: on a slow machine both are slow, and the one that ends first is the same.
    """

    def __init__(self, handlers: Sequence[Callable[[Connection], object]]) -> None:
        self._handlers = handlers
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.heads: list[str] = []
        self.connections = 0
        self.problems: list[BaseException] = []
        self.over = threading.Event()
        self.outlasted = threading.Event()
        self._workers: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self._acceptor = threading.Thread(target=self._accept, name="wire")
        self._acceptor.start()

    def close(self) -> None:
        self.over.set()
        # Closing alone does not wake a thread that waits in accept().
        self._socket.shutdown(socket.SHUT_RDWR)
        self._acceptor.join()
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for worker in self._workers:
            worker.join()
        self._socket.close()

    def _accept(self) -> None:
        while not self.over.is_set():
            try:
                sock, _ = self._socket.accept()
            except OSError:
                return
            handler = self._handlers[min(self.connections, len(self._handlers) - 1)]
            self.connections += 1
            self._open.append(sock)
            worker = threading.Thread(target=self._serve, args=(sock, handler), name="wire connection")
            self._workers.append(worker)
            worker.start()

    def _serve(self, sock: socket.socket, handler: Callable[[Connection], object]) -> None:
        with sock:
            try:
                handler(Connection(self, sock))
            except (BrokenPipeError, ConnectionResetError):
                pass
            except BaseException as problem:
                self.problems.append(problem)
