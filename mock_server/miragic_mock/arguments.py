"""Values of the command line that need reading: times, sizes, rates, plans.

Rule: whatever is wrong is said by click, with the option's name and what would have been right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from .clock import Clock
from .clock_text import parse_clock
from .errors import MockError
from .limits import parse_rate, parse_size
from .plans import PlanLayer, parse_plan

__all__ = ["CLOCK", "DELAY", "PLAN", "RATE", "SIZE"]

T = TypeVar("T")


class _Read(click.ParamType[Any]):
    """A type of option, made of its name and a function that raises ValueError or MockError."""

    def __init__(self, name: str, read: Callable[[str], Any]) -> None:
        self.name = name
        self._read = read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return self._read(value)
        except (ValueError, MockError) as error:
            self.fail(str(error), param, ctx)


def _clock(text: str) -> Callable[[float], Clock]:
    """From the real time at start to the clock; what is wrong with it is found at once."""
    parse_clock(text, 0.0)
    return lambda real: parse_clock(text, real)


def _delay(text: str) -> PlanLayer:
    return parse_plan(f"done-after={text}")


SIZE: Final = _Read("size", parse_size)
RATE: Final = _Read("rate", parse_rate)
CLOCK: Final = _Read("clock", _clock)
PLAN: Final = _Read("plan", parse_plan)
DELAY: Final = _Read("time", _delay)
