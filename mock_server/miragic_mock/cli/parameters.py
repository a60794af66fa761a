"""Values of the command line that need reading: times, sizes, rates, plans.

Rule: whatever is wrong is said by click, with the option's name and what would have been right.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from ..control.guard import Guard
from ..domain.clock import Clock
from ..domain.plan import PlanLayer
from ..domain.tenants import is_key
from ..errors import MockError
from ..language.clocks import parse_clock
from ..language.plans import parse_plan
from ..language.rates import parse_rate
from ..language.sizes import parse_size

_BASE_URL: Final = re.compile(r"https?://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?(/[^\s?#]*)?", re.I | re.A)

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


def _token(text: str) -> str:
    Guard(text)
    return text


def _base_url(text: str) -> str:
    if not _BASE_URL.fullmatch(text):
        raise ValueError("expected the start of links, as https://mock.example or http://10.0.0.1:8080/stt")
    return text.rstrip("/")


def _delay(text: str) -> PlanLayer:
    return parse_plan(f"done-after={text}")


BASE_URL: Final = _Read("url", _base_url)
TOKEN: Final = _Read("token", _token)
KEY: Final = _Read("key", _key)
SIZE: Final = _Read("size", _upload_size)
RATE: Final = _Read("rate", parse_rate)
CLOCK: Final = _Read("clock", _clock)
PLAN: Final = _Read("plan", parse_plan)
DELAY: Final = _Read("time", _delay)
