"""Rules for the shape of documents: the contract's strict schemas, applied.

Each breach is graded by the evidence of the element that it breaks. The contract leaves open what a job holds
while it has not ended, so a field that is null or absent then breaks nothing (Q2).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from ..pointers import value_at
from ..spec import Spec
from ..trace import Exchange
from ..validation import Problem
from .places import document_pointer, evidence_on, property_at, walk
from .rule import Complaint, rule
from .view import View, as_text
from .wire import answer_of

# What a document holds beyond the contract is news for its next version: an open question, no breach.
_UNKNOWN_FIELD: Final = "Q15"
_UNKNOWN_STATE: Final = "Q4"
_NEWS: Final = (_UNKNOWN_FIELD, _UNKNOWN_STATE)


def submissions(view: View) -> Sequence[Exchange]:
    """Return the accepted submissions that were answered with a document."""
    return tuple(e for e in view.submissions if isinstance(answer_of(e).document, dict))


def looks(view: View) -> Sequence[Exchange]:
    """Return the exchanges that showed a job."""
    return tuple(look.exchange for look in view.looks)


def refusals(view: View) -> Sequence[Exchange]:
    """Return the requests that were refused with a document."""
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

    A field or a state that the contract does not know is news, not an error.
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
        yield Complaint(exchange, "`success` false", as_text(document["success"]), "/success")
    if isinstance(document.get("data"), dict) and document["data"]:
        yield Complaint(exchange, "no `data`", as_text(document["data"]), "/data")


def _complaints(exchange: Exchange, name: str, view: View) -> Iterator[Complaint]:
    document, spec = answer_of(exchange).document, view.spec
    start = document_pointer(spec.operations[exchange.operation], is_success=name != "error")
    for problem in view.judges[name].problems(document):
        if name == "error" and problem.pointer == "/success":
            continue  # `error-not-success` finds it too, and grades it higher
        if name != "job" or not _is_left_open(problem, document, spec):
            yield from _graded(problem, start, exchange, spec)


def _graded(problem: Problem, start: str, exchange: Exchange, spec: Spec) -> Iterator[Complaint]:
    """Turn a validator's problem into complaints, each on the element of the contract that it breaks."""
    value = value_at(answer_of(exchange).document, problem.pointer)
    if problem.keyword == "additionalProperties":
        # A validator names all undeclared fields in one problem; each is a finding of its own here.
        *_, place = walk(spec, start, problem.schema_pointer.rpartition("/")[0])
        for name in value.keys() - value_at(spec.document, f"{place}/properties").keys():
            pointer = f"{problem.pointer}/{name}"
            yield Complaint(
                exchange, "only declared fields", as_text(value[name]), pointer, (_UNKNOWN_FIELD,)
            )
    elif problem.keyword == "required":
        for name in problem.expected:
            # jsonschema reports each missing name by itself, and names it only at the start of the message.
            if name not in value and problem.message.startswith(repr(name)):
                pointer = f"{problem.pointer}/{name}"
                grounds = (property_at(spec, start, pointer),)
                yield Complaint(exchange, f"the field `{name}`", "nothing", pointer, grounds)
    elif _is_of_unknown_state(problem, answer_of(exchange).document, spec):
        if problem.keyword in ("enum", "const"):
            states = " or ".join(spec.lifecycle.states)
            yield Complaint(exchange, states, as_text(value), problem.pointer, (_UNKNOWN_STATE,))
    else:
        grounds = (evidence_on(walk(spec, start, problem.schema_pointer), spec),)
        yield Complaint(exchange, _expectation(problem), as_text(value), problem.pointer, grounds)


def _is_left_open(problem: Problem, document: Any, spec: Spec) -> bool:
    """Return whether a value is null where neither a job nor a job in its state must have one (Q2, Q3)."""
    if value_at(document, problem.pointer) is not None:
        return False
    # Required by the job or by the branch of its state: a completed job must have its text, a pending one
    # need not.
    pointer, status = spec.lifecycle.poll.status.rsplit("/", 1)
    schema = next(r.json.schema for r in spec.poll.successes if r.json)
    job = value_at(schema, pointer.replace("/", "/properties/"))
    state = value_at(document, spec.lifecycle.poll.status)
    branches = [b for b in job.get("oneOf", ()) if b["properties"][status].get("const") == state]
    required = {name for part in (job, *branches) for name in part.get("required", ())}
    return problem.pointer.rpartition("/")[2] not in required


def _is_of_unknown_state(problem: Problem, document: Any, spec: Spec) -> bool:
    """Return whether an unknown state is what is wrong, or why none of the forms of a job fits."""
    lifecycle = spec.lifecycle
    for place in (lifecycle.submit.status, lifecycle.poll.status):
        state = value_at(document, place)
        # An unknown state fits no branch, so the union around it complains as well: one cause is one finding.
        is_meant = problem.pointer == place or (
            problem.keyword == "oneOf" and problem.pointer == place.rpartition("/")[0]
        )
        if is_meant and isinstance(state, str) and state and state not in lifecycle.states:
            return True
    return False


# Our own words: jsonschema's messages would print a whole document in a report.
_EXPECTATIONS: Final = {
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
    text = expected if isinstance(expected, str) else as_text(expected)
    return _EXPECTATIONS.get(problem.keyword, f"what `{problem.keyword}` asks").format(text)
