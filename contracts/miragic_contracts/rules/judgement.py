"""Judging a trace by rules: findings, and how often each rule had something to look at."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from miragic_contracts.rules.catalogue import RULES
from miragic_contracts.rules.grounds import check_grounds, clause_of, evidence_of, severity_of
from miragic_contracts.rules.rule import AnyRule, Complaint, Severity
from miragic_contracts.rules.view import View
from miragic_contracts.schemas import Strength, document_schema
from miragic_contracts.spec import Spec
from miragic_contracts.trace import Trace
from miragic_contracts.validation import judge


@dataclass(frozen=True, slots=True)
class Finding:
    """One breach.

    `evidence` is how the contract knows what was breached: a `Level`, or "job". `clause` is where it says
    so, a JSON Pointer into `openapi.yaml`. `pointer` is the place in the answer. `exchange` and `other` are
    numbers of exchanges, `job` that of a job. `occurrences` counts the exchanges in which the same was
    found.
    """

    rule: str
    severity: Severity
    evidence: str
    expected: str
    received: str
    clause: str
    exchange: int
    pointer: str = ""
    job: int | None = None
    other: int | None = None
    occurrences: int = 1

    @property
    def message(self) -> str:
        """One sentence for people."""
        where = f" at {self.pointer}" if self.pointer else ""
        return f"expected {self.expected}{where}, got {self.received}"

    @property
    def fingerprint(self) -> str:
        """What the finding is, whatever values it was found in: the same from one run to the next."""
        identity = "\0".join((self.rule, self.severity, self.clause, self.pointer))
        return hashlib.sha256(identity.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules say of a trace: findings, the worst first; how many subjects each rule had, by its
    id.
    """

    findings: tuple[Finding, ...]
    observations: Mapping[str, int]

    @property
    def not_tested(self) -> tuple[str, ...]:
        """The ids of rules that saw nothing to judge."""
        return tuple(name for name, count in self.observations.items() if count == 0)


class Rulebook:
    """The rules together with a contract, compiled once; `judge` is a pure function of a trace."""

    def __init__(self, spec: Spec, rules: Sequence[AnyRule] = RULES) -> None:
        """Check and compile.

        Args:
            spec: The contract.
            rules: The rules. Those that do not concern the contract are left out.

        Raises:
            UndeclaredGroundError: A rule stands on something that the contract does not declare.
        """
        check_grounds(rules, spec)
        self.spec = spec
        self.rules = tuple(rule for rule in rules if rule.concerns(spec))
        self._judges = {
            name: judge(document_schema(spec, name, Strength.STRICT)) for name in ("created", "job", "error")
        }

    def judge(self, trace: Trace) -> Judgement:
        """What is wrong with a trace, and what could not be told."""
        whole = View(trace, self.spec, self._judges)
        kept = tuple(e for e in trace.exchanges if not e.answer or e.answer.is_kept)
        read = View(dataclasses.replace(trace, exchanges=kept), self.spec, self._judges)
        findings: dict[str, Finding] = {}
        observations = {}
        for rule in self.rules:
            view = read if rule.needs_body else whole
            subjects = rule.subjects(view)
            observations[rule.id] = len(subjects)
            for subject in subjects:
                for complaint in rule.judge(subject, view):
                    _add(findings, self._finding(rule, complaint))
        order = tuple(Severity)
        worst_first = sorted(findings.values(), key=lambda f: (order.index(f.severity), f.exchange))
        return Judgement(tuple(worst_first), observations)

    def _finding(self, rule: AnyRule, complaint: Complaint) -> Finding:
        grounds = complaint.grounds or rule.grounds
        evidence = evidence_of(grounds, self.spec)
        order = tuple(Severity)
        return Finding(
            rule=rule.id,
            severity=severity_of(evidence, max(rule.at_most, complaint.at_most, key=order.index)),
            evidence=evidence,
            expected=complaint.expected,
            received=complaint.received,
            clause=clause_of(grounds, self.spec),
            exchange=complaint.exchange.number,
            pointer=complaint.pointer,
            job=complaint.exchange.job,
            other=complaint.other.number if complaint.other else None,
        )


def _add(findings: dict[str, Finding], finding: Finding) -> None:
    """Keeps the first of findings that only differ in the values and the exchange they were found in."""
    known = findings.setdefault(finding.fingerprint, finding)
    if known is not finding:
        findings[finding.fingerprint] = dataclasses.replace(known, occurrences=known.occurrences + 1)
