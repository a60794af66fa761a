"""What a run may spend, and that it spends no more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from miragic_contracts.checker import Budget, Limits, Spent
from miragic_contracts.checker.budget import BudgetSpentError
from miragic_contracts.trace import Answer, Trouble

LIMITS = Limits(jobs=2, requests=5, credits=4.0, seconds=60, credits_per_job=2.0)


def test_a_job_is_paid_for_before_it_is_asked_for() -> None:
    """A submission counts as a job from the moment before it is sent."""
    budget = Budget(LIMITS)
    budget.pay(may_make_a_job=True)
    assert budget.spent == Spent(jobs=1, requests=1, credits=2.0)


@pytest.mark.parametrize("status", [301, 400, 401, 402, 404, 415, 422, 429, 499])
def test_a_refusal_gives_the_money_back(status: int) -> None:
    """An answer that says that no job was made costs a request and nothing else."""
    budget = Budget(LIMITS)
    budget.pay(may_make_a_job=True)
    budget.settle(Answer(status))
    assert budget.spent == Spent(jobs=0, requests=1, credits=0)


@pytest.mark.parametrize("answer", [Answer(200), Answer(201), Answer(500), Answer(503), None])
def test_what_may_have_made_a_job_stays_paid(answer: Answer | None) -> None:
    """Success, a server error and no answer at all may each have made a job."""
    budget = Budget(LIMITS)
    budget.pay(may_make_a_job=True)
    budget.settle(answer, None if answer else Trouble.TIMEOUT)
    assert budget.spent.jobs == 1


@pytest.mark.parametrize("trouble", [Trouble.NAME, Trouble.REFUSED, Trouble.TLS])
def test_what_was_never_sent_costs_nothing(trouble: Trouble) -> None:
    """Where no connection came about, no job can have been made."""
    budget = Budget(LIMITS)
    budget.pay(may_make_a_job=True)
    budget.settle(None, trouble)
    assert budget.spent.jobs == 0


@pytest.mark.parametrize(
    ("limits", "at_s", "what"),
    [
        pytest.param(Limits(1, 9, 9, 60, 2), 0, "jobs", id="jobs"),
        pytest.param(Limits(9, 1, 99, 60, 2), 0, "requests", id="requests"),
        pytest.param(Limits(9, 9, 3.9, 60, 2), 0, "credits", id="credits"),
        pytest.param(Limits(9, 9, 99, 60, 2), 60.1, "seconds", id="seconds"),
    ],
)
def test_the_next_one_beyond_a_limit_is_not_sent(limits: Limits, at_s: float, what: str) -> None:
    """Each limit stops the request that would break it, names itself, and nothing is booked."""
    budget = Budget(limits)
    budget.pay(may_make_a_job=True)
    before = budget.spent
    with pytest.raises(BudgetSpentError, match=what) as caught:
        budget.pay(may_make_a_job=True, at_s=at_s)
    assert caught.value.what == what
    assert budget.spent == before


def test_a_dear_job_makes_the_next_one_dear() -> None:
    """When a job tells a higher price, later ones are taken to cost as much."""
    budget = Budget(Limits(9, 9, 10, 60, 2))
    budget.pay(may_make_a_job=True)
    budget.note_price(1, 7.0)
    with pytest.raises(BudgetSpentError, match="credits"):
        budget.pay(may_make_a_job=True)
    assert budget.spent.credits == 7.0


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([201, 400, 429, 500, 503])), max_size=40))
def test_no_limit_is_ever_passed(asks: list[tuple[bool, int]]) -> None:
    """Whatever is asked and answered, jobs, requests and credits stay within their limits."""
    budget = Budget(LIMITS)
    for may_make_a_job, status in asks:
        try:
            budget.pay(may_make_a_job=may_make_a_job)
        except BudgetSpentError:
            continue
        if may_make_a_job:
            budget.settle(Answer(status))
    assert 0 <= budget.spent.jobs <= LIMITS.jobs
    assert budget.spent.requests <= LIMITS.requests
    assert budget.spent.credits <= LIMITS.credits
