"""When a store looks for what is past its time.

Rule: a sweep costs more than a submission, so it is made now and then, by the moment that jobs were received.
"""

from __future__ import annotations

from typing import Final

from .protocol import Bounds

_LONGEST_BETWEEN_S: Final = 60.0


class SweepSchedule:
    """When the next sweep of a store is due. Two threads at once may both get the answer to sweep."""

    def __init__(self, bounds: Bounds) -> None:
        # A hundredth of the time to live, so that no job outlives it by much.
        self._between_s = min(bounds.job_ttl_s / 100, _LONGEST_BETWEEN_S)
        self._next = 0.0

    def is_due(self, now: float) -> bool:
        """Return whether to sweep at the real moment `now`; if so, the next sweep is put off."""
        if now < self._next:
            return False
        self._next = now + self._between_s
        return True
