"""The suite bites: each server with a fault is found out, by the rule that is there for that fault."""

from __future__ import annotations

import statistics
from collections import Counter

import pytest
from miragic_contracts.checker import Verdict
from miragic_contracts.rules import RULES, Severity

from tests.broken_servers import gates
from tests.broken_servers.catalogue import MUTANTS
from tests.broken_servers.matrix import killers
from tests.broken_servers.mutant import Mutant
from tests.broken_servers.virtual_time import START_S, VirtualTime
from tests.counting import counted_calls


@pytest.mark.parametrize("mutant", [pytest.param(mutant, id=mutant.id) for mutant in MUTANTS])
def test_a_mutant_is_found_by_its_rule(mutant: Mutant) -> None:
    """A server with this fault does not pass, its own rule says why, and finding out cost five jobs at
    most.
    """
    report = mutant.checked()
    assert mutant.rule in killers(report, mutant.severity)
    if mutant.severity is Severity.ERROR:
        assert report.verdict is Verdict.FAIL
    assert report.spent is not None
    assert report.spent.jobs <= gates.MOST_JOBS


def test_there_are_enough_mutants() -> None:
    """The catalogue holds enough faults, each under a name of its own."""
    names = Counter(mutant.id for mutant in MUTANTS)
    assert len(MUTANTS) >= gates.LEAST_MUTANTS
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("rule", [rule.id for rule in RULES])
def test_a_rule_is_needed(rule: str) -> None:
    """For each rule there is a fault that no other rule finds."""
    alone = (
        mutant.id
        for mutant in MUTANTS
        if mutant.rule == rule
        if killers(mutant.checked(), mutant.severity) == {rule}
    )
    assert next(alone, None) is not None


def test_a_run_is_short() -> None:
    """Half of the runs of the mock's profile stay within the gates for requests, function calls and waiting.

    Calls and virtual time are counted, not seconds, so the machine has no say.
    """
    requests, calls_made, waited_s = [], [], []
    for mutant in MUTANTS[::16]:
        time = VirtualTime()
        with counted_calls() as calls:
            report = mutant.checked(
                profile="mock",
                time=time,
                plans=("done-after=0.2s", "done-after=0.2s; outcome=failed"),
            )
        assert report.spent is not None
        requests.append(report.spent.requests)
        calls_made.append(calls.total())
        waited_s.append(time.now_s - START_S)
    assert statistics.median(requests) <= gates.MEDIAN_REQUESTS
    assert statistics.median(calls_made) <= gates.MEDIAN_CALLS
    assert statistics.median(waited_s) < gates.MEDIAN_WAIT_S
