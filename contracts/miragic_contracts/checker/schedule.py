"""When jobs are polled: at once, then waiting longer each time, as the vendor's page advises (D21)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final

# How often a job that has ended is polled again: twice soon after, and once at the very end of a run.
LOOKS_AFTER_END: Final = 3

# The advice of the page names no numbers. These find an end soon where jobs take the ten seconds of its
# example, and stay far below 60 requests a minute (S4) where jobs take long.
_BACK_OFF: Final = 1.5
_SHORTEST_WAIT_S: Final = 0.05
_LONGEST_WAIT_S: Final = 10.0


def first_wait_s(pace_s: float) -> float:
    """Return the seconds from the first poll of a job to the second, where `pace_s` lies between requests."""
    return min(max(pace_s, _SHORTEST_WAIT_S), _LONGEST_WAIT_S)


def waits(first_s: float) -> Iterator[float]:
    """Yield the seconds between polls, without end."""
    wait_s = first_s
    while True:
        yield wait_s
        wait_s = min(wait_s * _BACK_OFF, _LONGEST_WAIT_S)


def looks_within(timeout_s: float, first_wait_s: float) -> int:
    """Return how many polls of a job fit into a time, with one at its start and one past its end."""
    return 2 + sum(
        1
        for _ in itertools.takewhile(lambda at_s: at_s < timeout_s, itertools.accumulate(waits(first_wait_s)))
    )
