"""What a fault does to the bytes on their way out, as a script that a door plays.

    no fault    Head, body                            hang      Pause, Cut
    delay       Pause, Head, body                     drip      Head, piece, Pause, piece, ...
    truncate    Head, some of the body, Cut           reset     Cut(reset)

Rule: a script says what happens, once and for all doors; how a socket, a WSGI server or `requests` shows it
is the door's matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...domain import faults
from ...domain.faults import Effect


@dataclass(frozen=True, slots=True)
class Pause:
    """Do nothing for so many seconds; None: until the client goes."""

    seconds: float | None


@dataclass(frozen=True, slots=True)
class Head:
    """Send the status line and the headers, which announce a body of `length` bytes."""

    length: int


@dataclass(frozen=True, slots=True)
class Cut:
    """End the connection here: by closing it, or by a reset (RST)."""

    reset: bool = False


Step = Pause | Head | Cut | bytes
"""One step of a script; bytes are sent as they are."""


def script(effect: Effect | None, body: bytes) -> Iterator[Step]:
    """The steps by which `body` goes out under `effect`; None, and every effect that is none of the wire's,
    is an undisturbed answer."""
    match effect:
        case faults.Hang(for_s=seconds):
            yield Pause(seconds)
            yield Cut()
        case faults.AnswerLost():
            yield Cut()
        case faults.Reset(when="after"):
            yield Head(len(body))
            yield body[: len(body) // 2]
            yield Cut(reset=True)
        case faults.Reset():
            yield Cut(reset=True)
        case faults.Truncate(keep=keep):
            yield Head(len(body))
            yield body[:keep]
            yield Cut()
        case faults.ContentLength(delta=delta):
            yield Head(max(len(body) + delta, 0))
            yield body
            yield Cut()
        case faults.Drip(chunk=chunk, pause_s=pause_s):
            yield Head(len(body))
            yield from _dripped(body, chunk, pause_s)
        case _:
            if isinstance(effect, faults.Delay):
                yield Pause(effect.by_s)
            yield Head(len(body))
            yield body


def is_unanswered(effect: Effect) -> bool:
    """Whether under `effect` not even a status goes out."""
    return next(step for step in script(effect, b"") if not isinstance(step, Pause)) in (Cut(), Cut(True))


def _dripped(body: bytes, chunk: int, pause_s: float) -> Iterator[Step]:
    for start in range(0, len(body), chunk):
        if start:
            yield Pause(pause_s)
        yield body[start : start + chunk]
