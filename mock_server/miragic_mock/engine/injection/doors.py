"""The ways a client reaches the mock, and which faults each of them can do.

    door        what it is                                       socket
    threads     `MockServer`, `serve --server threads`           ours: every fault
    intercept   `intercept()`: `requests` without a socket       none: exceptions, as `requests` raises them
    granian     `miragic-mock serve`                             Granian's: what WSGI allows, and to cut short
    wsgi        the application in any other WSGI server         another's: what WSGI allows

Rule: a door says what it can do. Whatever else a fault may need, today's or tomorrow's, it refuses with the
reason when the fault is planned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ...domain.fault_kind import Need
from ...domain.faults import Effect, kind_of
from ...errors import PlanError
from ...language.faults import parse_fault


@dataclass(frozen=True, slots=True)
class Door:
    """One way in.

    Attributes:
        name: what people call it.
        can: the needs that it meets.
        reasons: why it does not meet others.
        otherwise: the reason where `reasons` has none.
        plays: whether it plays faults itself, so that a WSGI server in its place can do less.
        blanks: whether a header with anything but ASCII in it arrives empty.
    """

    name: str
    can: frozenset[Need]
    reasons: Mapping[Need, str] = field(default_factory=dict)
    otherwise: str = ""
    plays: bool = False
    blanks: bool = False

    def reason(self, need: Need) -> str | None:
        """Return why this door does not meet a need; None when it does."""
        return None if need in self.can else self.reasons.get(need, self.otherwise)

    def refusal(self, effect: Effect) -> str | None:
        """Return why this door cannot do `effect`, as a sentence; None when it can."""
        need = kind_of(effect).need(effect)
        reason = None if need is None else self.reason(need)
        return reason and f"this door ({self.name}) cannot {need}: {reason}"

    def check(self, texts: Iterable[str]) -> None:
        """Make sure that every fault of `texts` can be done.

        Raises:
            PlanError: one cannot be done here, or does not parse.
        """
        for text in texts:
            reason = self.refusal(parse_fault(text).effect)
            if reason is not None:
                word = text.partition("(")[0]
                raise PlanError(text=text, word=word, position=0, expected=f"another fault, since {reason}")


_SOCKET: Final = "use `MockServer`, or `miragic-mock serve --server threads`"
_NO_SOCKET: Final = f"WSGI gives no hold of the connection; {_SOCKET}"

THREADS: Final = Door("threads", frozenset(Need), plays=True)
INTERCEPT: Final = Door("intercept", frozenset(Need), plays=True)
GRANIAN: Final = Door(
    "granian",
    frozenset({Need.CUT}),
    {
        Need.EARLY: f"Granian closes on what it has not read, and the answer may be lost; {_SOCKET}",
        Need.DROP: f"Granian answers 500 where nothing was sent yet; {_SOCKET}",
        Need.RESET: f"Granian closes where it should reset; {_SOCKET}",
    },
    otherwise=_NO_SOCKET,
    blanks=True,
)
WSGI: Final = Door("wsgi", frozenset(), otherwise=_NO_SOCKET)

DOORS: Final = (THREADS, INTERCEPT, GRANIAN, WSGI)
