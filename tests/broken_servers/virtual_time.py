"""A clock that moves only when somebody sleeps, for the checker and the server it checks at once."""

from __future__ import annotations

from miragic_contracts.checker import Clock

START_S = 1_767_265_200.0


class VirtualTime:
    """Seconds since 1970 that pass in no time."""

    def __init__(self, start_s: float = START_S) -> None:
        self.now_s = start_s

    def now(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds

    @property
    def clock(self) -> Clock:
        return Clock(now=self.now, wall=self.now, sleep=self.sleep)
