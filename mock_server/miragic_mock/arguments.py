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
from .tenants import is_key

__all__ = ["CLOCK", "DELAY", "KEY", "PLAN", "RATE", "SIZE"]

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


def _upload_size(text: str) -> int:
    size_bytes = parse_size(text)
    if size_bytes == 0:
        raise ValueError("expected room for at least one byte: an empty recording is refused anyway")
    return size_bytes


def _key(text: str) -> str:
    if not is_key(text):  # which is not repeated: it may be one all the same
        raise ValueError("expected visible ASCII characters, as every HTTP library sends them")
    return text


def _delay(text: str) -> PlanLayer:
    return parse_plan(f"done-after={text}")


KEY: Final = _Read("key", _key)
SIZE: Final = _Read("size", _upload_size)
RATE: Final = _Read("rate", parse_rate)
CLOCK: Final = _Read("clock", _clock)
PLAN: Final = _Read("plan", parse_plan)
DELAY: Final = _Read("time", _delay)
