"""The outcome of a check as one value, which `reports` writes in its several forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..rules import AnyRule, Finding, Severity
from ..spec import Spec
from ..trace import Trace
from .budget import Spent
from .run import Stop
from .verdict import Verdict, exit_status


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a check.

    Attributes:
        verdict: The outcome in a word.
        findings: The findings that count, the worst first.
        accepted: The findings that a baseline accepts, the worst first.
        environment: What prevented a verdict, as sentences.
        observations: How many subjects each rule had to judge, by the rule's id.
        rules: The rules.
        trace: The exchanges.
        spec: The contract.
        spent: What the run has spent; None where nothing was sent (recorded traffic), like the next two.
        seed: What names and questions were chosen by.
        profile: The name of the profile.
        stop: Why the run ended before its plan did, None where it did not.
        why: More about `stop`, for people.
    """

    verdict: Verdict
    findings: tuple[Finding, ...]
    accepted: tuple[Finding, ...]
    environment: tuple[str, ...]
    observations: Mapping[str, int]
    rules: tuple[AnyRule, ...]
    trace: Trace
    spec: Spec
    spent: Spent | None = None
    seed: int | None = None
    profile: str | None = None
    stop: Stop | None = None
    why: str = ""

    @property
    def exit_status(self) -> int:
        """The exit status of the command."""
        return exit_status(self.verdict, self.stop, self.environment)

    @property
    def not_tested(self) -> tuple[AnyRule, ...]:
        """The rules that saw nothing to judge."""
        return tuple(rule for rule in self.rules if self.observations[rule.id] == 0)

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """Return the findings of a severity."""
        return tuple(finding for finding in self.findings if finding.severity is severity)
