"""Judging a live server: what is asked of it, for how much, and what the answers amount to."""

from miragic_contracts.checker.budget import Budget, Limits, Spent
from miragic_contracts.checker.check import check, judge_trace, prepare
from miragic_contracts.checker.clock import SYSTEM_CLOCK, Clock
from miragic_contracts.checker.estimate import Terms
from miragic_contracts.checker.plan import PROFILES, Plan, Profile
from miragic_contracts.checker.report import Report
from miragic_contracts.checker.run import Stop
from miragic_contracts.checker.verdict import Verdict

__all__ = [
    "PROFILES",
    "SYSTEM_CLOCK",
    "Budget",
    "Clock",
    "Limits",
    "Plan",
    "Profile",
    "Report",
    "Spent",
    "Stop",
    "Terms",
    "Verdict",
    "check",
    "judge_trace",
    "prepare",
]
