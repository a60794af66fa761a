"""Time as the checker needs it: to measure, to wait, and to compare with what a server claims."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """`now` gives seconds that never go back, `wall` seconds since 1970; `sleep` waits for some seconds."""

    now: Callable[[], float]
    wall: Callable[[], float]
    sleep: Callable[[float], None]


SYSTEM_CLOCK = Clock(time.monotonic, time.time, time.sleep)
"""The machine's own time."""
