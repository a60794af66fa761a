"""The verdict of a check, and the exit status that goes with it."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Final

from ..rules import AnyRule, Finding, Severity
from .run import Stop


class Verdict(enum.StrEnum):
    """The outcome of a check in a word.

    Inconclusive is no pass, and it is not the server's fault.
    """

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


CONFORMS: Final = 0
VIOLATES: Final = 1
# As click leaves after a mistake of usage.
USAGE: Final = 2
UNDECIDED: Final = 3
BUDGET_SPENT: Final = 4


def decide(
    findings: Iterable[Finding],
    untested_required: Iterable[AnyRule],
    environment: Iterable[str],
    stop: Stop | None,
) -> Verdict:
    """Return the verdict. An error fails; without one, only a run that saw all it needs passes."""
    # First: what was found stays found, also where an outage kept the rest from being seen.
    if any(finding.severity is Severity.ERROR for finding in findings):
        return Verdict.FAIL
    if stop is not None or any(environment) or any(untested_required):
        return Verdict.INCONCLUSIVE
    return Verdict.PASS


def exit_status(verdict: Verdict, stop: Stop | None, environment: Iterable[str] = ()) -> int:
    """Return the exit status: 0 conforms, 1 violates, 3 inconclusive, 4 stopped by the budget.

    Where an outage used up the budget, the run is inconclusive.
    """
    if verdict is Verdict.INCONCLUSIVE:
        return BUDGET_SPENT if stop is Stop.BUDGET and not any(environment) else UNDECIDED
    return CONFORMS if verdict is Verdict.PASS else VIOLATES
