"""When jobs are looked at: at once, then waiting longer each time, as the page advises (D21)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

# Looks at a job that has ended: twice soon after, and once more at the very end of a run.
LOOKS_AFTER_END = 3

_BACK_OFF, _SHORTEST_WAIT_S, _LONGEST_WAIT_S = 1.5, 0.05, 10.0


def first_wait_s(pace_s: float) -> float:
    """Seconds from the first look at a job to the second, where requests keep `pace_s` seconds apart."""
    return min(max(pace_s, _SHORTEST_WAIT_S), _LONGEST_WAIT_S)


def waits(first_s: float) -> Iterator[float]:
    """Seconds between looks, without end."""
    wait_s = first_s
    while True:
        yield wait_s
        wait_s = min(wait_s * _BACK_OFF, _LONGEST_WAIT_S)


def looks_within(timeout_s: float, first_wait_s: float) -> int:
    """How many looks at one job fit into a time, the one at its start and the one past its end included."""
    return 2 + sum(
        1
        for _ in itertools.takewhile(lambda at_s: at_s < timeout_s, itertools.accumulate(waits(first_wait_s)))
    )
