"""Sizes as people write them: `500000`, `64M`, `1GiB`."""

from __future__ import annotations

import re
from typing import Final

_SIZE: Final = re.compile(r"(?P<amount>\d{1,15})\s*(?P<unit>[kmg]?)(i?b)?", re.IGNORECASE | re.ASCII)
_UNIT_BYTES: Final = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


def parse_size(text: str) -> int:
    """Return bytes, from `500000`, `64M` or `1GiB`; the units are powers of 1024.

    Raises:
        ValueError: It is not written so.
    """
    match = _SIZE.fullmatch(text.strip())
    if not match:
        raise ValueError(f"expected a size such as 500000, 64M or 1GiB, got {text!r}")
    return int(match["amount"]) * _UNIT_BYTES[match["unit"].lower()]
