"""What a mutant is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from miragic_contracts.checker import Report
from miragic_contracts.rules import Severity
from miragic_contracts.spec import Spec

from tests.broken_servers.operators import Make
from tests.broken_servers.trial import check_server


@dataclass(frozen=True)
class Mutant:
    """A server with one fault.

    `rule` names the rule that must find it, and `severity` how bad that rule must call it: a warning
    where the contract only knows by hearsay. `make` gives a new wrapper each time. `contract` is what the
    server is judged by; None for the one of the checkout.
    """

    id: str
    rule: str
    make: Make
    severity: Severity = Severity.ERROR
    contract: Callable[[], Spec] | None = None

    def checked(self, **options: Any) -> Report:
        """Check it, by its own contract where it has one."""
        return check_server(self.make(), spec=self.contract() if self.contract else None, **options)


def group(
    prefix: str,
    rule: str,
    severity: Severity = Severity.ERROR,
    contract: Callable[[], Spec] | None = None,
    **makes: Make,
) -> tuple[Mutant, ...]:
    """Mutants that one rule must find."""
    return tuple(
        Mutant(f"{prefix}-{name.replace('_', '-')}", rule, make, severity, contract)
        for name, make in makes.items()
    )
