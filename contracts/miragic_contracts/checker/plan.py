"""What a run asks, as data, so that its worst case is known before the first byte is sent.

First what costs nothing where the server is sound: requests that must be refused. Then the jobs, then looks
at them until they end, then what can only be tried on a job that is there.
"""

from __future__ import annotations

import dataclasses
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from miragic_contracts.checker import material
from miragic_contracts.drivers.call import Call, Upload
from miragic_contracts.spec import FormField, Level, Spec, SpecError, form_fields, form_names
from miragic_contracts.spec.evidence import read_evidence
from miragic_contracts.spec.form import as_form_text
from miragic_contracts.trace import Intent, Key

# An id of two groups too few, as in the page's own example of the call (D22).
MALFORMED_ID = "0b9f7c52-6d0e-3a8c1f0d7e21"

_WRONG_FORMAT = "tiff"
_BAD_KEYS = (Key.NONE, Key.EMPTY, Key.WRONG, Key.TRUNCATED)


@dataclass(frozen=True, slots=True)
class Profile:
    """How much a run asks. `jobs` are the names of submissions, in order of their worth; `max_jobs` leaves
    room for bad requests that are accepted after all.

    `rate` is requests a second, None for as many as come. `is_thorough`: every probe is sent, not only the
    few that required rules need.
    """

    name: str
    jobs: tuple[str, ...]
    max_jobs: int
    rate: float | None
    is_thorough: bool
    together: int = 0


_LIVE_JOBS = ("plain", "bare", "large", "noise")

PROFILES = {
    "quick": Profile("quick", ("plain",), 1, 1.0, is_thorough=False),
    "live": Profile("live", _LIVE_JOBS, 5, 1.0, is_thorough=True),
    "mock": Profile("mock", (*_LIVE_JOBS, "odd", "odd", "odd"), 20, None, is_thorough=True, together=3),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """The requests of a run, in order: `before` the jobs, the `jobs` one by one, those submitted
    `together`, and what comes `after` they have ended.

    The path of a call `after` may hold the poll's parameter in braces, for the id of the call's job.
    """

    profile: str
    seed: int
    before: tuple[Call, ...]
    jobs: tuple[Call, ...]
    together: tuple[Call, ...]
    after: tuple[Call, ...]

    @property
    def submissions(self) -> tuple[Call, ...]:
        """Every job that is to be made."""
        return (*self.jobs, *self.together)


def make_plan(
    spec: Spec, profile: Profile, *, seed: int, affordable_jobs: int, has_second_key: bool = False
) -> Plan:
    """What a run asks. The same seed gives the same requests; jobs beyond what can be afforded are left
    out, and so is everything that might make one where none can be.
    """
    writer = _Writer(spec, random.Random(seed))
    names = profile.jobs[:affordable_jobs]
    before = tuple(writer.looks_in_vain())
    if names:
        before += tuple(writer.bad_submissions(is_thorough=profile.is_thorough))
    jobs = tuple(dataclasses.replace(writer.submission(name), job=i) for i, name in enumerate(names, 1))
    after = tuple(writer.looks_at_job(is_thorough=profile.is_thorough, has_second_key=has_second_key))
    alone = len(profile.jobs) - profile.together
    return Plan(profile.name, seed, before, jobs[:alone], jobs[alone:], after if jobs else ())


class _Writer:
    """Writes the calls of one plan."""

    def __init__(self, spec: Spec, chance: random.Random) -> None:
        self._spec = spec
        self._chance = chance
        self._names = form_names(spec)
        self._others = tuple(field for field in form_fields(spec) if field.part is None)
        self._header = spec.api_key_header
        self._parameter = f"{{{spec.lifecycle.poll.parameter}}}"

    def submission(self, name: str) -> Call:
        """A submission of a recording, or of what only claims to be one."""
        mp3, wav = material.speech("mp3"), material.speech("wav")
        chance = self._chance
        if name == "plain":
            upload = self._upload("audio.mp3", mp3, "audio/mpeg")
            call = self._submit(upload, "mp3", material.odd_question(chance))
            return dataclasses.replace(call, fields=(*call.fields, *self._chosen()))
        if name == "bare":  # as the page's curl samples send it (D5), and without a question (D2)
            upload = self._upload("audio", wav, "application/octet-stream")
            call = self._submit(upload, "wav", None)
            return dataclasses.replace(call, header=self._header.swapcase())
        if name == "large":
            upload = self._upload(material.odd_name(chance, "wav"), material.large_speech(), "audio/wav")
            return self._submit(upload, "wav", material.long_question(chance))
        if name == "noise":
            upload = self._upload("not-audio.mp3", material.noise(chance), "audio/mpeg")
            call = self._submit(upload, "mp3", material.odd_question(chance))
            return dataclasses.replace(call, intent=Intent.SUBMIT_NOISE)
        upload = self._upload(material.odd_name(chance, "mp3"), mp3, "audio/mpeg")
        return self._submit(upload, "mp3", material.odd_question(chance))

    def bad_submissions(self, *, is_thorough: bool) -> Iterator[Call]:
        """Submissions that must be refused."""
        upload = self._upload("audio.mp3", material.speech("mp3"), "audio/mpeg")
        good = self._submit(upload, "mp3", "Transcribe this audio:")
        for key in _BAD_KEYS if is_thorough else (Key.NONE, Key.WRONG):
            yield dataclasses.replace(good, key=key)
        yield dataclasses.replace(good, intent=Intent.NO_FILE, upload=None)
        if is_thorough:
            if self._names.format:
                rest = tuple(pair for pair in good.fields if pair[0] != self._names.format)
                yield dataclasses.replace(good, intent=Intent.NO_FORMAT, fields=rest)
                wrong = ((self._names.format, _WRONG_FORMAT), *rest)
                yield dataclasses.replace(good, intent=Intent.WRONG_FORMAT, fields=wrong)
            yield dataclasses.replace(good, intent=Intent.WRONG_METHOD, method="PUT", fields=(), upload=None)

    def looks_in_vain(self) -> Iterator[Call]:
        """Looks at jobs that are not there."""
        unknown = str(uuid.UUID(int=self._chance.getrandbits(128), version=4))
        yield self._look(Intent.UNKNOWN_JOB, unknown)
        yield self._look(Intent.MALFORMED_JOB, MALFORMED_ID)

    def looks_at_job(self, *, is_thorough: bool, has_second_key: bool) -> Iterator[Call]:
        """Looks at the first job that must show nothing of it, and one with the key's header spelt
        otherwise.
        """
        look = dataclasses.replace(self._look(Intent.POLL, self._parameter), job=1)
        for key in _BAD_KEYS if is_thorough else (Key.NONE,):
            yield dataclasses.replace(look, key=key)
        if has_second_key:
            yield dataclasses.replace(look, key=Key.SECOND)
        yield dataclasses.replace(look, intent=Intent.SUFFIXED_JOB, path=f"{look.path}x")
        if is_thorough:
            yield dataclasses.replace(look, header=self._header.lower())

    def _submit(self, upload: Upload, format: str, question: str | None) -> Call:
        fields = [(self._names.format, format)] if self._names.format else []
        if question is not None and self._names.question:
            fields.append((self._names.question, question))
        fields += [(field.name, _legal_texts(field)[0]) for field in self._others if field.is_required]
        operation = self._spec.submit
        return Call(
            operation.id,
            Intent.SUBMIT,
            operation.method,
            operation.path,
            self._header,
            fields=tuple(fields),
            upload=upload,
        )

    def _chosen(self) -> Iterator[tuple[str, str]]:
        """Yield optional fields with a value that is not their default, so that it shows whether they count.

        A field that is only assumed is left to its default: a guess of ours must not spoil a paid submission.
        """
        for field in self._others:
            level = read_evidence(field.schema, self._spec.submit.pointer).level
            choices = [text for text in _legal_texts(field) if text != field.default]
            if choices and not field.is_required and level is not Level.ASSUMED:
                yield field.name, choices[0]

    def _look(self, intent: Intent, job_id: str) -> Call:
        operation = self._spec.poll
        path = operation.path.replace(self._parameter, job_id)
        return Call(operation.id, intent, operation.method, path, self._header)

    def _upload(self, file_name: str, content: bytes, media_type: str) -> Upload:
        return Upload(self._names.file, file_name, media_type, content)


def look_at(spec: Spec, job: int) -> Call:
    """A look at a job of one's own, its id still to be filled in."""
    return Call(spec.poll.id, Intent.POLL, spec.poll.method, spec.poll.path, spec.api_key_header, job=job)


def _legal_texts(field: FormField) -> tuple[str, ...]:
    """Return values that a field of the form may have, as far as the contract lists them.

    Raises:
        SpecError: The field is required, and the contract lists none.
    """
    is_boolean = field.schema.get("type") == "boolean"
    values = field.schema.get("enum", (True, False) if is_boolean else ())
    texts = tuple(map(as_form_text, values)) or ((field.default,) if field.default is not None else ())
    if field.is_required and not texts:
        raise SpecError(
            f"the required field {field.name!r} of the form has no `enum` and no `default`: the checker "
            "cannot know what to send; give it one",
            "/x-job-lifecycle/submit/form",
        )
    return texts
