"""Rules for the shape of documents: what the contract's strict schemas say, each breach graded by its own
element.

The contract leaves open what a job holds while it is not finished: null or absent is nothing there (Q2).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from miragic_contracts.pointers import value_at
from miragic_contracts.rules.places import document_pointer, evidence_on, property_at, walk
from miragic_contracts.rules.rule import Complaint, rule
from miragic_contracts.rules.view import View, shown
from miragic_contracts.rules.wire import answer_of
from miragic_contracts.spec import Spec
from miragic_contracts.trace import Exchange
from miragic_contracts.validation import Problem

# What a document may hold beyond the contract is news for its next version: an open question, no breach.
_UNKNOWN_FIELD, _UNKNOWN_STATE = _NEWS = ("Q15", "Q4")


def submissions(view: View) -> Sequence[Exchange]:
    return tuple(e for e in view.submissions if isinstance(answer_of(e).document, dict))


def looks(view: View) -> Sequence[Exchange]:
    return tuple(look.exchange for look in view.looks)


def refusals(view: View) -> Sequence[Exchange]:
    return tuple(
        e for e in view.judged if answer_of(e).status >= 400 and isinstance(answer_of(e).document, dict)
    )


@rule(
    "created-document",
    "D13",
    needs="an accepted submission",
    subjects=submissions,
    is_required=True,
    lesser_grounds=_NEWS,
)
def created_document(exchange: Exchange, view: View) -> Iterator[Complaint]:
    """A submission answers with the declared document: `success`, the job's id and first state, a message."""
    yield from _complaints(exchange, "created", view)


@rule(
    "job-document",
    "D24",
    needs="a look at a job",
    subjects=looks,
    is_required=True,
    lesser_grounds=_NEWS,
)
def job_document(exchange: Exchange, view: View) -> Iterator[Complaint]:
    """A look answers with the declared document of a job in that state.

    A field that nobody declared, or a state that nobody knew, is news and not an error.
    """
    yield from _complaints(exchange, "job", view)


@rule("error-document", "S2", needs="a refused request", subjects=refusals, lesser_grounds=_NEWS)
def error_document(exchange: Exchange, view: View) -> Iterator[Complaint]:
    """A refusal has the shape that was seen: `success` false, and `error` with a code and a message."""
    yield from _complaints(exchange, "error", view)


@rule("error-not-success", "D14", needs="a refused request", subjects=refusals, is_required=True)
def error_not_success(exchange: Exchange, view: View) -> Iterator[Complaint]:
    """A refusal never says that it is a success, nor carries `data`."""
    document = answer_of(exchange).document
    if document.get("success") not in (None, False):
        yield Complaint(exchange, "`success` false", shown(document["success"]), "/success")
    if isinstance(document.get("data"), dict) and document["data"]:
        yield Complaint(exchange, "no `data`", shown(document["data"]), "/data")


def _complaints(exchange: Exchange, name: str, view: View) -> Iterator[Complaint]:
    document, spec = answer_of(exchange).document, view.spec
    start = document_pointer(spec.operations[exchange.operation], is_success=name != "error")
    for problem in view.judges[name].problems(document):
        if name == "error" and problem.pointer == "/success":
            continue  # `error-not-success` says so, and says it louder
        if name != "job" or not _is_left_open(problem, document, spec):
            yield from _graded(problem, start, exchange, spec)


def _graded(problem: Problem, start: str, exchange: Exchange, spec: Spec) -> Iterator[Complaint]:
    value = value_at(answer_of(exchange).document, problem.pointer)
    if problem.keyword == "additionalProperties":
        *_, place = walk(spec, start, problem.schema_pointer.rpartition("/")[0])
        for name in value.keys() - value_at(spec.document, f"{place}/properties").keys():
            pointer = f"{problem.pointer}/{name}"
            yield Complaint(exchange, "only declared fields", shown(value[name]), pointer, (_UNKNOWN_FIELD,))
    elif problem.keyword == "required":
        for name in problem.expected:
            if name not in value and problem.message.startswith(repr(name)):
                pointer = f"{problem.pointer}/{name}"
                grounds = (property_at(spec, start, pointer),)
                yield Complaint(exchange, f"the field `{name}`", "nothing", pointer, grounds)
    elif _is_of_unknown_state(problem, answer_of(exchange).document, spec):
        if problem.keyword in ("enum", "const"):
            states = " or ".join(spec.lifecycle.states)
            yield Complaint(exchange, states, shown(value), problem.pointer, (_UNKNOWN_STATE,))
    else:
        grounds = (evidence_on(walk(spec, start, problem.schema_pointer), spec),)
        yield Complaint(exchange, _expectation(problem), shown(value), problem.pointer, grounds)


def _is_left_open(problem: Problem, document: Any, spec: Spec) -> bool:
    """Whether a value is null where neither a job nor a job in its state must have one (Q2, Q3)."""
    if value_at(document, problem.pointer) is not None:
        return False
    pointer, status = spec.lifecycle.poll.status.rsplit("/", 1)
    schema = next(r.json.schema for r in spec.poll.successes if r.json)
    job = value_at(schema, pointer.replace("/", "/properties/"))
    state = value_at(document, spec.lifecycle.poll.status)
    branches = [b for b in job.get("oneOf", ()) if b["properties"][status].get("const") == state]
    required = {name for part in (job, *branches) for name in part.get("required", ())}
    return problem.pointer.rpartition("/")[2] not in required


def _is_of_unknown_state(problem: Problem, document: Any, spec: Spec) -> bool:
    """Whether a state that nobody knew is what is wrong, or the reason why no form of a job fits."""
    lifecycle = spec.lifecycle
    for place in (lifecycle.submit.status, lifecycle.poll.status):
        state = value_at(document, place)
        is_meant = problem.pointer == place or (
            problem.keyword == "oneOf" and problem.pointer == place.rpartition("/")[0]
        )
        if is_meant and isinstance(state, str) and state and state not in lifecycle.states:
            return True
    return False


_EXPECTATIONS = {
    "type": "the type {}",
    "const": "{}",
    "enum": "one of {}",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "at least {} characters",
    "format": "the format {}",
    "oneOf": "one of the declared forms",
}


def _expectation(problem: Problem) -> str:
    expected = problem.expected
    if isinstance(expected, list) and problem.keyword in ("type", "enum"):
        expected = " or ".join(map(str, expected))
    plain = expected if isinstance(expected, str) else shown(expected)
    return _EXPECTATIONS.get(problem.keyword, f"what `{problem.keyword}` asks").format(plain)
