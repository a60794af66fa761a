"""The rules, and how a trace is judged by them."""

from miragic_contracts.rules.catalogue import RULES, rules_for
from miragic_contracts.rules.grounds import JOB, UndeclaredGroundError
from miragic_contracts.rules.judgement import Finding, Judgement, Rulebook
from miragic_contracts.rules.rule import AnyRule, Complaint, Rule, Severity

__all__ = [
    "JOB",
    "RULES",
    "AnyRule",
    "Complaint",
    "Finding",
    "Judgement",
    "Rule",
    "Rulebook",
    "Severity",
    "UndeclaredGroundError",
    "rules_for",
]
