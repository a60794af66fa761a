"""The most that a run may spend, estimated before it begins."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from ..spec import Spec
from .budget import Limits
from .plan import Plan, Profile
from .schedule import LOOKS_AFTER_END, first_wait_s, looks_within

# Requests sent again because the server said "not now", in one run, and the time spent waiting for that.
RETRIES: Final = 20
WAITING_S: Final = 120.0

# Where no rate is given, requests are taken to follow one another as fast as a near server answers.
_REQUEST_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Terms:
    """What the user allows a run. None leaves a value to the profile.

    Attributes:
        timeout_s: How long jobs are given to end.
        max_jobs: The most jobs that may be made.
        max_credits: The most credits that may be spent.
        rate: Requests a second.
    """

    timeout_s: float
    max_jobs: int | None = None
    max_credits: float | None = None
    rate: float | None = None


def affordable_jobs(spec: Spec, profile: Profile, terms: Terms) -> int:
    """Return how many jobs the terms pay for."""
    jobs = profile.max_jobs if terms.max_jobs is None else terms.max_jobs
    price = spec.submit.cost_credits
    if terms.max_credits is None or price == 0:
        return jobs
    # By the price of the contract; should jobs turn out dearer, `Budget` stops the run.
    return min(jobs, int(terms.max_credits // price))


def pace_s(profile: Profile, terms: Terms) -> float:
    """Return the least seconds between two requests, 0 for as fast as they come."""
    rate = terms.rate or profile.rate
    return 1 / rate if rate else 0.0


def limits_for(spec: Spec, plan: Plan, profile: Profile, terms: Terms) -> Limits:
    """Return the most that a plan can spend. The run is held to it.

    The estimate is for the worst case: every bad request is accepted and charged, every job takes all its
    time, and every retry is needed.
    """
    # A bad submission is counted as a job: a server that fails to refuse it charges for it.
    may_make_jobs = sum(call.operation == spec.submit.id for call in (*plan.before, *plan.submissions))
    jobs = min(affordable_jobs(spec, profile, terms), may_make_jobs)
    pause_s = pace_s(profile, terms)
    looks = len(plan.submissions) * (looks_within(terms.timeout_s, first_wait_s(pause_s)) + LOOKS_AFTER_END)
    steps = len(plan.before) + len(plan.submissions) + len(plan.after)
    last_looks = len(plan.submissions) * LOOKS_AFTER_END
    # Polls of jobs that have not ended take no time of their own: they are sent while `timeout_s` runs.
    seconds = (steps + last_looks) * (pause_s or _REQUEST_S) + terms.timeout_s + WAITING_S
    price = float(spec.submit.cost_credits)
    credits = jobs * price if terms.max_credits is None else min(terms.max_credits, jobs * price)
    return Limits(jobs, steps + looks + RETRIES, credits, math.ceil(seconds), price)
