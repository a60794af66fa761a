"""The rules, one test each."""

from __future__ import annotations

import pytest

from miragic_contracts.checker import Report
from miragic_contracts.reports.facts import Fact, facts
from miragic_contracts.rules import AnyRule, Severity


def test_nothing_stood_in_the_way(miragic_report: Report) -> None:
    """The run was not stopped, and neither the network nor the account kept it from a verdict."""
    reasons = [*miragic_report.environment, *([miragic_report.why] if miragic_report.stop else [])]
    assert reasons == [], f"inconclusive: {'; '.join(reasons)}"


def test_rule(miragic_report: Report, miragic_rule: AnyRule) -> None:
    """The rule finds no error, and saw what it needs."""
    found = [
        _told(fact)
        for fact in facts(miragic_report)
        if fact.finding.rule == miragic_rule.id and fact.finding.severity is Severity.ERROR
    ]
    if found:
        pytest.fail("\n".join((miragic_rule.sentence, *found)), pytrace=False)
    if miragic_report.observations[miragic_rule.id] == 0:
        (pytest.fail if miragic_rule.is_required else pytest.skip)(f"not tested: needs {miragic_rule.needs}")


def _told(fact: Fact) -> str:
    because = f"because {fact.why} (openapi.yaml:{fact.line})"
    return "\n  ".join((fact.finding.message, f"in {fact.where}", because, fact.curl))
