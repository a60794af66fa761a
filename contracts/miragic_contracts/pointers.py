"""JSON Pointers (RFC 6901) into documents, and comparing what they lead to."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from .spec.source import escape


class Missing(enum.Enum):
    """The type of `MISSING`, which stands for a value that is absent. A null is not absent."""

    # An enumeration with one member, so that type checkers can tell it from any value by `is`.
    MISSING = "nothing"

    def __repr__(self) -> str:
        return self.value


MISSING: Final = Missing.MISSING


def value_at(document: Any, pointer: str) -> Any:
    """Return the value that a pointer points at, or `MISSING`."""
    value = document
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")  # in this order (RFC 6901, section 4)
        if isinstance(value, Mapping) and name in value:
            value = value[name]
        # RFC 6901, section 4: an index is digits only.
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return MISSING
    return value


def number(value: Any) -> float | None:
    """Return a JSON number as a float, or None if the value is no number or too large for a float."""
    # In Python a bool is an int; in JSON it is no number.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        # JSON has no bound on the size of an integer, a float has.
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def differences(before: Any, after: Any, pointer: str = "") -> Iterator[str]:
    """Yield pointers to the smallest values that differ between two documents.

    A number and a boolean differ, also where Python takes them for equal (1 and True).
    """
    if isinstance(before, dict) and isinstance(after, dict):
        # Not a union of sets, whose order changes from process to process: the same documents have to give
        # the same findings in the same order.
        for name in {**before, **after}:
            below = f"{pointer}/{escape(name)}"
            yield from differences(before.get(name, MISSING), after.get(name, MISSING), below)
    # Lists of different lengths differ as a whole: after one insertion each later item would differ.
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from differences(old, new, f"{pointer}/{index}")
    # 1 and 1.0 are equal, as in JSON Schema (2020-12, core, section 4.2.2).
    elif isinstance(before, bool) is not isinstance(after, bool) or before != after:
        yield pointer
