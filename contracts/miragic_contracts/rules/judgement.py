"""Judging a trace by rules: the findings, and how much each rule had to judge."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..schemas import Strength, document_schema
from ..spec import Spec
from ..trace import Trace
from ..validation import judge
from .catalogue import RULES
from .grounds import check_grounds, clause_of, evidence_of, severity_of
from .rule import AnyRule, Complaint, Severity
from .view import View


@dataclass(frozen=True, slots=True)
class Finding:
    """A breach of a rule.

    Attributes:
        rule: The id of the rule.
        severity: How bad it is.
        evidence: How the contract knows what was breached: a `Level`, or "job".
        expected: What the contract says.
        received: What the server said.
        clause: Where the contract says so, as a JSON Pointer into `openapi.yaml`.
        exchange: The number of the exchange in which it was found first.
        pointer: The place in the answer, as a JSON Pointer; "" for the whole answer.
        job: The number of the job that it concerns, None for none.
        other: The number of an earlier exchange that this one contradicts, None for none.
        occurrences: In how many exchanges the same was found.
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
        """The finding as a sentence for people."""
        where = f" at {self.pointer}" if self.pointer else ""
        return f"expected {self.expected}{where}, got {self.received}"

    @property
    def fingerprint(self) -> str:
        """What identifies the finding, whatever values it was found in: it is the same in every run."""
        # Without the values and the numbers, which change from run to run. SARIF and baselines build on that.
        identity = "\0".join((self.rule, self.severity, self.clause, self.pointer))
        return hashlib.sha256(identity.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome of judging a trace.

    Attributes:
        findings: The breaches, the worst first.
        observations: How many subjects each rule had to judge, by the rule's id.
    """

    findings: tuple[Finding, ...]
    observations: Mapping[str, int]

    @property
    def not_tested(self) -> tuple[str, ...]:
        """The ids of the rules that had nothing to judge."""
        return tuple(name for name, count in self.observations.items() if count == 0)


class Rulebook:
    """The rules together with a contract, compiled once."""

    def __init__(self, spec: Spec, rules: Sequence[AnyRule] = RULES) -> None:
        """Check the rules against the contract, and compile its schemas.

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
            # Strict, so that an undeclared field shows; `documents` grades it as news.
            name: judge(document_schema(spec, name, Strength.STRICT))
            for name in ("created", "job", "error")
        }

    def judge(self, trace: Trace) -> Judgement:
        """Judge a trace. The same trace always gives the same judgement."""
        whole = View(trace, self.spec, self._judges)
        # Rules that need a body must not see exchanges of which a journal kept none.
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
        # Sorting is stable: findings of one exchange stay in the order of the rules.
        order = tuple(Severity)
        worst_first = sorted(findings.values(), key=lambda f: (order.index(f.severity), f.exchange))
        return Judgement(tuple(worst_first), observations)

    def _finding(self, rule: AnyRule, complaint: Complaint) -> Finding:
        grounds = complaint.grounds or rule.grounds
        evidence = evidence_of(grounds, self.spec)
        # Of two bounds the milder one holds, which comes later in the enumeration.
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
    """Keep the first of the findings that differ only in their values and in the exchange."""
    known = findings.setdefault(finding.fingerprint, finding)
    if known is not finding:
        findings[finding.fingerprint] = dataclasses.replace(known, occurrences=known.occurrences + 1)
