"""The report as SARIF 2.1.0, the format of code scanning.

Each finding stands at the line of the contract that it is about.
"""

from __future__ import annotations

import importlib.metadata
import json
from typing import Any, Final

from ..checker.report import Report
from ..harmless import harmless_json
from ..rules import AnyRule, Severity
from .facts import Fact, facts

_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFORMATION: "note"}
_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def as_sarif(report: Report) -> str:
    """Return a report as a SARIF log with one run, which was not successful if it was inconclusive."""
    run = {
        "tool": {
            "driver": {
                "name": "miragic-contract",
                "version": importlib.metadata.version("miragic-stt-toolkit"),
                "rules": [_rule(rule) for rule in report.rules],
            }
        },
        "invocations": [
            {
                "executionSuccessful": report.verdict != "inconclusive",
                "exitCode": report.exit_status,
                "toolExecutionNotifications": [
                    {"level": "warning", "message": {"text": text}} for text in report.environment
                ],
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": [
            *(_result(fact, report) for fact in facts(report)),
            *(_accepted(_result(fact, report)) for fact in facts(report, report.accepted)),
        ],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return harmless_json(json.dumps(log, indent=2, ensure_ascii=False)) + "\n"


def _rule(rule: AnyRule) -> dict[str, Any]:
    described: dict[str, Any] = {"id": rule.id, "shortDescription": {"text": rule.sentence}}
    if rule.explanation:
        described["fullDescription"] = {"text": " ".join(rule.explanation.split())}
    return described


def _result(fact: Fact, report: Report) -> dict[str, Any]:
    finding = fact.finding
    text = f"{fact.rule.sentence} Expected {finding.expected}, received {finding.received} ({fact.where})."
    return {
        "ruleId": finding.rule,
        "ruleIndex": [rule.id for rule in report.rules].index(finding.rule),
        "level": _LEVELS[finding.severity],
        "message": {"text": text},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "openapi.yaml", "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": fact.line},
                },
                "logicalLocations": [{"fullyQualifiedName": finding.clause, "kind": "element"}],
            }
        ],
        # By this a service knows a finding again in the next run, though lines and values have changed (SARIF
        # 2.1.0, section 3.27.17). The version is part of the name: a fingerprint made otherwise needs
        # another.
        "partialFingerprints": {"miragicContract/v1": finding.fingerprint},
        "properties": {
            "evidence": str(finding.evidence),
            "pointer": finding.pointer,
            "exchange": finding.exchange,
            "curl": fact.curl,
        },
    }


def _accepted(result: dict[str, Any]) -> dict[str, Any]:
    # "external": accepted in a file of its own, not in the source (section 3.35.2).
    return {**result, "suppressions": [{"kind": "external", "status": "accepted"}]}
