"""A line of the table: a promise with its bound, and what was measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """What was measured of one promise.

    Attributes:
        promise: What is promised.
        bound: What the measured value has to keep.
        measured: The value, or why nothing was measured.
        is_kept: Whether the bound was kept; None where it was not measured.
    """

    promise: str
    bound: str
    measured: str
    is_kept: bool | None

    @property
    def verdict(self) -> str:
        """`kept`, `BROKEN` or `not run`."""
        return {True: "kept", False: "BROKEN", None: "not run"}[self.is_kept]


def not_run(promise: str, bound: str, reason: str) -> Line:
    """Return the line of a promise that cannot be measured on this machine."""
    return Line(promise, bound, f"not run: {reason}", None)


def as_json(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """Return lines as values for JSON."""
    return [
        {
            "promise": line.promise,
            "bound": line.bound,
            "measured": line.measured,
            "kept": line.is_kept,
        }
        for line in lines
    ]
