"""The clock that mocks on one Redis share, so that their answers agree on what time it is.

Rule: it costs no round trip. Redis says its time in answers that are fetched anyway, and the monotonic clock
of this process carries it on from there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

_OWN_TIME_S: Final = 3_600.0
"""Who is further away from Redis' time is in a time of its own on purpose, as tests are."""

_TRUSTED_S: Final = 10.0


class RedisClock:
    """Redis' time, as far as it is known here; safe to use from any thread.

    It is never ahead of Redis' own, and behind it by no more than an answer takes to come.

    Args:
        monotonic: Seconds that only ever grow.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._known: tuple[float, float] | None = None

    def learn(self, seconds_and_micros: Sequence[bytes]) -> None:
        """Take in an answer of Redis' `TIME` that has just come."""
        now = self._monotonic()
        ahead_s = int(seconds_and_micros[0]) + int(seconds_and_micros[1]) / 1e6 - now
        known = self._known
        # The answer that was quickest is the most exact; but clocks drift, so none is trusted for ever.
        if known is None or ahead_s >= known[0] or now - known[1] > _TRUSTED_S:
            self._known = ahead_s, now

    def now(self, real: float) -> float:
        """Return the shared moment; `real` is what the caller's own clock shows."""
        if self._known is None:
            return real
        shared = self._known[0] + self._monotonic()
        return shared if abs(shared - real) < _OWN_TIME_S else real
