"""How a form writes a value that is not a text: as JSON does, `true` or `3`.

Rule: a text that is no JSON value stays a text, and the field's schema judges it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any


def form_value(text: str, schema: Mapping[str, Any]) -> Any:
    """Return the value that a form's text stands for where the field is as `schema` says."""
    if schema.get("type", "string") == "string":
        return text
    try:
        return json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):  # the latter for a text of a hundred thousand `[`
        return text


def _finite(text: str) -> float:
    # `1e999` is infinity to Python, which no JSON document could repeat.
    value = float(text)
    return value if math.isfinite(value) else _refuse(text)


def _refuse(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")
