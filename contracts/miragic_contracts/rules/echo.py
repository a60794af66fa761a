"""Rules for the parts of a submission that a job repeats, and for the text that it holds twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from ..pointers import MISSING, differences
from ..spec import FormField, Part, Spec, form_fields
from ..trace import Exchange
from .grounds import JOB
from .identity import births
from .places import document_pointer, property_at
from .rule import Complaint, Severity, rule
from .view import Look, View, as_text

Echo = tuple[Exchange, Look, FormField]

_PLACES: Final = "/x-job-lifecycle/poll"


def echoes_of(part: Part | None) -> Callable[[View], Sequence[Echo]]:
    """Return a function that picks looks at jobs which repeat the fields of the form with a part.

    None as the part means the fields without any. Only jobs whose submission is known field by field are
    picked.
    """

    def subjects(view: View) -> Sequence[Echo]:
        fields = _echoed(view.spec, part)
        return tuple((*birth, field) for birth in births(view) if birth[0].request.form for field in fields)

    return subjects


def copied(view: View) -> Sequence[Look]:
    """Return the looks that carry the text twice."""
    place, copy = view.spec.lifecycle.poll.result, view.spec.lifecycle.poll.result_copy
    return tuple(
        look
        for look in view.looks
        if copy and isinstance(look.value(place), str) and look.value(copy) is not MISSING
    )


@rule(
    "question-echo",
    f"{_PLACES}/question",
    needs="a look at a submitted job",
    subjects=echoes_of(Part.QUESTION),
)
def question_echo(echo: Echo, view: View) -> Iterator[Complaint]:
    """A job repeats the question as it was sent, or the default where none was sent, letter by letter."""
    yield from _not_repeated(echo)


@rule(
    "format-echo",
    f"{_PLACES}/format",
    needs="a look at a submitted job",
    subjects=echoes_of(Part.FORMAT),
)
def format_echo(echo: Echo, view: View) -> Iterator[Complaint]:
    """A job repeats the format as it was sent."""
    yield from _not_repeated(echo)


@rule(
    "form-echo",
    JOB,
    needs="a look at a submitted job",
    subjects=echoes_of(None),
    concerns=lambda spec: bool(_echoed(spec, None)),
)
def form_echo(echo: Echo, view: View) -> Iterator[Complaint]:
    """A job that has a field named like a further field of the form repeats what was sent, or the default.

    How bad a breach is follows from how well that field of the job is known.
    """
    start = document_pointer(view.spec.poll, is_success=True)
    yield from _not_repeated(echo, (property_at(view.spec, start, echo[2].echo or ""),))


@rule(
    "file-name-echo",
    f"{_PLACES}/fileName",
    needs="a look at a submitted job",
    subjects=echoes_of(Part.FILE),
)
def file_name_echo(echo: Echo, view: View) -> Iterator[Complaint]:
    """A job repeats the file's name as it was sent, letters of all scripts included.

    How a quotation mark travels in a form is not settled, so both ways are taken.
    """
    submission, look, field = echo
    sent = submission.request.form.file_name if submission.request.form else None
    name = look.value(field.echo or "")
    # RFC 7578 leaves the quoting of names open: browsers write %22, others a backslash.
    if sent and isinstance(name, str) and name not in (sent, sent.replace('"', "%22")):
        yield Complaint(look.exchange, as_text(sent), as_text(name), field.echo or "")


@rule(
    "texts-agree",
    "D28",
    needs="a finished job with its text twice",
    subjects=copied,
    at_most=Severity.WARNING,
)
def texts_agree(look: Look, view: View) -> Iterator[Complaint]:
    """Where the text stands twice, in the job and in its metadata, it is the same text."""
    place, other = view.spec.lifecycle.poll.result, view.spec.lifecycle.poll.result_copy or ""
    text, copy = look.value(place), look.value(other)
    if text != copy:
        yield Complaint(look.exchange, f"{as_text(text)}, as in {place}", as_text(copy), other)


def _echoed(spec: Spec, part: Part | None) -> tuple[FormField, ...]:
    return tuple(field for field in form_fields(spec) if field.part is part and field.echo)


def _not_repeated(echo: Echo, grounds: tuple[str, ...] = ()) -> Iterator[Complaint]:
    """Find a field that a job shows with another value than was sent for it, or stands for it by default."""
    submission, look, field = echo
    form, place = submission.request.form, field.echo or ""
    sent = form.field(field.name) if form else None
    expected = field.default if sent is None else sent
    value = look.value(place)
    # Null and absent say nothing (Q2), and a value of another type is found by `job-document`.
    if expected is None or value in (None, MISSING):
        return
    # A form carries texts only, so a field of another type may come back as `true` or as "true".
    is_only_text = field.schema.get("type", "string") == "string"
    if isinstance(value, str):
        is_repeated = value == expected
    else:
        is_repeated = is_only_text or not list(differences(_as_json(expected), value))
    if not is_repeated:
        yield Complaint(look.exchange, as_text(expected), as_text(value), place, grounds)


def _as_json(text: str) -> Any:
    """Return the value that a form's text stands for where its field is no string: `true`, `3`."""
    try:
        return json.loads(text)
    except ValueError:
        return text
