"""JSON Pointers (RFC 6901) into documents."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from .spec.source import escape


class Missing(enum.Enum):
    """Stands for a value that is not there, which null is not."""

    MISSING = "nothing"

    def __repr__(self) -> str:
        return self.value


MISSING: Final = Missing.MISSING


def value_at(document: Any, pointer: str) -> Any:
    """What a pointer points at; `MISSING` where there is nothing."""
    value = document
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return MISSING
    return value


def number(value: Any) -> float | None:
    """A JSON number as a float; None for anything else, and for what no float can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def differences(before: Any, after: Any, pointer: str = "") -> Iterator[str]:
    """Pointers to the smallest values that differ between two documents; types count, so 1 is not True."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in {**before, **after}:
            below = f"{pointer}/{escape(name)}"
            yield from differences(before.get(name, MISSING), after.get(name, MISSING), below)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from differences(one, other, f"{pointer}/{index}")
    elif isinstance(before, bool) is not isinstance(after, bool) or before != after:
        yield pointer
