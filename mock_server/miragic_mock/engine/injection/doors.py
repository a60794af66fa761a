"""The ways a client reaches the mock, and which faults each of them can do.

    door        what it is                                       socket
    threads     `MockServer`, `serve --server threads`           ours: every fault
    intercept   `intercept()`: `requests` without a socket       none: exceptions, as `requests` raises them
    granian     `miragic-mock serve`                             Granian's: what WSGI allows, and to cut short
    wsgi        the application in any other WSGI server         somebody's: what WSGI allows

Rule: what a door cannot do is in this table with its reason, and is refused with it when it is planned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from ...domain import faults
from ...domain.faults import Effect
from ...errors import PlanError
from ...language.faults import format_fault, parse_fault


class Need(StrEnum):
    """What an effect asks of a door, beyond answering late or with other words."""

    EARLY = "answer while an upload is still coming"
    CUT = "close the connection in the middle of an answer"
    DROP = "close the connection without an answer"
    RESET = "reset the connection"


@dataclass(frozen=True, slots=True)
class Door:
    """One way in. `cannot` holds the needs it does not meet, each with the reason; `plays` says that it plays
    faults itself, so that a WSGI server in its place can do less; `blanks` that a header with anything but
    ASCII in it arrives empty."""

    name: str
    cannot: Mapping[Need, str] = field(default_factory=dict)
    plays: bool = False
    blanks: bool = False

    def refusal(self, effect: Effect) -> str | None:
        """Why this door cannot do `effect`, as a sentence; None when it can."""
        need = need_of(effect)
        reason = None if need is None else self.cannot.get(need)
        return reason and f"this door ({self.name}) cannot {need}: {reason}"

    def check(self, texts: Iterable[str]) -> None:
        """Make sure that every fault of `texts` can be done.

        Raises:
            PlanError: one cannot be done here, or does not parse.
        """
        for text in texts:
            fault = parse_fault(text)
            reason = self.refusal(fault.effect)
            if reason is not None:
                word = text.partition("(")[0]
                raise PlanError(text=text, word=word, position=0, expected=f"another fault, since {reason}")


_SOCKET: Final = "use `MockServer`, or `miragic-mock serve --server threads`"
_NO_SOCKET: Final = f"WSGI gives no hold of the connection; {_SOCKET}"
_GRANIAN: Final = f"Granian answers 500 where nothing was sent yet; {_SOCKET}"
_GRANIAN_EARLY: Final = f"Granian closes on what it has not read, and the answer may be lost; {_SOCKET}"
_GRANIAN_RESET: Final = f"Granian closes where it should reset; {_SOCKET}"

THREADS: Final = Door("threads", plays=True)
INTERCEPT: Final = Door("intercept", plays=True)
GRANIAN: Final = Door(
    "granian", {Need.EARLY: _GRANIAN_EARLY, Need.DROP: _GRANIAN, Need.RESET: _GRANIAN_RESET}, blanks=True
)
WSGI: Final = Door("wsgi", dict.fromkeys(Need, _NO_SOCKET))

DOORS: Final = (THREADS, INTERCEPT, GRANIAN, WSGI)


def need_of(effect: Effect) -> Need | None:
    """What `effect` asks of a door; None for what any can do."""
    match effect:
        case faults.Status(byte=int()):
            return Need.EARLY
        case faults.Reset():
            return Need.RESET
        case faults.Hang() | faults.AnswerLost():
            return Need.DROP
        case faults.Truncate() | faults.ContentLength():
            return Need.CUT
        case _:
            return None


_ROWS: Final = (
    "503",
    "429(retry-after=2)",
    "413(byte=1000)",
    "delay(by=2s)",
    "delay(by=2s,byte=1000)",
    "uniform(low=1s,high=2s)",
    "lognormal(median=2s)",
    "drip",
    "hang",
    "hang(byte=1000)",
    "reset",
    "reset(when=upload,byte=1000)",
    "reset(when=after)",
    "answer-lost",
    "truncate",
    "content-length(delta=5)",
    "content-length(delta=-5)",
    "malformed-json",
    "python-repr",
    "content-type",
    "unknown-status",
    "status-back",
    "stale",
    "extra-field",
    "missing-field",
)


def abilities() -> dict[str, dict[str, str | None]]:
    """Fault (an example of each kind) -> door -> why not; None where it can."""
    faults = map(parse_fault, _ROWS)
    return {
        format_fault(fault): {door.name: door.refusal(fault.effect) for door in DOORS} for fault in faults
    }


def matrix() -> str:
    """Which fault goes through which door, as a Markdown table; the reasons stand below it."""
    lines = [
        "| fault | " + " | ".join(door.name for door in DOORS) + " |",
        "|---" * (len(DOORS) + 1) + "|",
    ]
    for fault, doors in abilities().items():
        marks = ("yes" if reason is None else "refused" for reason in doors.values())
        lines.append(f"| `{fault}` | {' | '.join(marks)} |")
    reasons = (f"- {door.name} cannot {need}: {why}." for door in DOORS for need, why in door.cannot.items())
    return "\n".join((*lines, "", *reasons))
