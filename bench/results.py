"""What a measurement found: figures, what was asked of them, and who could not take part.

Rule: a goal compares our figure with a peer's of the same run, so it says something about the design and
little about the machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing measured several times. `values` are in the order of the rounds; `note` is for people."""

    name: str
    unit: str
    values: tuple[float, ...]
    note: str = ""

    @property
    def median(self) -> float:
        """The middle value."""
        return median(self.values)

    @property
    def spread(self) -> float:
        """How far apart the largest and the smallest value are, as a fraction of the median."""
        return (max(self.values) - min(self.values)) / self.median if self.median else 0.0


@dataclass(frozen=True, slots=True)
class Goal:
    """What was asked: `got` at least or at most `wanted`, both in `unit` ("x" for a ratio)."""

    text: str
    got: float
    wanted: float
    sense: Literal["at least", "at most"]
    unit: str = "x"

    @property
    def is_met(self) -> bool:
        """Whether it was reached."""
        return self.got >= self.wanted if self.sense == "at least" else self.got <= self.wanted

    @property
    def verdict(self) -> str:
        """`met`, or by how much it was missed, as a share of what was asked."""
        if self.is_met:
            return "met"
        by = abs(self.got - self.wanted) / self.wanted
        return f"missed by {by:.0%}" if by >= 0.01 else "missed by less than 1%"


@dataclass(frozen=True, slots=True)
class Absent:
    """A peer that could not be measured, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One target of the nine, measured."""

    number: int
    title: str
    how: str
    figures: tuple[Figure, ...]
    goals: tuple[Goal, ...]
    absent: tuple[Absent, ...] = ()


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios within each round: what slowed both of a pair down falls out of it."""
    return median(a / b for a, b in zip(ours, theirs, strict=True))
