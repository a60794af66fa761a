"""A clock as a value: a straight line from real to virtual seconds.

Rule: a clock never asks for the time; the real time is an argument. Every change gives a new clock
that agrees with the old one at the moment of the change, so that virtual time never jumps by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# A plan takes ten years at most (`plan.MAX_DELAY_S`), so a job that is made at this moment still ends before
# the year 9999, where `datetime` ends.
LATEST: Final = 7_258_118_400.0
"""The last virtual moment (2200-01-01T00:00:00Z): a clock stands still there, so that dates stay writable."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Virtual time `virtual + (real - anchor) * rate`, in epoch seconds.

    Attributes:
        anchor: A real moment.
        virtual: The virtual moment that it stands for.
        rate: 1 runs like the wall clock, 0 is frozen, 60 makes a minute of every second; never negative.
    """

    anchor: float = 0.0
    virtual: float = 0.0
    rate: float = 1.0

    def __post_init__(self) -> None:
        # `not (low <= x <= high)` and not two comparisons: NaN fails every comparison, and is refused so.
        if not 0 <= self.rate <= 1e6:
            raise ValueError(f"rate: expected 0 (frozen) to 1000000, got {self.rate!r}")

    def now(self, real: float) -> float:
        """Return virtual epoch seconds at the real moment `real`."""
        # Exact for the real clock: the sum below would round.
        if self.rate == 1.0 and self.virtual == self.anchor:
            return real
        return min(self.virtual + (real - self.anchor) * self.rate, LATEST)

    def advanced(self, seconds: float) -> Clock:
        """Return this clock, `seconds` further on; no job is touched.

        Raises:
            ValueError: `seconds` is negative, not a number, or leads past `LATEST`.
        """
        if not 0 <= seconds <= LATEST:
            raise ValueError(f"advance: expected 0 to {LATEST:.0f} seconds, got {seconds!r}")
        # The anchor stays: the real time is not needed, and a virtual moment is moved by exactly `seconds`.
        return Clock(self.anchor, self.virtual + seconds, self.rate)

    def frozen(self, real: float) -> Clock:
        """Return this clock, standing still from the real moment `real` on."""
        return self.scaled(real, 0.0)

    def scaled(self, real: float, rate: float) -> Clock:
        """Return this clock, running at `rate` from the real moment `real` on; 1 resumes a frozen clock.

        Raises:
            ValueError: `rate` is not between 0 and 1000000.
        """
        return Clock(real, self.now(real), rate)

    def set(self, real: float, virtual: float) -> Clock:
        """Return this clock, showing `virtual` at the real moment `real`, which may be in its past.

        Raises:
            ValueError: `virtual` is not between 0 and `LATEST`.
        """
        if not 0 <= virtual <= LATEST:
            raise ValueError(f"time: expected 0 to {LATEST:.0f} epoch seconds, got {virtual!r}")
        return Clock(real, virtual, self.rate)


REAL: Final = Clock()
"""The clock that shows real time."""


def epoch_ms(seconds: float) -> int:
    """Return whole milliseconds since the epoch: what every time that a client sees is made from."""
    return round(seconds * 1000)
