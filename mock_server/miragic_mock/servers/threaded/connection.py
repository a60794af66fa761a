"""One HTTP/1.1 connection: requests in, a WSGI application's answers out, and faults played on the socket.

Rule: the connection is ours to the last byte, so every fault can be played; only here is a socket closed, cut
or reset. Source: RFC 9112 (messages, keep-alive), PEP 3333 (WSGI).
"""

from __future__ import annotations

import selectors
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterable
from email.errors import FirstHeaderLineIsContinuationDefect, MissingHeaderBodySeparatorDefect
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from io import BufferedIOBase
from threading import Event
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from ...domain.faults import Effect
from ...engine.injection.script import Cut, Head, Pause, script
from ...exchange.messages import Answer
from ...wsgi.adapter import send
from .bodies import Chunked, Sized
from .environ import Incoming, environ_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

_IDLE_S: Final = 75.0
_LINGER_S: Final = 2.0
_MAX_LINE: Final = 65_536
_DRAINED_BYTES: Final = 1024 * 1024
_NO_BODY: Final = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
_BAD_LINES: Final = (FirstHeaderLineIsContinuationDefect, MissingHeaderBodySeparatorDefect)

Headers = list[tuple[str, str]]

Answers = Callable[["WSGIEnvironment"], Answer | None]
"""Gives the answer to a request, with the effect that the connection has to carry out; None to ask the
application instead."""


class _ConnectionOverError(Exception):
    """The connection is at its end: nothing more is to be read from it or sent on it."""


class Connection(BaseHTTPRequestHandler):
    """Serves one connection until it ends; constructing it does all the work.

    The socket stays open afterwards: the server that accepted it closes it.

    Args:
        app: the application, asked where `answers` has none.
        answers: gives answers with the effects that this connection carries out.
        stopping: ends waits when it is set.
        scheme: `"http"`, or `"https"` on a socket that speaks TLS.
    """

    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # so that even nonsense is refused with a status
    timeout = _IDLE_S
    disable_nagle_algorithm = True
    # One packet for the head and a small body.
    wbufsize = -1

    def __init__(
        self,
        client: socket.socket,
        address: Any,
        *,
        app: WSGIApplication,
        answers: Answers | None = None,
        stopping: Event,
        scheme: str,
    ) -> None:
        self._app, self._answers, self._stopping, self._scheme = app, answers, stopping, scheme
        self._body: Sized | Chunked = Sized(None, 0)
        self._expects_continue = False
        super().__init__(client, address, None)  # type: ignore[arg-type]  # only a server's own loop needs it

    def handle_one_request(self) -> None:
        """Read one request, answer it, and be ready for the next, or close."""
        self.close_connection = True
        try:
            self.raw_requestline = self.rfile.readline(_MAX_LINE + 1)
            if len(self.raw_requestline) > _MAX_LINE:
                self.requestline = self.request_version = self.command = ""
                self.send_error(HTTPStatus.REQUEST_URI_TOO_LONG)
            elif self.raw_requestline and self.parse_request() and self._check_head() and self._open_body():
                self._answer()
            self.wfile.flush()
        except (OSError, _ConnectionOverError):
            self.close_connection = True

    def finish(self) -> None:
        """Let go of the files, with what could not be sent."""
        try:
            super().finish()
        except OSError:
            self.rfile.close()

    def handle_expect_100(self) -> bool:
        """Let the client go ahead when its body is first read, and not before: the answer may be no."""
        self._expects_continue = True
        return True

    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing: the journal has it."""

    # requests ------------------------------------------------------------------------------------------

    def _check_head(self) -> bool:
        """Refuse a head that another server might read in another way.

        Source: RFC 9112, sections 3.2 and 5.1; RFC 9110, section 5.5.
        """
        hosts = self.headers.get_all("Host", ())
        problem = None
        if any(isinstance(defect, _BAD_LINES) for defect in self.headers.defects):
            problem = "Bad header line"
        elif len(hosts) > 1 or (not hosts and self.request_version >= "HTTP/1.1"):
            problem = "One Host, please"
        elif "\0" in self.path or any("\0" in value for value in self.headers.values()):
            problem = "NUL in the head"
        elif not _can_be_split(self.path):
            problem = "Bad target"
        if problem is not None:
            self.send_error(HTTPStatus.BAD_REQUEST, problem)
        return problem is None

    def _open_body(self) -> bool:
        """Find out how the body is framed; whatever is ambiguous is refused (RFC 9112, section 6.3)."""
        self._expects_continue &= self.headers.get("Expect", "").lower() == "100-continue"
        coding = self.headers.get("Transfer-Encoding")
        lengths = set(self.headers.get_all("Content-Length", ()))
        if coding is not None:
            if coding.strip().lower() != "chunked" or lengths:
                self.send_error(HTTPStatus.BAD_REQUEST, "Bad framing")
                return False
            self._body = Chunked(self._source)
            return True
        length = lengths.pop() if lengths else "0"
        if lengths or not (length.isascii() and length.isdigit() and len(length) < 19):
            self.send_error(HTTPStatus.BAD_REQUEST, "Bad Content-Length")
            return False
        self._body = Sized(self._source, int(length))
        return True

    def _source(self) -> BufferedIOBase:
        """Return the stream of the body, once the application reads it."""
        if self._expects_continue:
            self._expects_continue = False
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        return self.rfile

    def _incoming(self) -> Incoming:
        target, headers = self.path, list(self.headers.items())
        parts = urlsplit(target)
        if parts.scheme:  # the form for proxies, whose host counts (RFC 9112, section 3.2.2)
            target = f"{parts.path}?{parts.query}" if parts.query else parts.path
            headers = [pair for pair in headers if pair[0].lower() != "host"] + [("Host", parts.netloc)]
        host, port = self.connection.getsockname()[:2]
        return Incoming(
            method=self.command,
            target=target,
            headers=headers,
            body=self._body,
            scheme=self._scheme,
            server=(str(host), port),
            client=str(self.client_address[0]),
            protocol=self.request_version,
        )

    # answers -------------------------------------------------------------------------------------------

    def _answer(self) -> None:
        started: list[tuple[str, Headers]] = []

        def start_response(status: str, headers: Headers, exc_info: object = None, /) -> Any:
            started[:] = [(status, headers)]
            return _no_write

        environ = environ_of(self._incoming())
        answer = None if self._answers is None else self._answers(environ)
        pieces = self._app(environ, start_response) if answer is None else send(answer, start_response)
        try:
            if answer is not None and answer.effect is not None:
                self._play(answer, answer.effect, b"".join(pieces))
            else:
                self._send(*started[0], pieces)
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()

    def _send(self, status: str, headers: Headers, pieces: Iterable[bytes]) -> None:
        names = {name.lower() for name, _ in headers}
        has_body = int(status[:3]) not in _NO_BODY and self.command != "HEAD"
        framed = not has_body or "content-length" in names
        chunked = not framed and self.request_version >= "HTTP/1.1"
        keeps = self._keeps_alive() and (framed or chunked) and self._is_drained()
        extra = [("Transfer-Encoding", "chunked")] if chunked else []
        self._write_head(status, [*headers, *extra], keeps=keeps)
        for piece in pieces if has_body else ():
            if piece:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()
        self.close_connection = not keeps
        if not keeps:
            self._linger()

    def _play(self, answer: Answer, effect: Effect, body: bytes) -> None:
        """Play the script of a fault; the connection ends with it, since a fault may leave it unusable."""
        self.close_connection = True
        head = Head(answer.status, (*answer.headers, *_own_headers(keeps=False)))
        for step in script(effect, head, b"" if self.command == "HEAD" else body):
            match step:
                case Pause(seconds):
                    self._wait(seconds)
                case Cut(reset):
                    self._cut(reset=reset)
                case bytes():
                    self.wfile.write(step)
            self.wfile.flush()
        self._linger()

    def _write_head(self, status: str, headers: Headers, *, keeps: bool) -> None:
        fields = (*headers, *_own_headers(keeps=keeps))
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields)]
        self.wfile.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace"))

    def _keeps_alive(self) -> bool:
        wish = self.headers.get("Connection", "").lower()
        if self.request_version < "HTTP/1.1":
            return wish == "keep-alive" and not self._stopping.is_set()
        return wish != "close" and not self._stopping.is_set()

    def _is_drained(self) -> bool:
        """Whether the next request begins where this one's body ends.

        A little is read to get there, but not a lot, and not what was never asked for.
        """
        if self._body.is_over:
            return True
        if self._expects_continue or not self._body.is_within(_DRAINED_BYTES):
            return False
        while self._body.read(_MAX_LINE):
            pass
        return self._body.is_over

    # the end -------------------------------------------------------------------------------------------

    def _wait(self, seconds: float | None) -> None:
        """Do nothing for a time (None: for ever), unless the client goes, or the server stops."""
        since = time.monotonic()
        with selectors.DefaultSelector() as selector:
            selector.register(self.connection, selectors.EVENT_READ)
            if selector.select(seconds):
                if self._is_over():
                    raise _ConnectionOverError
                # The client sends on. Its end of the connection would show only behind what is unread.
                self._stopping.wait(_IDLE_S if seconds is None else since + seconds - time.monotonic())
        if self._stopping.is_set():
            raise _ConnectionOverError

    def _is_over(self) -> bool:
        if (
            self._scheme == "https"
        ):  # TLS cannot peek; a client that waits has nothing to send but its goodbye
            return True
        return not self.connection.recv(1, socket.MSG_PEEK)

    def _cut(self, *, reset: bool) -> None:
        if reset:
            # Closing with a linger time of 0 discards what is unsent and sends RST. The numbers are two
            # shorts on Windows and two ints elsewhere.
            linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        raise _ConnectionOverError

    def _linger(self) -> None:
        """Let the client read the answer before the connection is closed.

        Closing on unread data would be a reset, which discards what the client has not read yet (RFC 9112,
        section 9.6).
        """
        if self._body.is_over:
            return
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(_LINGER_S)
        until = time.monotonic() + _LINGER_S
        while time.monotonic() < until and not self._stopping.is_set() and self.connection.recv(_MAX_LINE):
            pass


def _own_headers(*, keeps: bool) -> Headers:
    return [("Date", formatdate(usegmt=True)), ("Connection", "keep-alive" if keeps else "close")]


def _no_write(_: bytes, /) -> None:
    raise NotImplementedError("this server takes the body as an iterable only")


def _can_be_split(target: str) -> bool:
    try:
        urlsplit(target)
    except ValueError:
        return False
    return True
