"""Rate limits as people write them: `60/min`, `5/s`, `100/10s`.

Rule: one spelling for the command line, the control API and tests.
"""

from __future__ import annotations

import re
from typing import Final

from ..domain.tenants import RateLimit

_RATE: Final = re.compile(r"(?P<requests>\d{1,9})/(?P<every>\d{1,6})?(?P<unit>s|sec|m|min|h|hour)", re.ASCII)
_UNIT_S: Final = {"s": 1.0, "m": 60.0, "h": 3600.0}


def parse_rate(text: str) -> RateLimit:
    """Return a rate limit, from `60/min`, `5/s` or `100/10s`.

    Raises:
        ValueError: It is not written so.
    """
    match = _RATE.fullmatch(text.strip())
    per_s = int(match["every"] or 1) * _UNIT_S[match["unit"][0]] if match else 0.0
    if not match or per_s <= 0:
        raise ValueError(f"expected a rate such as 60/min, 5/s or 100/10s, got {text!r}")
    # 0 requests are legal: a limit that lets nothing in. A window of 0 seconds is not.
    return RateLimit(int(match["requests"]), per_s)


def format_rate(rate: RateLimit | None) -> str | None:
    """Return a rate limit as `parse_rate` reads it, None for none."""
    if rate is None:
        return None
    unit = {1.0: "s", 60.0: "min", 3600.0: "h"}.get(rate.per_s) or f"{rate.per_s:.0f}s"
    return f"{rate.requests}/{unit}"
