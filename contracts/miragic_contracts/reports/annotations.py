"""The report as GitHub workflow commands.

GitHub shows each of them beside the line of the contract that the finding is about.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..checker.report import Report
from ..checker.verdict import Verdict
from ..harmless import harmless
from ..rules import Severity
from .facts import Fact, facts

_COMMANDS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFORMATION: "notice"}


def as_annotations(report: Report) -> str:
    """Return a report as lines that a GitHub workflow understands."""
    lines = [_line(fact) for fact in facts(report)]
    # Else a run without a finding and without a verdict would leave no line at all.
    lines += [f"::warning title=inconclusive::{_escaped(sentence)}" for sentence in _obstacles(report)]
    return "".join(f"{line}\n" for line in lines)


def _obstacles(report: Report) -> Sequence[str]:
    """Return why there is no verdict; nothing if there is one and nothing stood in the way."""
    if report.environment or report.verdict is not Verdict.INCONCLUSIVE:
        return report.environment
    if report.stop:
        return (f"stopped: {report.why}",)
    return (f"required, not tested: {', '.join(rule.id for rule in report.not_tested if rule.is_required)}",)


def _line(fact: Fact) -> str:
    command, title = _COMMANDS[fact.finding.severity], _escaped(fact.finding.rule, is_property=True)
    # The path from the root of the checkout, as GitHub wants it; an installed contract has a path of its own.
    place = f"file=openapi.yaml,line={fact.line},title={title}"
    return f"::{command} {place}::{_escaped(fact.finding.message)} ({fact.where})"


def _escaped(text: str, *, is_property: bool = False) -> str:
    """Escape a text for a command: else a line break in an answer would begin a command of its own."""
    # Harmless before it is escaped: GitHub unescapes the message, and prints it in the log.
    escaped = harmless(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    # In a property also what ends it (GitHub's toolkit escapes the same five).
    return escaped.replace(":", "%3A").replace(",", "%2C") if is_property else escaped
