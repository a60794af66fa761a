"""The API's documents: a created job, a job in each state, and the errors, all from the contract's examples.

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
from ..domain.job import Job
from ..domain.lifecycle import FAILED, State, processing_time_ms
from ..domain.settings import Settings
from ..language.clocks import format_moment
from .echoes import Echoes, JobText, echoes_of_poll, echoes_of_submit
from .links import Links
from .templates import Filler, Template, at_pointer, escape, quote

REMEMBERED: Final = 2_000
REMEMBERED_BYTES: Final = 4_096
"""Of so many jobs the last document is remembered, where it is no larger than this."""


class Shown(NamedTuple):
    """A job, the state it is in, and what its links start with (no trailing slash)."""

    job: Job
    state: State
    base_url: str


class Failure(NamedTuple):
    """What an error says: a word for programs and a sentence for people; None for the contract's own."""

    code: str | None = None
    message: str | None = None


class Documents:
    """Every document, compiled at start."""

    def __init__(self, spec: Spec, settings: Settings, links: Links) -> None:
        self._spec = spec
        self._settings = settings
        self._errors: dict[int, Template[Failure]] = {}
        self._created = _created(spec, settings.create_status)
        self._jobs = {name: _job(spec, settings, links, name) for name in spec.lifecycle.states}
        self._last: dict[str, tuple[Shown, bytes]] = {}
        self._lock = Lock()

    def created(self, job: Job) -> bytes:
        """The answer to a submission."""
        return self._created.render(job)

    def job(self, shown: Shown) -> bytes:
        """The answer to a poll: mostly the one that the job's last poll had, since it shows the same."""
        before = self._last.get(shown.job.id)
        if before is not None and before[0] == shown:
            return before[1]
        body = self._jobs[shown.state.status].render(shown)
        if len(body) <= REMEMBERED_BYTES:
            with self._lock:
                if len(self._last) >= REMEMBERED:
                    del self._last[next(iter(self._last))]
                self._last[shown.job.id] = shown, body
        return body

    def error(self, status: int, failure: Failure = Failure()) -> bytes:  # noqa: B008  # a frozen value
        """The body of a refusal; what `failure` leaves open is as in that status's example."""
        template = self._errors.get(status)
        if template is None:
            template = self._errors[status] = _error(self._spec, self._settings, status)
        return template.render(failure)


def upload_folder(spec: Spec) -> str:
    """The path below which uploads are served: the folder of the link in the contract's examples."""
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
    """The document of a job in one state, with the settings' switches built in."""
    where = spec.lifecycle.poll
    example = _examples(spec.poll)[spec.lifecycle.states[status].example]
    if not settings.progress:
        example = _without(example, where.progress)
    if settings.download_signed_url:
        example = _with(example, _download_place(where), None)
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
            example = _with(example, place, None)
    for place in echoes.optional:
        example = _without(example, place)
    return example


def _pointed(spec: Spec, settings: Settings, example: Any, status: str) -> dict[str, Filler[Shown]]:
    """The holes that `x-job-lifecycle` points at."""
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
    """The holes that a contract need not have: what repeats the form, and the server's notes."""
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
        place = "/" + escape(place.rpartition("/")[2])
        example = _with(_without(example, "/" + where.code.split("/")[1]), place, message)
    return Template(
        example,
        {
            where.code: lambda failure: quote(failure.code or code),
            place: lambda failure: quote(failure.message or message),
        },
    )


def _error_example(spec: Spec, status: int) -> Any:
    """The contract's example of a refusal with that status; for one it doesn't have, another in its words."""
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
        example = _with(example, pointer, value)
    return example


def _examples(operation: Operation) -> Mapping[str, Any]:
    return {
        name: example
        for response in operation.successes
        if response.json
        for name, example in response.json.examples.items()
    }


def _without(node: Any, pointer: str) -> Any:
    """A copy of a document that lacks the member at `pointer`."""
    name, _, rest = pointer[1:].partition("/")
    if not isinstance(node, Mapping) or name not in node:
        return node
    if not rest:
        return {key: value for key, value in node.items() if key != name}
    return {**node, name: _without(node[name], "/" + rest)}


def _with(node: Any, pointer: str, new: Any) -> Any:
    """A copy of a document that has `new` at `pointer`."""
    name, _, rest = pointer[1:].partition("/")
    return {**node, name: _with(node.get(name, {}), "/" + rest, new) if rest else new}


def _iso(seconds: float) -> str:
    return f'"{format_moment(seconds)}"'


def _unix(seconds: float) -> str:
    """Seconds with a fraction, so that both spellings of a moment are the same moment."""
    return repr(epoch_ms(seconds) / 1000)
