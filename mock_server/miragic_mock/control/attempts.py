"""How many wrong tokens came from each address of late.

Rule: an address is refused for a while, and never others with it; memory is bounded however many there are.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Final

MOST: Final = 10
"""Wrong tokens from one address in `WINDOW_S`."""

WINDOW_S: Final = 60.0
MOST_ADDRESSES: Final = 1024


class Attempts:
    """Counts attempts by address. A process counts for itself."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic, self._lock = monotonic, Lock()
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def wait_s(self, address: str) -> int:
        """Count an attempt, and return for how many seconds its address has to wait; 0 for not at all."""
        name, now = _network(address), self._monotonic()
        with self._lock:
            began, count = self._seen.pop(name, (now, 0))
            if now - began >= WINDOW_S:
                began, count = now, 0
            self._seen[name] = began, count + 1
            while len(self._seen) > MOST_ADDRESSES:
                self._seen.popitem(last=False)
        return 0 if count < MOST else math.ceil(began + WINDOW_S - now)

    def __reduce__(self) -> tuple[object, ...]:
        # Guards go to other processes by pickle, which takes no lock; each counts for itself.
        return Attempts, ()


def _network(address: str) -> str:
    """Return what tells callers apart: an IPv4 address, or of IPv6 the network that a household has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    return address if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))
