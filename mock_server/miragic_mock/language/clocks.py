"""How clocks and moments are written: `real`, `frozen`, `60x`, or a moment at which a clock stands still.

Rule: one spelling for the command line, the control API and the documents. Source of moments: RFC 3339.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from ..domain.clock import REAL, Clock, epoch_ms

_MOMENT: Final = re.compile(
    r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)?)?", re.ASCII
)
_EPOCH: Final = datetime.fromtimestamp(0, UTC)


def parse_clock(text: str, real: float) -> Clock:
    """Return the clock that a text describes, from the real moment `real` on.

    Raises:
        ValueError: It is not written so, or is out of range.
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
    """Return epoch seconds, from RFC 3339 text; UTC where it names no zone.

    Raises:
        ValueError: It is not a moment.
    """
    # Python also reads ISO 8601's weeks, and dates without hyphens, of which RFC 3339 knows nothing.
    if not _MOMENT.fullmatch(text):
        raise _unclear(text)
    try:
        found = datetime.fromisoformat(text.upper())
        # In UTC, which may be in a year that nobody can write although the text's own zone is not.
        return (found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise _unclear(text) from None


def format_moment(seconds: float) -> str:
    """Return a moment as RFC 3339 text in UTC, to the millisecond: `2026-01-01T11:00:00.000Z`."""
    # Rounded as all times that a client sees are; a datetime would cut, and tell of another moment.
    ms = epoch_ms(seconds)
    return f"{_to_the_second(ms // 1000)}.{ms % 1000:03d}Z"


@lru_cache(maxsize=4096)
def _to_the_second(seconds: int) -> str:
    # A sum, since `fromtimestamp` takes no moment before 1970 on Windows.
    return (_EPOCH + timedelta(seconds=seconds)).isoformat().removesuffix("+00:00")


def _unclear(text: str) -> ValueError:
    return ValueError(f"expected real, frozen, a factor (60x) or a moment (2026-01-01T12:00Z), got {text!r}")
