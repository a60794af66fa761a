"""Time as the checker needs it: to measure, to wait, and to compare with a server's own times."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Clock:
    """A source of time.

    Attributes:
        now: Returns seconds that never go back.
        wall: Returns seconds since 1970.
        sleep: Waits for some seconds.
    """

    now: Callable[[], float]
    wall: Callable[[], float]
    sleep: Callable[[float], None]


SYSTEM_CLOCK: Final = Clock(time.monotonic, time.time, time.sleep)
"""The machine's own time."""
