"""Sizes as people write them: `500000`, `64M`, `1GiB`."""

from __future__ import annotations

import re
from typing import Final

_SIZE: Final = re.compile(r"(?P<amount>\d{1,15})\s*(?P<unit>[kmg]?)(i?b)?", re.IGNORECASE | re.ASCII)
_TOO_LARGE_BYTES: Final = 10**15
_UNIT_BYTES: Final = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


def parse_size(text: str) -> int:
    """Return bytes, from `500000`, `64M` or `1GiB`; the units are powers of 1024.

    Raises:
        ValueError: It is not written so, or is 10^15 bytes or more.
    """
    match = _SIZE.fullmatch(text.strip())
    size_bytes = int(match["amount"]) * _UNIT_BYTES[match["unit"].lower()] if match else _TOO_LARGE_BYTES
    # The bound of digits is one of bytes too, so that each size can be written as a number.
    if size_bytes >= _TOO_LARGE_BYTES:
        raise ValueError(f"expected a size such as 500000, 64M or 1GiB, got {text!r}")
    return size_bytes
