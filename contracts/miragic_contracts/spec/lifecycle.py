"""The life of a job: `x-job-lifecycle`, as values.

Rule: mock, checker, reports and documentation read the states, the legal moves and the places of a job's
fields from here and nowhere else.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from .errors import SpecError
from .evidence import Evidence, read_evidence

POINTER: Final = "/x-job-lifecycle"
# The two entries of `poll` that are no JSON Pointers into a document.
_NO_PLACES: Final = frozenset({"operationId", "parameter"})


@dataclass(frozen=True, slots=True)
class SubmitForm:
    """The names that the form of a submission has for the fields with a part in a job's life.

    Attributes:
        file: The recording.
        format: The recording's format; None where the form does not ask for it.
        question: What to do with the recording; None where the form does not ask for it.
    """

    file: str
    format: str | None = None
    question: str | None = None

    @property
    def names(self) -> Mapping[str, str]:
        """The names that are given, by the part that the field has."""
        named = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {part: name for part, name in named.items() if name is not None}


@dataclass(frozen=True, slots=True)
class Submit:
    """The operation that makes a job.

    Attributes:
        operation_id: Its `operationId`.
        form: The names of the fields of its form.
        id: Where its answer has the job's id, as a JSON Pointer.
        status: Where its answer has the job's first state, as a JSON Pointer.
    """

    operation_id: str
    form: SubmitForm
    id: str
    status: str


@dataclass(frozen=True, slots=True)
class Poll:
    """The operation that shows a job, and where its answer has what.

    All attributes but the first two are JSON Pointers. From `file_name` on they are None where the answer has
    no such place.

    Attributes:
        operation_id: Its `operationId`.
        parameter: The path parameter that takes the job's id.
        id: The job's id.
        owner: The account that the job belongs to.
        status: The job's state.
        progress: How far the job is, in percent.
        result: The text.
        error: Why the job failed.
        created: When the job was created.
        updated: When the job last changed.
        cost: How many credits the job has cost so far.
        file_name: The name of the file, as it was sent.
        format: The format, as it was sent.
        question: The question, as it was sent.
        upload: A link to the upload.
        upload_path: The upload's path on the server.
        download: A link to the result.
        result_copy: A second copy of the text.
        duration_ms: How long the work took, in milliseconds.
    """

    operation_id: str
    parameter: str
    id: str
    owner: str
    status: str
    progress: str
    result: str
    error: str
    created: str
    updated: str
    cost: str
    file_name: str | None = None
    format: str | None = None
    question: str | None = None
    upload: str | None = None
    upload_path: str | None = None
    download: str | None = None
    result_copy: str | None = None
    duration_ms: str | None = None

    @property
    def places(self) -> Mapping[str, str]:
        """Every pointer that there is, by the name that the file has for it."""
        values = {_spelt(field.name): getattr(self, field.name) for field in dataclasses.fields(self)}
        return {name: place for name, place in values.items() if place and name not in _NO_PLACES}


@dataclass(frozen=True, slots=True)
class Failure:
    """Where an error document has what.

    Attributes:
        code: The word for programs, as a JSON Pointer.
        message: The sentence for people, as a JSON Pointer.
    """

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class State:
    """A state of a job.

    Attributes:
        name: Its name, as the API spells it.
        next: The states that may follow. None follow where the job has ended.
        example: The name of the example of the poll's answer that shows a job in this state.
        evidence: How it is known that there is such a state.
    """

    name: str
    next: tuple[str, ...]
    example: str
    evidence: Evidence

    @property
    def is_terminal(self) -> bool:
        """Whether a job in this state has ended."""
        return not self.next


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The life of a job.

    Attributes:
        submit: The operation that makes a job.
        poll: The operation that shows a job.
        failure: Where an error document has what.
        initial: The name of the state that a job begins in.
        states: All states, by name.
    """

    submit: Submit
    poll: Poll
    failure: Failure
    initial: str
    states: Mapping[str, State]

    @property
    def terminal(self) -> frozenset[str]:
        """The names of the states that a job never leaves."""
        return frozenset(name for name, state in self.states.items() if state.is_terminal)

    def may_follow(self, before: str, after: str) -> bool:
        """Return whether a job seen as `before` may be seen as `after` at the next look.

        Much may have happened between two looks, so a state may have been passed through unseen. Staying is
        always legal. An unknown state is never legal.
        """
        # A walk over the table, since a poll may come after any number of moves.
        reached, frontier = {before}, [before]
        while frontier:
            state = self.states.get(frontier.pop())
            fresh = set(state.next if state else ()) - reached
            reached |= fresh
            frontier.extend(fresh)
        return after in reached and before in self.states


T = TypeVar("T", SubmitForm, Submit, Poll, Failure)


def read_lifecycle(document: Mapping[str, Any]) -> Lifecycle:
    """Read the lifecycle that a specification declares.

    Raises:
        SpecError: It is missing, incomplete, or names a state that it does not declare.
    """
    block = document.get("x-job-lifecycle")
    if not isinstance(block, Mapping):
        raise SpecError(
            "expected `x-job-lifecycle`: the operations, the places of a job's fields, the states", POINTER
        )
    states = {name: _state(name, body) for name, body in _part(block, "states").items()}
    lifecycle = Lifecycle(
        submit=_submit(_part(block, "submit")),
        poll=_values(Poll, _part(block, "poll"), "poll"),
        failure=_values(Failure, _part(block, "failure"), "failure"),
        initial=str(block.get("initial")),
        states=states,
    )
    # A missing `initial` is the text "None" by now, and refused like any other unknown state.
    for name in (lifecycle.initial, *(after for state in states.values() for after in state.next)):
        if name not in states:
            raise SpecError(
                f"{name!r} is not a declared state; declared are {', '.join(states)}", f"{POINTER}/states"
            )
    # Without an end every server would break the rule `job-ends`.
    if not lifecycle.terminal:
        raise SpecError("expected a state with an empty `next`: a job has to end", f"{POINTER}/states")
    return lifecycle


def _part(block: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = block.get(name)
    if not isinstance(part, Mapping) or not part:
        raise SpecError(f"expected `{name}` as a mapping", f"{POINTER}/{name}")
    return part


def _submit(part: Mapping[str, Any]) -> Submit:
    form = part.get("form")
    if not isinstance(form, Mapping):
        raise SpecError(
            "expected `form` as a mapping: the names of the form's fields, that of the `file` at least",
            f"{POINTER}/submit/form",
        )
    return _values(Submit, part, "submit", form=_values(SubmitForm, form, "submit/form"))


def _state(name: str, body: Mapping[str, Any]) -> State:
    pointer = f"{POINTER}/states/{name}"
    if not isinstance(body.get("next"), list) or not isinstance(body.get("example"), str):
        raise SpecError("expected `next` (a list of states) and `example` (a name)", pointer)
    return State(name, tuple(body["next"]), body["example"], read_evidence(body, pointer))


def _values(kind: type[T], part: Mapping[str, Any], place: str, **parsed: Any) -> T:
    """Make a value of a part of the lifecycle; `parsed` holds those of its fields that are no text."""
    fields = {_spelt(field.name): field for field in dataclasses.fields(kind)}
    # A place without a default must be there: the rules that every job is judged by need it.
    required = {key for key, field in fields.items() if field.default is dataclasses.MISSING}
    texts = {key: value for key, value in part.items() if key not in parsed}
    # Nothing else may stand here: a misspelt place would be a rule that never judges anything.
    is_complete = required <= part.keys() <= fields.keys()
    if not is_complete or not all(isinstance(value, str) for value in texts.values()):
        free = ", ".join(sorted(fields.keys() - required))
        but_parsed = f" but {', '.join(parsed)}" if parsed else ""
        raise SpecError(
            f"expected exactly {', '.join(sorted(required))}{f' (and, if wanted, {free})' if free else ''},"
            f" each a string{but_parsed}; got {', '.join(sorted(part))}",
            f"{POINTER}/{place}",
        )
    return kind(**{fields[key].name: value for key, value in {**texts, **parsed}.items()})


def _spelt(name: str) -> str:
    """Return an attribute's name as the file spells it, in camel case."""
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)
