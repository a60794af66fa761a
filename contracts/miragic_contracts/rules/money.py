"""Rules for the price that a job states. No page promises one, so a new price is only news (Q10)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ..pointers import number
from .rule import Complaint, Severity, rule
from .view import Look, View

# A price this many times the contract's is a slip of the decimal point, or a bill to worry about.
ABSURD: Final = 50


def priced(view: View) -> Sequence[Look]:
    """Return the first look at each job that had ended and says what it cost."""
    place = view.spec.lifecycle.poll.cost
    return tuple(look for look in view.finished if _credits(look, place) is not None)


@rule(
    "cost-plausible", "D39", needs="a finished job with its cost", subjects=priced, at_most=Severity.WARNING
)
def cost_plausible(look: Look, view: View) -> Iterator[Complaint]:
    """A job costs about what jobs are known to cost."""
    place, usual = view.spec.lifecycle.poll.cost, view.spec.submit.cost_credits
    cost = _credits(look, place)
    if cost is not None and usual and cost > ABSURD * usual:
        yield Complaint(look.exchange, f"about {usual} credits", f"{cost:g}", place)


@rule("cost-known", "Q10", needs="a finished job with its cost", subjects=priced)
def cost_known(look: Look, view: View) -> Iterator[Complaint]:
    """A job costs what the contract assumes; another price is news for its next version."""
    place, usual = view.spec.lifecycle.poll.cost, view.spec.submit.cost_credits
    cost = _credits(look, place)
    # A price beyond that is found by `cost-plausible`: one cause is one finding.
    if cost is not None and cost != usual and cost <= ABSURD * usual:
        yield Complaint(look.exchange, f"{usual} credits", f"{cost:g}", place)


def _credits(look: Look, place: str) -> float | None:
    return number(look.value(place))
