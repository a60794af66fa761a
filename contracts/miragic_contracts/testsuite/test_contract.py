"""The rules, one test each."""

from __future__ import annotations

import pytest

from miragic_contracts.checker import Report
from miragic_contracts.harmless import harmless, harmless_line
from miragic_contracts.reports.facts import Fact, facts
from miragic_contracts.rules import AnyRule, Severity


def test_nothing_stood_in_the_way(miragic_report: Report) -> None:
    """The run was not stopped, and neither the network nor the account kept it from a verdict."""
    if reasons := _reasons(miragic_report):
        pytest.fail(f"inconclusive: {'; '.join(reasons)}", pytrace=False)


def test_rule(miragic_report: Report, miragic_rule: AnyRule) -> None:
    """The rule finds no error, and saw what it needs.

    Where something stood in the way, the test above says so once, and a rule that saw nothing is skipped.
    """
    found = [
        _text(fact)
        for fact in facts(miragic_report)
        if fact.finding.rule == miragic_rule.id and fact.finding.severity is Severity.ERROR
    ]
    if found:
        pytest.fail("\n".join((miragic_rule.sentence, *found)), pytrace=False)
    if miragic_report.observations[miragic_rule.id] == 0:
        if miragic_rule.is_required and not _reasons(miragic_report):
            pytest.fail(f"not tested: needs {miragic_rule.needs}", pytrace=False)
        pytest.skip(f"not tested: needs {miragic_rule.needs}")


def _reasons(report: Report) -> list[str]:
    reasons = [*report.environment, *([report.why] if report.stop else [])]
    return [harmless_line(reason) for reason in reasons]


def _text(fact: Fact) -> str:
    because = f"because {fact.why} (openapi.yaml:{fact.line})"
    message = harmless_line(fact.finding.message)
    return "\n  ".join((message, f"in {fact.where}", harmless_line(because), harmless(fact.curl)))
