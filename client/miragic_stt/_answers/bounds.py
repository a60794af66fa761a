"""What is taken of an answer: no number, text or nesting beyond what a job can need.

A number beyond its bound reads as None, as does a field of an unexpected type. The text of a job may be paid
for, and is not to be lost to a field beside it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Final, cast

# Python's own limit for the digits of a whole number is 4,300; beyond 308 a float cannot hold it.
_DIGITS: Final = 300
# So deep that no document of the service comes near, and any part of Python can follow.
_DEPTH: Final = 64
NAME_CHARS: Final = 1000
"""More characters than this are no id, status or code."""

MESSAGE_CHARS: Final = 2000
"""So much of a server's explanation is repeated in an error."""


def read_object(body: bytes) -> dict[str, object] | None:
    """Return the JSON object that a body holds; None if it holds none, or one nested too deep."""
    try:
        document = json.loads(body, parse_int=_whole, parse_float=_decimal, parse_constant=_nothing)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    # Counted first, as few documents hold so many brackets that some can be nested too deep.
    may_be_deep = body.count(b"{") + body.count(b"[") > _DEPTH
    return None if may_be_deep and _is_deep(document) else document


def name_of(text: str | None) -> str | None:
    """Return the text if it is short enough for an id, a status or a code; else None."""
    return None if text is None or len(text) > NAME_CHARS else text


def shortened(text: str) -> str:
    """Return the text, cut where it is longer than an explanation."""
    return text if len(text) <= MESSAGE_CHARS else f"{text[:MESSAGE_CHARS]}..."


def finite(value: object) -> float | None:
    """Return a number, or a text that is one, as a number; None if it is neither, or too large."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    if not math.isfinite(number):
        return None
    return number if isinstance(value, str) else value


def _whole(digits: str) -> int | None:
    return int(digits) if len(digits) <= _DIGITS else None


def _decimal(digits: str) -> float | None:
    return finite(float(digits))


def _nothing(_: str) -> None:
    """Read NaN and Infinity, which are no JSON but which json.dumps writes."""


def _is_deep(document: object) -> bool:
    level: Iterable[object] = [document]
    for _ in range(_DEPTH):
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return False
    return True


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, Mapping):
        return cast(Mapping[str, object], value).values()
    return value if isinstance(value, list) else ()
