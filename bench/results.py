"""Results of a measurement: figures, goals, and the servers that could not take part.

Rule: where it can, a goal compares our figure with a peer's from the same run, so that it depends on the
design and little on the machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """A quantity that was measured several times.

    Attributes:
        name: The name to print.
        unit: The unit of the values.
        values: The measured values, in the order of the rounds.
        note: A remark to print beside them.
    """

    name: str
    unit: str
    values: tuple[float, ...]
    note: str = ""

    @property
    def median(self) -> float:
        """The median of the values."""
        return median(self.values)

    @property
    def spread(self) -> float:
        """The distance between the largest and the smallest value, as a fraction of the median."""
        return (max(self.values) - min(self.values)) / self.median if self.median else 0.0


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal: `got` is to be at least or at most `wanted`, both in `unit` ("x" for a ratio)."""

    text: str
    got: float
    wanted: float
    sense: Literal["at least", "at most"]
    unit: str = "x"

    @property
    def is_met(self) -> bool:
        """Whether the goal was reached."""
        return self.got >= self.wanted if self.sense == "at least" else self.got <= self.wanted

    @property
    def verdict(self) -> str:
        """The word `met`, or by which share of the wanted value the goal was missed."""
        if self.is_met:
            return "met"
        by = abs(self.got - self.wanted) / self.wanted
        return f"missed by {by:.0%}" if by >= 0.01 else "missed by less than 1%"


@dataclass(frozen=True, slots=True)
class Absent:
    """A server that could not be measured, and the reason."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one target.

    Attributes:
        number: The number of the target.
        title: Its title.
        how: How it was measured, in a sentence or two.
        figures: What was measured.
        goals: What was to be reached.
        absent: The servers that could not be measured.
    """

    number: int
    title: str
    how: str
    figures: tuple[Figure, ...]
    goals: tuple[Goal, ...]
    absent: tuple[Absent, ...] = ()


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the median of the ratios within each round, which cancels what slowed both of a pair down."""
    return median(a / b for a, b in zip(ours, theirs, strict=True))
