"""Judging a live server: which requests it gets, what they may cost, and the verdict on its answers."""

from .budget import Budget, Limits, Spent
from .check import check, judge_trace, prepare
from .clock import SYSTEM_CLOCK, Clock
from .estimate import Terms
from .plan import PROFILES, Plan, Profile
from .report import Report
from .run import Stop
from .verdict import Verdict

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
