"""One HTTP/1.1 connection: requests in, a WSGI application's answers out, and faults played on the socket.

Rule: requests are read by h11; what goes out is ours to the last byte, so every fault can be played; only
here is a socket closed, cut or reset. Source: RFC 9112 (messages, keep-alive), PEP 3333 (WSGI).
"""

from __future__ import annotations

import selectors
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterable
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from threading import Event
from typing import TYPE_CHECKING, Any, Final

from ...domain.faults import Effect
from ...domain.limits import Limits
from ...engine.injection.script import Cut, Pause, script, status_line
from ...engine.injection.script import Head as AnswerHead
from ...exchange.messages import Answer
from ...wsgi.adapter import send
from .environ import Incoming, environ_of
from .heads import BadRequestError, Head
from .requests import Body, Requests
from .wire import PIECE_BYTES, Wire

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

_LINGER_S: Final = 2.0
_LINGER_BYTES: Final = 16 * 1024 * 1024
_DISCARDED_BYTES: Final = 1024 * 1024
_DISCARD_S: Final = 0.2
_NO_BODY: Final = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)

Headers = list[tuple[str, str]]

Answers = Callable[["WSGIEnvironment"], Answer | None]
"""Gives the answer to a request, with the effect that the connection has to carry out; None to ask the
application instead."""


class _ConnectionOverError(Exception):
    """The connection is at its end: nothing more is to be read from it or sent on it."""


class Connection:
    """Serves one connection until it ends.

    The socket stays open afterwards: the server that accepted it closes it.
    """

    def __init__(
        self,
        wire: Wire,
        *,
        app: WSGIApplication,
        answers: Answers | None = None,
        limits: Limits,
        stopping: Event,
        scheme: str,
    ) -> None:
        """Prepare to serve a connection.

        Args:
            wire: Its bytes.
            app: The application, asked where `answers` has none.
            answers: Gives answers with the effects that this connection carries out.
            limits: How long to wait for the client.
            stopping: Ends waits when it is set.
            scheme: `"http"`, or `"https"` on a socket that speaks TLS.
        """
        self._app, self._answers, self._stopping, self._scheme = app, answers, stopping, scheme
        self._wire, self._limits, self._requests = wire, limits, Requests(wire, limits)
        host, port = wire.socket.getsockname()[:2]
        self._server = (str(host), int(port))

    def serve(self) -> None:
        """Answer requests until there are no more."""
        try:
            while self._answered_next():
                self._wire.seat.note_progress()
        except (OSError, _ConnectionOverError):
            pass  # the client is gone, or is to believe that the server is

    def _answered_next(self) -> bool:
        """Answer the next request; return whether there may be another."""
        try:
            request = self._requests.next()
        except BadRequestError as error:
            self._refuse(error)
            return False
        return request is not None and self._answered(*request)

    # answers -------------------------------------------------------------------------------------------

    def _answered(self, head: Head, body: Body) -> bool:
        started: list[tuple[str, Headers]] = []

        def start_response(status: str, headers: Headers, exc_info: object = None, /) -> Any:
            started[:] = [(status, headers)]
            return _no_write

        environ = environ_of(
            Incoming(
                method=head.method,
                target=head.target,
                headers=head.headers,
                body=body,
                scheme=self._scheme,
                server=self._server,
                client=self._wire.seat.address,
                protocol="HTTP/1.0" if head.is_old else "HTTP/1.1",
            )
        )
        answer = None if self._answers is None else self._answers(environ)
        pieces = self._app(environ, start_response) if answer is None else send(answer, start_response)
        try:
            if answer is not None and answer.effect is not None:
                self._play(head, body, answer, answer.effect)
                return False
            return self._send(head, body, *started[0], pieces)
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()

    def _send(self, head: Head, body: Body, status: str, headers: Headers, pieces: Iterable[bytes]) -> bool:
        """Send an answer; return whether the connection goes on."""
        has_body = int(status[:3]) not in _NO_BODY and head.method != "HEAD"
        framed = not has_body or any(name.lower() == "content-length" for name, _ in headers)
        chunked = not framed and not head.is_old
        keeps = (
            (framed or chunked)
            and head.keeps_alive
            and not self._stopping.is_set()
            and body.discard(_DISCARDED_BYTES, _DISCARD_S)
        )
        extra = [("Transfer-Encoding", "chunked")] if chunked else []
        out = _written_head(status, [*headers, *extra], keeps=keeps)
        for piece in pieces if has_body else ():
            if piece:
                out += b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece
                # A small body goes with its head, in one packet; others go as they come.
                if not framed or len(out) >= PIECE_BYTES:
                    self._wire.send(out)
                    out = b""
        if chunked:
            out += b"0\r\n\r\n"
        self._wire.send(out)
        if not keeps:
            self._linger(body)
        return keeps

    def _refuse(self, refusal: BadRequestError) -> None:
        """Refuse what is no request, and let the client read that."""
        text = refusal.message.encode()
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text)))]
        self._wire.send(_written_head(status_line(refusal.status), headers, keeps=False) + text)
        self._linger(None)

    def _play(self, head: Head, body: Body, answer: Answer, effect: Effect) -> None:
        """Play the script of a fault; the connection ends with it, since a fault may leave it unusable."""
        answer_head = AnswerHead(answer.status, (*answer.headers, *_own_headers(keeps=False)))
        content = b"" if head.method == "HEAD" else answer.whole_body()
        for step in script(effect, answer_head, content):
            match step:
                case Pause(seconds):
                    self._wait(seconds)
                case Cut(reset):
                    self._cut(reset=reset)
                case bytes():
                    self._wire.send(step)
        self._linger(body)

    # the end -------------------------------------------------------------------------------------------

    def _wait(self, seconds: float | None) -> None:
        """Do nothing for a time (None: for ever), unless the client goes, or the server stops."""
        since = time.monotonic()
        with selectors.DefaultSelector() as selector:
            selector.register(self._wire.socket, selectors.EVENT_READ)
            if selector.select(seconds):
                if self._is_over():
                    raise _ConnectionOverError
                # The client sends on. Its end of the connection would show only behind what is unread.
                left_s = self._limits.idle_s if seconds is None else since + seconds - time.monotonic()
                self._stopping.wait(left_s)
        if self._stopping.is_set():
            raise _ConnectionOverError

    def _is_over(self) -> bool:
        if (
            self._scheme == "https"
        ):  # TLS cannot peek; a client that waits has nothing to send but its goodbye
            return True
        return not self._wire.socket.recv(1, socket.MSG_PEEK)

    def _cut(self, *, reset: bool) -> None:
        if reset:
            # Closing with a linger time of 0 discards what is unsent and sends RST. The numbers are two
            # shorts on Windows and two ints elsewhere.
            linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
            self._wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        raise _ConnectionOverError

    def _linger(self, body: Body | None) -> None:
        """Let the client read the answer before the connection is closed.

        Closing on unread data would be a reset, which discards what the client has not read yet (RFC 9112,
        section 9.6).
        """
        if body is not None and body.is_over:
            return
        self._wire.socket.shutdown(socket.SHUT_WR)
        until, left = time.monotonic() + _LINGER_S, _LINGER_BYTES
        while left > 0 and not self._stopping.is_set() and (piece := self._wire.receive(until)):
            left -= len(piece)


def _written_head(status: str, headers: Headers, *, keeps: bool) -> bytes:
    fields = (*headers, *_own_headers(keeps=keeps))
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def _own_headers(*, keeps: bool) -> Headers:
    return [("Date", _date(int(time.time()))), ("Connection", "keep-alive" if keeps else "close")]


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)


def _no_write(_: bytes, /) -> None:
    raise NotImplementedError("this server takes the body as an iterable only")
