"""Which rules find which mutants."""

from __future__ import annotations

from miragic_contracts.checker import Report
from miragic_contracts.rules import Severity

_ORDER = tuple(Severity)


def killers(report: Report, severity: Severity) -> set[str]:
    """Return the rules that found something at least as bad as a severity."""
    return {
        finding.rule
        for finding in report.findings
        if _ORDER.index(finding.severity) <= _ORDER.index(severity)
    }
