"""How a clock is written: `real`, `frozen`, `60x`, or a moment at which it stands still.

Rule: one spelling for the command line and the control API. Source of moments: RFC 3339.
"""

from __future__ import annotations

from datetime import UTC, datetime

from ..domain.clock import REAL, Clock


def parse_clock(text: str, real: float) -> Clock:
    """The clock that `text` describes, from the real moment `real` on.

    Raises:
        ValueError: it is not written so, or is out of range.
    """
    if text == "real":
        return REAL
    if text == "frozen":
        return REAL.frozen(real)
    if text.endswith("x"):
        try:
            rate = float(text[:-1])
        except ValueError:
            raise _unclear(text) from None
        return REAL.scaled(real, rate)
    return REAL.set(real, parse_moment(text)).frozen(real)


def parse_moment(text: str) -> float:
    """Epoch seconds, from RFC 3339 text; UTC where it names no zone.

    Raises:
        ValueError: it is not a moment.
    """
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise _unclear(text) from None


def _unclear(text: str) -> ValueError:
    return ValueError(f"expected real, frozen, a factor (60x) or a moment (2026-01-01T12:00Z), got {text!r}")
