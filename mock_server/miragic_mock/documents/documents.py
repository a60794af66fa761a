"""The API's documents: a new job, a job in each state, and the errors, all from the contract's examples.

Rule: `x-job-lifecycle` says where everything stands that is not the same in every answer; no field's name
is typed here, and a changed example changes the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import PurePosixPath
from threading import Lock
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from miragic_contracts.spec import Operation, Spec, SpecError
from miragic_contracts.spec.lifecycle import Poll

from ..domain.clock import epoch_ms
from ..domain.identity import upload_name
from ..domain.jobs.job import Job
from ..domain.jobs.lifecycle import FAILED, State, processing_time_ms
from ..domain.settings import Settings
from ..downloads.links import Links
from ..language.clocks import format_moment
from .echoes import Echoes, JobText, echoes_of_poll, echoes_of_submit
from .pointers import at_pointer, with_value, without
from .templates import Filler, Template, quote

REMEMBERED: Final = 2_000
"""Of how many jobs the last document is remembered."""

REMEMBERED_BYTES: Final = 4_096
"""The largest document that is remembered."""


class Shown(NamedTuple):
    """What a job's document shows.

    Attributes:
        job: The job.
        state: The state that it is in.
        base_url: What its links start with, without a trailing slash.
    """

    job: Job
    state: State
    base_url: str


class Failure(NamedTuple):
    """What an error says.

    Attributes:
        code: The word for programs, None for the one in the contract's example.
        message: The sentence for people, None for the one in the contract's example.
    """

    code: str | None = None
    message: str | None = None


class Documents:
    """Every document of the API, compiled at start."""

    def __init__(self, spec: Spec, settings: Settings, links: Links) -> None:
        self._spec = spec
        self._settings = settings
        # Filled as statuses occur, since a fault may name one that the contract does not have.
        self._errors: dict[int, Template[Failure]] = {}
        self._created = _created(spec, settings.create_status)
        self._jobs = {name: _job(spec, settings, links, name) for name in spec.lifecycle.states}
        self._last: dict[str, tuple[Shown, bytes]] = {}
        self._lock = Lock()

    def created(self, job: Job) -> bytes:
        """Return the answer to a submission."""
        return self._created.render(job)

    def job(self, shown: Shown) -> bytes:
        """Return the answer to a poll: mostly that of the poll before, since it shows the same."""
        # By value, state and base URL included: a moved clock or another host gives another document.
        before = self._last.get(shown.job.id)
        if before is not None and before[0] == shown:
            return before[1]
        body = self._jobs[shown.state.status].render(shown)
        if len(body) <= REMEMBERED_BYTES:
            # Two threads at the bound would else remove the same first entry, and one of them fail.
            with self._lock:
                if len(self._last) >= REMEMBERED:
                    del self._last[next(iter(self._last))]
                self._last[shown.job.id] = shown, body
        return body

    def error(self, status: int, failure: Failure = Failure()) -> bytes:  # noqa: B008  # a frozen value
        """Return the body of a refusal; what `failure` leaves open is as in that status's example."""
        template = self._errors.get(status)
        if template is None:
            template = self._errors[status] = _error(self._spec, self._settings, status)
        return template.render(failure)


def upload_folder(spec: Spec) -> str:
    """Return the path below which uploads are served: the folder of the link in the contract's examples."""
    links = (at_pointer(e, spec.lifecycle.poll.upload or "/") for e in _examples(spec.poll).values())
    link = next((link for link in links if isinstance(link, str)), "/uploads/name")
    return str(PurePosixPath(urlsplit(link).path).parent)


def _created(spec: Spec, status: int) -> Template[Job]:
    response = spec.submit.responses.get(str(status)) or spec.submit.successes[0]
    example = next(iter(response.json.examples.values())) if response.json else {}
    where = spec.lifecycle.submit
    initial = quote(spec.lifecycle.initial)
    echoes = echoes_of_submit(example, spec, response)
    fillers: dict[str, Filler[Job]] = {
        where.id: lambda job: quote(job.id),
        where.status: lambda job: initial,
        **echoes.holes,
    }
    members = {} if echoes.members is None else {echoes.folder: echoes.members}
    return Template(_with_echoes(example, echoes), fillers, members)


def _job(spec: Spec, settings: Settings, links: Links, status: str) -> Template[Shown]:
    """Return the document of a job in one state, with the settings' switches built in."""
    where = spec.lifecycle.poll
    example = _examples(spec.poll)[spec.lifecycle.states[status].example]
    if not settings.progress:
        example = without(example, where.progress)
    if settings.download_signed_url:
        example = with_value(example, _download_place(where), None)
    echoes = echoes_of_poll(example, spec)
    example = _with_echoes(example, echoes)
    fillers = _pointed(spec, settings, example, status) | _notes(where, example, links)
    fillers |= {place: _of_job(text_of) for place, text_of in echoes.holes.items()}
    members = {} if echoes.members is None else {echoes.folder: _of_job(echoes.members)}
    return Template(example, fillers, members)


def _of_job(text_of: JobText) -> Filler[Shown]:
    return lambda shown: text_of(shown.job)


def _with_echoes(example: Any, echoes: Echoes) -> Any:
    """Return a copy of an example that has every place of a repeated field, and none of those left out."""
    for place in echoes.holes:
        if at_pointer(example, place) is None:
            example = with_value(example, place, None)
    for place in echoes.optional:
        example = without(example, place)
    return example


def _pointed(spec: Spec, settings: Settings, example: Any, status: str) -> dict[str, Filler[Shown]]:
    """Return the holes that `x-job-lifecycle` points at, and what fills them."""
    where = spec.lifecycle.poll
    moment = _iso if settings.times == "iso" else _unix
    shows_no_cost = not at_pointer(example, where.cost) or (status == FAILED and settings.refund_failed)
    return {
        where.id: lambda shown: quote(shown.job.id),
        where.owner: lambda shown: quote(shown.job.user_id),
        where.status: lambda shown: quote(shown.state.status),
        where.progress: lambda shown: _number(shown.state.progress),
        where.result: _text,
        where.error: lambda shown: "null" if shown.state.error is None else quote(shown.state.error),
        where.created: lambda shown: moment(shown.job.created_at),
        where.updated: lambda shown: moment(shown.state.updated_at),
        where.cost: (lambda shown: "0") if shows_no_cost else lambda shown: str(shown.job.plan.credits),
    }


def _notes(where: Poll, example: Any, links: Links) -> dict[str, Filler[Shown]]:
    """Return the holes that a contract need not have: what repeats the form, and the server's notes."""
    folder = PurePosixPath(str(at_pointer(example, where.upload_path or "/"))).parent
    fillers: dict[str | None, Filler[Shown]] = {
        where.file_name: lambda shown: quote(shown.job.upload.file_name),
        where.format: lambda shown: quote(shown.job.upload.audio_format),
        where.question: lambda shown: quote(shown.job.question),
        where.upload: lambda shown: quote(shown.base_url + links.upload(shown.job)),
        where.upload_path: lambda shown: quote(f"{folder}/{upload_name(shown.job)}"),
        where.download: lambda shown: _download_link(shown, links),
        where.result_copy: _text,
        where.duration_ms: lambda shown: str(processing_time_ms(shown.job, shown.state)),
    }
    return {place: filler for place, filler in fillers.items() if place is not None}


def _download_place(where: Poll) -> str:
    if where.download is None:
        raise SpecError(
            "expected the place of the link to the result: the download link is switched on, and this"
            " contract has none",
            "/x-job-lifecycle/poll/download",
        )
    return where.download


def _download_link(shown: Shown, links: Links) -> str:
    if shown.state.transcription is None:
        return "null"
    return quote(shown.base_url + links.text(shown.job, shown.state.updated_at))


def _text(shown: Shown) -> str:
    return "null" if shown.state.transcription is None else quote(shown.state.transcription)


def _number(value: float | None) -> str:
    return "null" if value is None else str(value)


def _error(spec: Spec, settings: Settings, status: int) -> Template[Failure]:
    where = spec.lifecycle.failure
    example = _error_example(spec, status)
    code, message = str(at_pointer(example, where.code)), str(at_pointer(example, where.message))
    place = where.message
    if settings.errors == "flat":
        place = "/" + place.rpartition("/")[2]
        example = with_value(without(example, "/" + where.code.split("/")[1]), place, message)
    return Template(
        example,
        {
            where.code: lambda failure: quote(failure.code or code),
            place: lambda failure: quote(failure.message or message),
        },
    )


def _error_example(spec: Spec, status: int) -> Any:
    """Return the contract's example of a refusal.

    A status without an example gets another's, with its own name (RFC 9110, section 15) as code and message.
    """
    operations = (spec.submit, spec.poll, *spec.operations.values())
    examples = {
        response.status: next(iter(response.json.examples.values()))
        for operation in operations
        for response in operation.responses.values()
        if not response.is_success and response.json and response.json.examples
    }
    if str(status) in examples:
        return examples[str(status)]
    known = HTTPStatus(status)
    example = next(iter(examples.values()))
    for pointer, value in (
        (spec.lifecycle.failure.code, known.name),
        (spec.lifecycle.failure.message, f"{known.phrase}."),
    ):
        example = with_value(example, pointer, value)
    return example


def _examples(operation: Operation) -> Mapping[str, Any]:
    return {
        name: example
        for response in operation.successes
        if response.json
        for name, example in response.json.examples.items()
    }


def _iso(seconds: float) -> str:
    return f'"{format_moment(seconds)}"'


def _unix(seconds: float) -> str:
    # With a fraction, so that both spellings of a moment are the same moment.
    return repr(epoch_ms(seconds) / 1000)
