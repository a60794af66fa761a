"""The grounds that a rule stands on, and how bad a breach is by them.

A ground is a JSON Pointer into the contract, the id of an entry of its tables (a source, a discrepancy, an
open question), or `JOB`: what every asynchronous job must be, whoever sells it. The surest ground decides.
A pointer to a place that the lifecycle names, such as `/x-job-lifecycle/poll/question`, means the property
that stands there.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Final

from ..errors import ContractError
from ..pointers import value_at
from ..spec import Level, Spec
from ..spec.evidence import TABLES
from .places import document_pointer, property_at
from .rule import AnyRule, Severity

JOB: Final = "job"
_PLACES: Final = "/x-job-lifecycle/poll/"
_TABLES: Final = ", ".join(TABLES[:-1]) + f" or {TABLES[-1]}"

_SEVERITIES: Final = {
    JOB: Severity.ERROR,
    Level.STANDARD: Severity.ERROR,
    Level.DOCUMENTED: Severity.ERROR,
    Level.OBSERVED: Severity.WARNING,
    Level.ASSUMED: Severity.INFORMATION,
}
# A page that says so comes before what any job must be: both are errors, but a report can cite the page.
_SUREST_FIRST: Final = (Level.STANDARD, Level.DOCUMENTED, JOB, Level.OBSERVED, Level.ASSUMED)


class UndeclaredGroundError(ContractError):
    """A rule stands on something that the contract does not declare.

    Attributes:
        rule: The id of the rule.
        ground: What it stands on.
    """

    def __init__(self, rule: str, ground: str, problem: str) -> None:
        super().__init__(rule, ground, problem)
        self.rule = rule
        self.ground = ground
        self._problem = problem

    def __str__(self) -> str:
        return f"the rule {self.rule!r} stands on {self.ground!r}, {self._problem}"


def check_grounds(rules: Iterable[AnyRule], spec: Spec) -> None:
    """Check that a contract declares everything that some rules stand on.

    Raises:
        UndeclaredGroundError: It does not. The error names the rule and the ground, and says what to do.
    """
    for rule in rules:
        if not rule.grounds:
            problem = f"which is no ground: name an entry of {_TABLES}, a JSON Pointer, or {JOB!r}"
            raise UndeclaredGroundError(rule.id, "", problem)
        for ground in (*rule.grounds, *rule.lesser_grounds):
            problem = _problem_with(ground, spec)
            if problem:
                raise UndeclaredGroundError(rule.id, ground, problem)


def evidence_of(grounds: Iterable[str], spec: Spec) -> str:
    """Return the surest level among some grounds: a `Level`, or `JOB`."""
    return min((_level(ground, spec) for ground in grounds), key=_SUREST_FIRST.index)


def severity_of(evidence: str, at_most: Severity = Severity.ERROR) -> Severity:
    """Return how bad it is to break what is known so well."""
    # The later in the enumeration, the milder: a bound can soften a severity, never sharpen it.
    order = tuple(Severity)
    return max(_SEVERITIES[evidence], at_most, key=order.index)


def clause_of(grounds: Iterable[str], spec: Spec) -> str:
    """Return where in the contract a reader finds the first of some grounds, as a JSON Pointer."""
    ground = next(iter(grounds))
    if ground == JOB:
        return "/x-job-lifecycle"
    tables = {
        "x-sources": spec.sources,
        "x-discrepancies": spec.discrepancies,
        "x-open-questions": spec.open_questions,
    }
    return next(
        (f"/{name}/{ground}" for name, table in tables.items() if ground in table), _element(ground, spec)
    )


def _problem_with(ground: str, spec: Spec) -> str:
    """Return why a rule cannot stand on a ground, as the end of a sentence, or "" if it can."""
    known = (*spec.sources, *spec.discrepancies, *spec.open_questions)
    if ground == JOB or ground in known or _element(ground, spec) in spec.evidence:
        return ""
    if ground.startswith("/"):
        return "which is no element of the contract with `x-evidence`: correct the JSON Pointer"
    near = difflib.get_close_matches(ground, known, n=1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    return f"which the contract does not declare{hint}: add it to {_TABLES} at the end of openapi.yaml"


def _level(ground: str, spec: Spec) -> str:
    if ground == JOB:
        return JOB
    if ground in spec.sources:
        return _source_level(ground)
    if ground in spec.discrepancies:
        # The page said something, if two things at once; the reading taken is what is broken.
        return Level.DOCUMENTED
    if ground in spec.open_questions:
        return Level.ASSUMED
    return spec.evidence[_element(ground, spec)].level


def _element(ground: str, spec: Spec) -> str:
    """Return the element of the contract that a pointer means.

    For a place that the lifecycle leaves out it is the poll: nothing can break a rule about such a place.
    """
    if not ground.startswith(_PLACES):
        return ground
    place = value_at(spec.document, ground)
    start = document_pointer(spec.poll, is_success=True)
    return property_at(spec, start, place) if isinstance(place, str) else spec.poll.pointer


def _source_level(source: str) -> Level:
    """Return how sure a source is.

    S1 is the vendor's page, S2 and on are people who saw something; all other sources are standards.
    """
    if source == "S1":
        return Level.DOCUMENTED
    return Level.OBSERVED if source[:1] == "S" and source[1:].isdecimal() else Level.STANDARD
