"""What a mutant is."""

from __future__ import annotations

from dataclasses import dataclass

from miragic_contracts.rules import Severity

from tests.broken_servers.operators import Make


@dataclass(frozen=True)
class Mutant:
    """A server with one fault.

    `rule` names the rule that must find it, and `severity` how bad that rule must call it: a warning
    where the contract only knows by hearsay. `make` gives a new wrapper each time.
    """

    id: str
    rule: str
    make: Make
    severity: Severity = Severity.ERROR


def group(prefix: str, rule: str, severity: Severity = Severity.ERROR, **makes: Make) -> tuple[Mutant, ...]:
    """Mutants that one rule must find."""
    return tuple(
        Mutant(f"{prefix}-{name.replace('_', '-')}", rule, make, severity) for name, make in makes.items()
    )
