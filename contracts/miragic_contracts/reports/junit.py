"""The report as JUnit XML, which every CI service reads: one test case for each rule."""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree

from ..checker.report import Report
from ..checker.verdict import Verdict
from ..rules import AnyRule, Severity
from .elements import Element, element
from .facts import Fact, facts

SUITE: Final = "miragic-contract"


def as_junit(report: Report) -> str:
    """Return a report as JUnit XML: errors fail, lesser findings are output, untested rules are skipped.

    Where the run was inconclusive, one more case has an error that says why: a green page must mean a pass.
    """
    by_rule: dict[str, list[Fact]] = {}
    for fact in facts(report):
        by_rule.setdefault(fact.finding.rule, []).append(fact)
    cases = [_case(rule, by_rule.get(rule.id, []), report) for rule in report.rules]
    # An error, not a failure: in JUnit a failure says that the tested thing is wrong.
    if report.verdict is Verdict.INCONCLUSIVE:
        why = "; ".join((*report.environment, report.why)) or "a required rule was not tested"
        cases.append(_named("verdict", element("error", why, message="inconclusive", type="inconclusive")))
    counts = {
        kind: sum(case.find(kind) is not None for case in cases) for kind in ("failure", "error", "skipped")
    }
    exchanges = report.trace.exchanges
    suite = element(
        "testsuite",
        *cases,
        name=SUITE,
        tests=len(cases),
        failures=counts["failure"],
        errors=counts["error"],
        skipped=counts["skipped"],
        time=f"{exchanges[-1].received_at_s if exchanges else 0:.3f}",
    )
    # Time is the run's: a rule is judged in no time, and what it looked at it shares with others.
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _case(rule: AnyRule, found: list[Fact], report: Report) -> Element:
    errors = [fact for fact in found if fact.finding.severity is Severity.ERROR]
    rest = [fact for fact in found if fact.finding.severity is not Severity.ERROR]
    children = []
    if errors:
        text = "\n\n".join(map(_text, errors))
        children.append(element("failure", text, message=errors[0].finding.message, type="error"))
    elif report.observations[rule.id] == 0:
        children.append(element("skipped", message=f"not tested: needs {rule.needs}"))
    if rest:
        children.append(element("system-out", "\n\n".join(map(_text, rest))))
    return _named(rule.id, *children)


def _named(name: str, *children: Element) -> Element:
    return element("testcase", *children, classname=SUITE, name=name)


def _text(fact: Fact) -> str:
    finding = fact.finding
    lines = (
        f"{finding.severity}: {fact.rule.sentence}",
        f"expected: {finding.expected}",
        f"received: {finding.received}",
        f"at: {finding.pointer or '(the whole answer)'}, {fact.where}",
        f"because: {fact.why} (openapi.yaml:{fact.line})",
        f"again: {fact.curl}",
    )
    return "\n".join(lines)
