"""From what a rule stands on to how bad a breach of it is.

A ground is a JSON Pointer into the contract, the id of an entry of its tables (a source, a discrepancy, an
open question), or `JOB`: what every asynchronous job must be, whoever sells it. The surest ground decides.
A pointer to a place that the lifecycle names, such as `/x-job-lifecycle/poll/question`, means the property
that stands there.
"""

from __future__ import annotations

from collections.abc import Iterable

from miragic_contracts.pointers import value_at
from miragic_contracts.rules.places import document_pointer, property_at
from miragic_contracts.rules.rule import Severity
from miragic_contracts.spec import Level, Spec

JOB = "job"
_PLACES = "/x-job-lifecycle/poll/"

_SEVERITIES = {
    JOB: Severity.ERROR,
    Level.STANDARD: Severity.ERROR,
    Level.DOCUMENTED: Severity.ERROR,
    Level.OBSERVED: Severity.WARNING,
    Level.ASSUMED: Severity.INFORMATION,
}
_SUREST_FIRST = (Level.STANDARD, Level.DOCUMENTED, JOB, Level.OBSERVED, Level.ASSUMED)


def evidence_of(grounds: Iterable[str], spec: Spec) -> str:
    """The surest level among some grounds: a `Level`, or `JOB`."""
    return min((_level(ground, spec) for ground in grounds), key=_SUREST_FIRST.index)


def severity_of(evidence: str, at_most: Severity = Severity.ERROR) -> Severity:
    """How bad it is to break what is known that well."""
    order = tuple(Severity)
    return max(_SEVERITIES[evidence], at_most, key=order.index)


def clause_of(grounds: Iterable[str], spec: Spec) -> str:
    """Where in the contract a reader finds the first of some grounds: a JSON Pointer."""
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


def _level(ground: str, spec: Spec) -> str:
    if ground == JOB:
        return JOB
    if ground in spec.sources:
        return _source_level(ground)
    if ground in spec.discrepancies:
        return Level.DOCUMENTED
    if ground in spec.open_questions:
        return Level.ASSUMED
    return spec.evidence[_element(ground, spec)].level


def _element(ground: str, spec: Spec) -> str:
    """The element of the contract that a pointer means; the poll for a place that this contract lacks."""
    if not ground.startswith(_PLACES):
        return ground
    place = value_at(spec.document, ground)
    start = document_pointer(spec.poll, is_success=True)
    return property_at(spec, start, place) if isinstance(place, str) else spec.poll.pointer


def _source_level(source: str) -> Level:
    """S1 is the vendor's page, S2 and on are people who saw or handled something; the rest are standards."""
    if source == "S1":
        return Level.DOCUMENTED
    return Level.OBSERVED if source[:1] == "S" and source[1:].isdecimal() else Level.STANDARD
