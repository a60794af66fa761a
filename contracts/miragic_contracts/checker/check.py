"""Checking a server, or a trace: both end in a report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..drivers import HttpDriver
from ..rules import Finding, Rulebook
from ..spec import Spec
from ..trace import Exchange, Trace
from .budget import Budget, Limits
from .clock import SYSTEM_CLOCK, Clock
from .conversation import Conversation, say_nothing
from .environment import environment_of, is_something_else
from .estimate import Terms, affordable_jobs, limits_for, pace_s
from .plan import Plan, Profile, make_plan
from .report import Report
from .run import Run, carry_out
from .schedule import first_wait_s
from .verdict import decide

# Splits findings into those that count and those that a baseline accepts.
Accept = Callable[[Sequence[Finding]], tuple[tuple[Finding, ...], tuple[Finding, ...]]]


@dataclass(frozen=True, slots=True)
class Preparation:
    """A run before its first byte.

    Attributes:
        plan: The requests.
        limits: The most that it can spend.
        timeout_s: How long jobs are given to end.
        pace_s: The least time between two requests.
    """

    plan: Plan
    limits: Limits
    timeout_s: float
    pace_s: float


def accept_nothing(findings: Sequence[Finding]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Accept no finding, for checks without a baseline."""
    return tuple(findings), ()


def prepare(
    spec: Spec, profile: Profile, terms: Terms, *, seed: int, has_second_key: bool = False
) -> Preparation:
    """Plan a check within some terms. Nothing is sent."""
    jobs = affordable_jobs(spec, profile, terms)
    plan = make_plan(spec, profile, seed=seed, affordable_jobs=jobs, has_second_key=has_second_key)
    limits = limits_for(spec, plan, profile, terms)
    return Preparation(plan, limits, terms.timeout_s, pace_s(profile, terms))


def check(
    driver: HttpDriver,
    rulebook: Rulebook,
    preparation: Preparation,
    *,
    clock: Clock = SYSTEM_CLOCK,
    accept: Accept = accept_nothing,
    on_exchange: Callable[[Exchange], None] = say_nothing,
) -> Report:
    """Send the prepared requests to a server, and judge its answers.

    Args:
        driver: The way to the server.
        rulebook: The rules with the contract.
        preparation: What `prepare` gave.
        clock: The time to wait and measure by.
        accept: Splits findings into those that count and those that are accepted.
        on_exchange: Called with each exchange as it happens.
    """
    spec, plan = rulebook.spec, preparation.plan
    budget = Budget(preparation.limits)
    conversation = Conversation(
        driver, clock, budget, spec.submit.id, pace_s=preparation.pace_s, on_exchange=on_exchange
    )
    run = carry_out(
        plan,
        conversation,
        spec,
        timeout_s=preparation.timeout_s,
        first_wait_s=first_wait_s(preparation.pace_s),
    )
    return _report(run, rulebook, accept, plan=plan, budget=budget)


def judge_trace(trace: Trace, rulebook: Rulebook, *, accept: Accept = accept_nothing) -> Report:
    """Judge a trace that was recorded some other way. Nothing is sent."""
    return _report(Run(trace), rulebook, accept)


def _report(
    run: Run, rulebook: Rulebook, accept: Accept, *, plan: Plan | None = None, budget: Budget | None = None
) -> Report:
    answers = tuple(e.answer for e in run.trace.exchanges if e.answer)
    judgement = rulebook.judge(run.trace)
    # Of what is not this API, nothing can be wrong.
    found = () if answers and is_something_else(answers) else judgement.findings
    findings, accepted = accept(found)
    environment = environment_of(run.trace, rulebook.spec)
    # A run that saw nothing has no finding, so findings alone cannot tell a pass from a run that was no test.
    untested = [rule for rule in rulebook.rules if rule.is_required and not judgement.observations[rule.id]]
    return Report(
        verdict=decide(findings, untested, environment, run.stop),
        findings=findings,
        accepted=accepted,
        environment=environment,
        observations=judgement.observations,
        rules=rulebook.rules,
        trace=run.trace,
        spec=rulebook.spec,
        spent=budget.spent if budget else None,
        seed=plan.seed if plan else None,
        profile=plan.profile if plan else None,
        stop=run.stop,
        why=run.why,
    )
