"""What a fault does to the bytes on their way out, as a script that a door plays.

    no fault    head, body                            hang      Pause, Cut
    delay       Pause, head, body                     drip      head, piece, Pause, piece, ...
    truncate    head, some of the body, Cut           reset     Cut(reset)

Rule: a script says what happens, once and for all doors. A door that has the socket sends the bytes as they
come; one that has to hand over status and headers first plays the script up to the end of its head.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import assert_never

from ...domain import faults
from ...domain.faults import Effect, OnWire
from ...exchange.messages import Headers


@dataclass(frozen=True, slots=True)
class Pause:
    """Do nothing for so many seconds; None: until the client goes."""

    seconds: float | None


@dataclass(frozen=True, slots=True)
class Cut:
    """End the connection here: by closing it, or by a reset (RST)."""

    reset: bool = False


Step = Pause | Cut | bytes
"""One step of a script; bytes are sent as they are."""


class Head:
    """The status line and the headers of an answer, written once it is known what length they announce.

    Attributes:
        length: the Content-Length that was announced, None before that.
    """

    def __init__(self, status: int, headers: Headers) -> None:
        self.length: int | None = None
        self._status, self._left = status, 0
        self._headers = tuple(pair for pair in headers if pair[0].lower() != "content-length")

    def announcing(self, length: int) -> bytes:
        """Return the bytes of the head of a body of `length` bytes."""
        self.length = length
        lines = [
            f"HTTP/1.1 {status_line(self._status)}",
            *(f"{name}: {value}" for name, value in self.headers()),
        ]
        written = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
        self._left = len(written)
        return written

    def headers(self) -> list[tuple[str, str]]:
        """Return the headers with the Content-Length that was announced."""
        return [*self._headers, ("Content-Length", str(self.length))]

    def is_complete_with(self, piece: bytes) -> bool:
        """Whether a piece that a script sends is the last one of this head."""
        self._left -= len(piece)
        return self._left <= 0


def script(effect: Effect | None, head: Head, body: bytes) -> Iterator[Step]:
    """Yield the steps by which an answer goes out under `effect`; None stands for an undisturbed one."""
    if not isinstance(effect, OnWire):  # it is wrong already, if at all, and goes out like any other answer
        yield from _whole(head, body)
        return
    match effect:
        case faults.Hang(for_s=seconds):
            yield Pause(seconds)
            yield Cut()
        case faults.AnswerLost():
            yield Cut()
        case faults.Reset(when="after"):
            yield head.announcing(len(body))
            yield body[: len(body) // 2]
            yield Cut(reset=True)
        case faults.Reset():
            yield Cut(reset=True)
        case faults.Truncate(keep=keep):
            yield head.announcing(len(body))
            yield body[:keep]
            yield Cut()
        case faults.ContentLength(delta=delta):
            yield head.announcing(max(len(body) + delta, 0))
            yield body
            # Where more was announced, only the end of the connection shows that nothing more comes.
            yield Cut()
        case faults.Drip(chunk=chunk, pause_s=pause_s):
            yield head.announcing(len(body))
            yield from _dripped(body, chunk, pause_s)
        case faults.SlowHeaders(chunk=chunk, pause_s=pause_s):
            yield from _dripped(head.announcing(len(body)), chunk, pause_s)
            yield body
        case faults.Delay(by_s=by_s):
            yield Pause(by_s)
            yield from _whole(head, body)
        case faults.Uniform() | faults.Lognormal():
            raise AssertionError("a delay is drawn before it is played")
        case _:
            assert_never(effect)


def is_unanswered(effect: Effect) -> bool:
    """Whether under `effect` not even a status goes out."""
    if isinstance(effect, faults.Drawn):
        return False  # what is drawn is a delay
    steps = script(effect, Head(HTTPStatus.OK, ()), b"")
    return isinstance(next(step for step in steps if not isinstance(step, Pause)), Cut)


@lru_cache(maxsize=256)
def status_line(status: int) -> str:
    """Return a status with its phrase, as it stands in a status line."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"


def _whole(head: Head, body: bytes) -> Iterator[Step]:
    yield head.announcing(len(body))
    yield body


def _dripped(data: bytes, chunk: int, pause_s: float) -> Iterator[Step]:
    for start in range(0, len(data), chunk):
        if start:
            yield Pause(pause_s)
        yield data[start : start + chunk]
