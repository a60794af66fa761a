"""The report for programs. Its schema ships with the package: `json_report.schema.json`."""

from __future__ import annotations

import datetime
import importlib.resources
import json
from typing import Any

from ..checker.report import Report
from ..harmless import harmless_json
from .facts import Fact, facts


def as_json(report: Report) -> str:
    """Return a report as JSON."""
    return harmless_json(json.dumps(_document(report), indent=2, ensure_ascii=False)) + "\n"


def report_schema() -> dict[str, Any]:
    """Return the JSON Schema of what `as_json` returns."""
    file = importlib.resources.files("miragic_contracts.reports") / "json_report.schema.json"
    schema: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return schema


def _document(report: Report) -> dict[str, Any]:
    spent = report.spent
    return {
        "verdict": report.verdict.value,
        "findings": [_finding(fact) for fact in facts(report)],
        "accepted": [_finding(fact) for fact in facts(report, report.accepted)],
        "not_tested": [rule.id for rule in report.not_tested],
        "environment": list(report.environment),
        "stopped": {"by": report.stop.value, "why": report.why} if report.stop else None,
        "spent": {
            "jobs": spent.jobs if spent else 0,
            "requests": spent.requests if spent else 0,
            "credits": spent.credits if spent else 0,
        },
        "seed": report.seed,
        "profile": report.profile,
        "base_url": report.trace.base_url,
        "started_at": _moment(report.trace.started_at_s),
        "contract": {"title": report.spec.title, "version": report.spec.version},
        "observations": dict(report.observations),
    }


def _finding(fact: Fact) -> dict[str, Any]:
    finding = fact.finding
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "evidence": str(finding.evidence),
        "message": finding.message,
        "pointer": finding.pointer,
        "exchange": finding.exchange,
        "other_exchange": finding.other,
        "job": finding.job,
        "expected": finding.expected,
        "received": finding.received,
        "clause": finding.clause,
        "line": fact.line,
        "why": fact.why,
        "occurrences": finding.occurrences,
        "fingerprint": finding.fingerprint,
        "curl": fact.curl,
    }


def _moment(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat(timespec="milliseconds")
