"""Values of the command line that need reading: times, sizes, rates, plans.

Rule: whatever is wrong is said by click, with the option's name and what would have been right.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import click

from ..control.guard import Guard
from ..domain.clock import Clock
from ..domain.jobs.plan import PlanLayer
from ..domain.tenants import is_key
from ..errors import MockError
from ..language.clocks import parse_clock
from ..language.plans import parse_plan
from ..language.rates import parse_rate
from ..language.sizes import parse_size
from ..language.words import Word

_BASE_URL: Final = re.compile(r"https?://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?(/[^\s?#]*)?", re.I | re.A)

_MAX_WAIT_S: Final = 24 * 3600.0


class _TextType(click.ParamType[Any]):
    """A type of option: its name, and a function that reads a text or raises ValueError or MockError."""

    def __init__(self, name: str, read: Callable[[str], Any]) -> None:
        self.name = name
        self._read = read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the value of an option's text, or end the command with what is wrong with it."""
        # Click may give a value that is read already, such as a default, and wants it back as it is.
        if not isinstance(value, str):
            return value
        try:
            return self._read(value)
        except (ValueError, MockError) as error:
            self.fail(str(error), param, ctx)


def _clock(text: str) -> Callable[[float], Clock]:
    """Return how the clock follows from the real time at start, which is not known yet."""
    parse_clock(text, 0.0)  # what is wrong with the text is found now
    return lambda real: parse_clock(text, real)


def _upload_size(text: str) -> int:
    size_bytes = parse_size(text)
    if size_bytes == 0:
        raise ValueError("expected room for at least one byte: an empty recording is refused anyway")
    return size_bytes


def _wait(text: str) -> float:
    return Word(text, 0, text).duration_s(low=0.1, high=_MAX_WAIT_S)


def _key(text: str) -> str:
    # The text is not repeated in the error: mistyped, it may still be most of a real key.
    if not is_key(text):
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


BASE_URL: Final = _TextType("url", _base_url)
TOKEN: Final = _TextType("token", _token)
KEY: Final = _TextType("key", _key)
WAIT: Final = _TextType("time", _wait)
SIZE: Final = _TextType("size", _upload_size)
RATE: Final = _TextType("rate", parse_rate)
CLOCK: Final = _TextType("clock", _clock)
PLAN: Final = _TextType("plan", parse_plan)
DELAY: Final = _TextType("time", _delay)
