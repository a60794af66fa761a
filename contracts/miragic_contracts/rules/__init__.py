"""The rules, and how a trace is judged by them."""

from miragic_contracts.rules.catalogue import RULES
from miragic_contracts.rules.grounds import JOB
from miragic_contracts.rules.judgement import Finding, Judgement, Rulebook
from miragic_contracts.rules.rule import AnyRule, Complaint, Rule, Severity

__all__ = ["JOB", "RULES", "AnyRule", "Complaint", "Finding", "Judgement", "Rule", "Rulebook", "Severity"]
