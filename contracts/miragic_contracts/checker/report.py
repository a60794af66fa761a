"""Everything that a check has to say, as one value; `reports` writes it down."""

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

    `findings` are those that count, `accepted` those that a baseline has, both the worst first.
    `environment` holds sentences on what stood in the way. `observations` counts, by rule id, what each
    rule had to judge. `spent` is None where no request was sent (recorded traffic); `seed` and
    `profile` too.
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
        """What the command leaves with."""
        return exit_status(self.verdict, self.stop, self.environment)

    @property
    def not_tested(self) -> tuple[AnyRule, ...]:
        """The rules that saw nothing to judge."""
        return tuple(rule for rule in self.rules if self.observations[rule.id] == 0)

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings of one severity."""
        return tuple(finding for finding in self.findings if finding.severity is severity)
