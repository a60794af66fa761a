"""The requests of a connection, one after the other: h11 reads them, we wait for their bytes.

Rule: a request is read up to its end and never beyond, and nothing is read behind what is no request.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Final

import h11

from ...domain.limits import BODY_PIECE_BYTES, Limits
from .heads import MAX_HEAD_BYTES, BadRequestError, Head, head_of, refusal_of
from .wire import Wire

_NO_LIMIT_S: Final = 24 * 3600.0
_CONTINUE: Final = h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue")


class Body:
    """The body of a request.

    Attributes:
        is_over: Whether all of it was read.
    """

    __slots__ = ("_in_piece", "_left_s", "_limit_s", "_parser", "_piece", "_problem", "_wire", "is_over")

    def __init__(self, parser: h11.Connection, wire: Wire, limit_s: float) -> None:
        """Begin to read the body of the request that `parser` has just given.

        Args:
            parser: What reads it.
            wire: Where its bytes come from.
            limit_s: How long a piece of it may take.
        """
        self._parser, self._wire, self._limit_s = parser, wire, limit_s
        self._left_s, self._in_piece = limit_s, 0
        self._piece, self._problem = b"", False
        self.is_over = False
        self.advance()

    @property
    def is_awaited(self) -> bool:
        """Whether the client waits for `100 Continue` before it sends anything."""
        return self._parser.they_are_waiting_for_100_continue

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes (negative: all), nothing at the end.

        `100 Continue` is sent at the first read, to those whose body is wanted.

        Raises:
            TimeoutError: The client sent too little for too long.
            ConnectionError: It broke off, or what it sent is no body.
        """
        if size < 0:
            return b"".join(iter(lambda: self.read(BODY_PIECE_BYTES), b""))
        if self.is_awaited:
            self._wire.send(self._parser.send(_CONTINUE) or b"")
        while not self._piece and not self.is_over:
            self.advance()
            if not self._piece and not self.is_over:
                self._receive()
        piece, self._piece = self._piece[:size], self._piece[size:]
        return piece

    def discard(self, most_bytes: int, within_s: float) -> bool:
        """Read what is left for nothing, if it is little and comes soon.

        Returns:
            Whether the next request begins where this one ends.
        """
        until = time.monotonic() + within_s
        try:
            while not self.is_over and not self._problem and not self.is_awaited:
                most_bytes -= len(self._piece)
                self._piece = b""
                if most_bytes < 0:
                    break
                self.advance()
                if not self._piece and not self.is_over and not self._problem:
                    self._parser.receive_data(self._wire.receive(until))
        except OSError:
            self._problem = True
        return self.is_over

    def advance(self) -> None:
        """Take what has come already."""
        if self._piece or self.is_over or self._problem:
            return
        try:
            event = self._parser.next_event()
        except h11.RemoteProtocolError:
            self._problem = True
            return
        if isinstance(event, h11.Data):
            self._piece = bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            self.is_over = True

    def _receive(self) -> None:
        """Wait for more; the wait is counted, and not what the application does between two reads."""
        if self._problem:
            raise ConnectionAbortedError("the client broke off in its body, or it is no body")
        began = time.monotonic()
        piece = self._wire.receive(began + self._left_s)
        self._parser.receive_data(piece)
        self._left_s -= time.monotonic() - began
        self._in_piece += len(piece)
        if self._in_piece >= BODY_PIECE_BYTES:
            self._in_piece, self._left_s = 0, self._limit_s
            self._wire.seat.note_progress()


class Requests:
    """Reads the requests of one connection."""

    __slots__ = ("_body", "_limits", "_parser", "_wire")

    def __init__(self, wire: Wire, limits: Limits) -> None:
        self._wire, self._limits = wire, limits
        self._parser: h11.Connection | None = None

    def next(self) -> tuple[Head, Body] | None:
        """Return the next request; None where the client has no more.

        Raises:
            BadRequestError: What came is no request.
            OSError: The client is gone, or has sent nothing for too long.
        """
        raw, is_first = b"", self._parser is None
        if self._parser is not None:
            raw, _ = self._parser.trailing_data
        if not raw:
            raw = self._wire.receive(
                time.monotonic() + (self._limits.head_s if is_first else self._limits.idle_s)
            )
        # A parser for each request: we write answers ourselves, so this one would never know that it is done.
        self._parser = parser = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES)
        request, raw = self._read(parser, raw, time.monotonic() + self._limits.head_s)
        if request is None:
            return None
        self._wire.seat.note_progress()
        unread = len(parser.trailing_data[0])
        head = head_of(request, raw[: len(raw) - unread])
        return head, Body(parser, self._wire, self._limits.body_s or _NO_LIMIT_S)

    def _read(self, parser: h11.Connection, raw: bytes, until: float) -> tuple[h11.Request | None, bytes]:
        """Return the request that begins with `raw`, if it is one, and all bytes that came up to its end."""
        # Empty lines before a request are passed over (RFC 9112, section 2.2).
        while raw.startswith(b"\r\n") and len(raw) > len(b"\r\n"):
            raw = raw[len(b"\r\n") :]
        parser.receive_data(raw)
        while True:
            try:
                event = parser.next_event()
            except h11.RemoteProtocolError as error:
                raise refusal_of(raw) from error
            if isinstance(event, h11.Request):
                return event, raw
            if isinstance(event, h11.ConnectionClosed):
                return None, raw
            try:
                piece = self._wire.receive(until)
            except TimeoutError as error:
                late = f"Send the head of a request within {self._limits.head_s:g} s."
                raise BadRequestError(HTTPStatus.REQUEST_TIMEOUT, late) from error
            parser.receive_data(piece)
            raw += piece
