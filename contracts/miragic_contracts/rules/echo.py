"""Rules for what a job repeats of its submission, and for what it says twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from miragic_contracts.pointers import MISSING
from miragic_contracts.rules.identity import Born, born
from miragic_contracts.rules.rule import Complaint, Severity, rule
from miragic_contracts.rules.view import Look, View, shown
from miragic_contracts.trace import Exchange

_JOB = "/components/schemas/Job/properties"
_COPY = "/data/metadata/apiResponse/transcription"


def formed(view: View) -> Sequence[Born]:
    """Looks at jobs whose submission is known field by field."""
    return tuple(pair for pair in born(view) if pair[0].request.form)


def copied(view: View) -> Sequence[Look]:
    """Looks that carry the text twice."""
    place = view.spec.lifecycle.poll.result
    return tuple(
        look for look in view.looks if isinstance(look.value(place), str) and look.value(_COPY) is not MISSING
    )


@rule("question-echo", f"{_JOB}/question", needs="a look at a submitted job", subjects=formed)
def question_echo(pair: Born, view: View) -> Iterator[Complaint]:
    """A job repeats the question as it was sent, or the default where none was sent, letter by letter."""
    submission, look = pair
    sent = _form_field(submission, "question")
    yield from _echoed(look, "/data/question", (_default(view, "question") if sent is None else sent,))


@rule("format-echo", f"{_JOB}/audioFormat", needs="a look at a submitted job", subjects=formed)
def format_echo(pair: Born, view: View) -> Iterator[Complaint]:
    """A job repeats the format as it was sent."""
    submission, look = pair
    sent = _form_field(submission, "audio_format")
    yield from _echoed(look, "/data/audioFormat", (sent,) if sent is not None else ())


@rule("file-name-echo", f"{_JOB}/audioFileName", needs="a look at a submitted job", subjects=formed)
def file_name_echo(pair: Born, view: View) -> Iterator[Complaint]:
    """A job repeats the file's name as it was sent, letters of all scripts included.

    How a quotation mark travels in a form is not settled, so both ways are taken.
    """
    submission, look = pair
    sent = submission.request.form.file_name if submission.request.form else None
    yield from _echoed(look, "/data/audioFileName", (sent, sent.replace('"', "%22")) if sent else ())


@rule(
    "texts-agree",
    "D28",
    needs="a finished job with its text twice",
    subjects=copied,
    at_most=Severity.WARNING,
)
def texts_agree(look: Look, view: View) -> Iterator[Complaint]:
    """Where the text stands twice, in the job and in its metadata, it is the same text."""
    place = view.spec.lifecycle.poll.result
    text, copy = look.value(place), look.value(_COPY)
    if text != copy:
        yield Complaint(look.exchange, f"{shown(text)}, as in {place}", shown(copy), _COPY)


def _echoed(look: Look, place: str, expected: tuple[str, ...]) -> Iterator[Complaint]:
    value = look.value(place)
    if isinstance(value, str) and expected and value not in expected:
        yield Complaint(look.exchange, shown(expected[0]), shown(value), place)


def _form_field(submission: Exchange, name: str) -> str | None:
    form = submission.request.form
    return form.field(name) if form else None


def _default(view: View, name: str) -> str:
    body = view.spec.submit.request_body
    schema = next(iter(body.content.values())).schema if body else {}
    return str(schema.get("properties", {}).get(name, {}).get("default", ""))
