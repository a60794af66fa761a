"""The rules, and judging a trace by them."""

from .catalogue import RULES, rules_for
from .grounds import JOB, UndeclaredGroundError
from .judgement import Finding, Judgement, Rulebook
from .rule import AnyRule, Complaint, Rule, Severity

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
