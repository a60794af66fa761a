"""Values of the command line that need reading: times, sizes, rates, plans.

Rule: whatever is wrong is said by click, with the option's name and what would have been right.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import click

from .clock import REAL, Clock
from .errors import MockError
from .plans import PlanLayer, parse_plan
from .tenants import RateLimit

__all__ = ["CLOCK", "DELAY", "PLAN", "RATE", "SIZE"]

T = TypeVar("T")

_SIZE: Final = re.compile(r"(?P<amount>\d{1,15})\s*(?P<unit>[kmg]?)i?b?", re.IGNORECASE | re.ASCII)
_RATE: Final = re.compile(r"(?P<requests>\d{1,9})/(?P<every>\d{1,6})?(?P<unit>s|sec|m|min|h|hour)", re.ASCII)
_UNIT_BYTES: Final = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
_UNIT_S: Final = {"s": 1.0, "m": 60.0, "h": 3600.0}


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


def _size(text: str) -> int:
    match = _SIZE.fullmatch(text.strip())
    if not match:
        raise ValueError(f"expected a size such as 500000, 64M or 1GiB, got {text!r}")
    return int(match["amount"]) * _UNIT_BYTES[match["unit"].lower()]


def _rate(text: str) -> RateLimit:
    match = _RATE.fullmatch(text.strip())
    per_s = int(match["every"] or 1) * _UNIT_S[match["unit"][0]] if match else 0.0
    if not match or per_s <= 0:
        raise ValueError(f"expected a rate such as 60/min, 5/s or 100/10s, got {text!r}")
    return RateLimit(int(match["requests"]), per_s)


def _clock(text: str) -> Callable[[float], Clock]:
    """From the real time at start to the clock."""
    if text == "real":
        return lambda real: REAL
    if text == "frozen":
        return lambda real: REAL.frozen(real)
    if text.endswith("x"):
        rate = float(text[:-1])
        REAL.scaled(0, rate)
        return lambda real: REAL.scaled(real, rate)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"expected real, frozen, a factor (60x) or a moment (2026-01-01T12:00:00Z), got {text!r}"
        ) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    REAL.set(0, moment.timestamp())
    return lambda real: REAL.set(real, moment.timestamp()).frozen(real)


def _delay(text: str) -> PlanLayer:
    return parse_plan(f"done-after={text}")


SIZE: Final = _Read("size", _size)
RATE: Final = _Read("rate", _rate)
CLOCK: Final = _Read("clock", _clock)
PLAN: Final = _Read("plan", parse_plan)
DELAY: Final = _Read("time", _delay)
