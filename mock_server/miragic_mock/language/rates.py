"""Sizes and rates as people write them: `64M`, `60/min`.

Rule: one spelling for the command line and the control API.
"""

from __future__ import annotations

import re
from typing import Final

from ..domain.tenants import RateLimit

_SIZE: Final = re.compile(r"(?P<amount>\d{1,15})\s*(?P<unit>[kmg]?)(i?b)?", re.IGNORECASE | re.ASCII)
_RATE: Final = re.compile(r"(?P<requests>\d{1,9})/(?P<every>\d{1,6})?(?P<unit>s|sec|m|min|h|hour)", re.ASCII)
_UNIT_BYTES: Final = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
_UNIT_S: Final = {"s": 1.0, "m": 60.0, "h": 3600.0}


def parse_size(text: str) -> int:
    """Bytes, from `500000`, `64M` or `1GiB`; the units are powers of 1024.

    Raises:
        ValueError: it is not written so.
    """
    match = _SIZE.fullmatch(text.strip())
    if not match:
        raise ValueError(f"expected a size such as 500000, 64M or 1GiB, got {text!r}")
    return int(match["amount"]) * _UNIT_BYTES[match["unit"].lower()]


def parse_rate(text: str) -> RateLimit:
    """A rate limit, from `60/min`, `5/s` or `100/10s`.

    Raises:
        ValueError: it is not written so.
    """
    match = _RATE.fullmatch(text.strip())
    per_s = int(match["every"] or 1) * _UNIT_S[match["unit"][0]] if match else 0.0
    if not match or per_s <= 0:
        raise ValueError(f"expected a rate such as 60/min, 5/s or 100/10s, got {text!r}")
    return RateLimit(int(match["requests"]), per_s)


def format_rate(rate: RateLimit | None) -> str | None:
    """A rate limit as `parse_rate` reads it; None for none."""
    if rate is None:
        return None
    unit = {1.0: "s", 60.0: "min", 3600.0: "h"}.get(rate.per_s) or f"{rate.per_s:.0f}s"
    return f"{rate.requests}/{unit}"
