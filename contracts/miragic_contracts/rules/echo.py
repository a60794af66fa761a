"""Rules for what a job repeats of its submission, and for what it says twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from miragic_contracts.pointers import MISSING
from miragic_contracts.rules.identity import Born, born
from miragic_contracts.rules.rule import Complaint, Severity, rule
from miragic_contracts.rules.view import Look, View, shown
from miragic_contracts.spec import form_names
from miragic_contracts.spec.lifecycle import Poll
from miragic_contracts.trace import Exchange

_PLACES = "/x-job-lifecycle/poll"


def formed(place: Callable[[Poll], str | None]) -> Callable[[View], Sequence[Born]]:
    """Looks at jobs whose submission is known field by field, if the contract says where they repeat it."""

    def subjects(view: View) -> Sequence[Born]:
        if place(view.spec.lifecycle.poll) is None:
            return ()
        return tuple(pair for pair in born(view) if pair[0].request.form)

    return subjects


def copied(view: View) -> Sequence[Look]:
    """Looks that carry the text twice."""
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
    subjects=formed(lambda poll: poll.question),
)
def question_echo(pair: Born, view: View) -> Iterator[Complaint]:
    """A job repeats the question as it was sent, or the default where none was sent, letter by letter."""
    submission, look = pair
    names = form_names(view.spec.submit)
    sent = _form_field(submission, names.question)
    yield from _echoed(
        look, view.spec.lifecycle.poll.question, (names.default_question if sent is None else sent,)
    )


@rule(
    "format-echo",
    f"{_PLACES}/format",
    needs="a look at a submitted job",
    subjects=formed(lambda poll: poll.format),
)
def format_echo(pair: Born, view: View) -> Iterator[Complaint]:
    """A job repeats the format as it was sent."""
    submission, look = pair
    sent = _form_field(submission, form_names(view.spec.submit).format)
    yield from _echoed(look, view.spec.lifecycle.poll.format, (sent,) if sent is not None else ())


@rule(
    "file-name-echo",
    f"{_PLACES}/fileName",
    needs="a look at a submitted job",
    subjects=formed(lambda poll: poll.file_name),
)
def file_name_echo(pair: Born, view: View) -> Iterator[Complaint]:
    """A job repeats the file's name as it was sent, letters of all scripts included.

    How a quotation mark travels in a form is not settled, so both ways are taken.
    """
    submission, look = pair
    sent = submission.request.form.file_name if submission.request.form else None
    place = view.spec.lifecycle.poll.file_name
    yield from _echoed(look, place, (sent, sent.replace('"', "%22")) if sent else ())


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
        yield Complaint(look.exchange, f"{shown(text)}, as in {place}", shown(copy), other)


def _echoed(look: Look, place: str | None, expected: tuple[str, ...]) -> Iterator[Complaint]:
    value = look.value(place) if place else MISSING
    if place and isinstance(value, str) and expected and value not in expected:
        yield Complaint(look.exchange, shown(expected[0]), shown(value), place)


def _form_field(submission: Exchange, name: str) -> str | None:
    form = submission.request.form
    return form.field(name) if form else None
