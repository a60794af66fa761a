"""Which requests a fault hits, as arithmetic.

Rule: nothing here keeps a count, reads a clock or draws a number: all three come in as arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from .faults import Effect, kind_of, only_on
from .parameters import Choice, Duration, Number, Whole, parameter

_MOST: Final = 1_000_000_000
_COUNT: Final = Whole(1, _MOST, "a whole number")
_TEN_YEARS_S: Final = 10 * 365 * 86_400.0


@dataclass(frozen=True, slots=True)
class Fault:
    """An effect and the requests that it hits; all of its conditions must hold.

    Requests are counted from 1 per fault and tenant (or job), among those of operation `on`. A tenant's fault
    is set when it is planned, and that of a job's plan when the job is made; for submissions it is set when
    the first comes that it could strike.
    """

    effect: Effect
    on: Literal["any", "create", "status"] = parameter(
        "any", Choice(("any", "create", "status")), "submissions only, polls only, or both"
    )
    skip: int = parameter(0, Whole(0, _MOST, "a number of requests"), "how many requests are spared at first")
    first: int | None = parameter(
        None,
        _COUNT,
        "only so many of the rest can be hit; left out, there is no end",
    )
    every: int = parameter(1, _COUNT, "hit every how many of them: 3 is every third")
    within_s: float | None = parameter(
        None, Duration(_TEN_YEARS_S), "only so long after the fault was set, on the tenant's clock"
    )
    p: float = parameter(1.0, Number(1, "a probability"), "the chance of each hit, drawn from the seed")

    def concerns(self, operation: str) -> bool:
        """Whether requests of `operation` (`"create"` or `"status"`) count for this fault."""
        return self.on in ("any", operation) and only_on(self.effect) in (None, operation)

    def hits(self, n: int, *, elapsed_s: float, chance: float) -> bool:
        """Whether the fault hits a request.

        Args:
            n: the number of the request among those that count, from 1.
            elapsed_s: the time since the fault was set, on the tenant's clock.
            chance: a number from 0 up to but not including 1, derived for this request (`identity.chance`).
        """
        # A function of `n` without a state: several processes can ask, each with the number that their shared
        # store gave it.
        nth = n - self.skip
        return (
            nth >= 1
            and (self.first is None or nth <= self.first)
            and nth % self.every == 0
            and (self.within_s is None or elapsed_s < self.within_s)
            and chance < self.p
        )

    def expected_hits(self) -> int | None:
        """Return how many hits are planned; None where chance, time or a missing `first` leaves that open."""
        if self.first is None or self.within_s is not None or self.p < 1:
            return None
        return self.first // self.every

    def problem(self) -> str | None:
        """Return what is missing for the fault to strike as it is written; None where nothing is."""
        only = only_on(self.effect)
        if only is not None and self.on not in ("any", only):
            return f"on={only}, since nothing else can go wrong in this way"
        if self.first is not None and self.first < self.every:
            return "first no smaller than every, since it would never strike"
        return kind_of(self.effect).problem(self.effect)
