"""The requests of a run, as data, so that the worst case is known before the first byte is sent.

First come the requests that must be refused, which cost nothing if the server is sound. Then come the jobs,
polls until they have ended, and what can only be tried on a job that exists.
"""

from __future__ import annotations

import dataclasses
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ..drivers.call import Call, Upload
from ..spec import FormField, Level, Spec, SpecError, form_fields, form_names
from ..spec.evidence import read_evidence
from ..spec.form import as_form_text
from ..trace import Intent, Key
from . import material

# An id of two groups too few, as in the page's own example of the call (D22).
MALFORMED_ID: Final = "0b9f7c52-6d0e-3a8c1f0d7e21"

# A word that no contract of recordings is likely to allow.
_WRONG_FORMAT: Final = "tiff"
_BAD_KEYS: Final = (Key.NONE, Key.EMPTY, Key.WRONG, Key.TRUNCATED)


@dataclass(frozen=True, slots=True)
class Profile:
    """How much a run asks of a server.

    Attributes:
        name: Its name on the command line.
        jobs: The names of its submissions. The most useful come first, in case not all can be paid for.
        max_jobs: The most jobs, with room for bad requests that are accepted after all.
        rate: Requests a second, None for as fast as they come.
        is_thorough: Whether every probe is sent, or only the few that required rules need.
        together: How many of the jobs are submitted at the same moment.
    """

    name: str
    jobs: tuple[str, ...]
    max_jobs: int
    rate: float | None
    is_thorough: bool
    together: int = 0


_LIVE_JOBS: Final = ("plain", "bare", "large", "noise")

# One request a second: two clients of a sibling API write of a limit of 60 a minute (S4). `live` may make one
# job more than it wants, so that one bad form that is accepted does not end the run.
PROFILES: Final = {
    "quick": Profile("quick", ("plain",), 1, 1.0, is_thorough=False),
    "live": Profile("live", _LIVE_JOBS, 5, 1.0, is_thorough=True),
    "mock": Profile("mock", (*_LIVE_JOBS, "odd", "odd", "odd"), 20, None, is_thorough=True, together=3),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """The requests of a run.

    Attributes:
        profile: The name of the profile.
        seed: What names and questions were chosen by.
        before: What is sent before there is a job.
        jobs: The submissions that are sent one by one.
        together: The submissions that are sent at the same moment.
        after: What is sent when the jobs have ended. Its paths may have the poll's parameter in braces, for
            the id of the call's job.
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
    """Plan a run. The same arguments give the same requests.

    Args:
        spec: The contract.
        profile: How much is asked.
        seed: What names and questions are chosen by.
        affordable_jobs: How many jobs can be paid for; the others are left out. With 0, everything that might
            make a job is left out.
        has_second_key: Whether there is a key of a second account.
    """
    writer = _Writer(spec, random.Random(seed))
    names = profile.jobs[:affordable_jobs]
    # The order of these calls is part of the seed's meaning: each draws from the same random source.
    before = tuple(writer.looks_in_vain())
    if names:
        before += tuple(writer.bad_submissions(is_thorough=profile.is_thorough))
    # Numbered from 1, as `Exchange.job` is.
    jobs = tuple(dataclasses.replace(writer.submission(name), job=i) for i, name in enumerate(names, 1))
    after = tuple(writer.looks_at_job(is_thorough=profile.is_thorough, has_second_key=has_second_key))
    alone = len(profile.jobs) - profile.together
    return Plan(profile.name, seed, before, jobs[:alone], jobs[alone:], after if jobs else ())


class _Writer:
    """Writes the calls of a plan."""

    def __init__(self, spec: Spec, chance: random.Random) -> None:
        self._spec = spec
        self._chance = chance
        self._names = form_names(spec)
        self._others = tuple(field for field in form_fields(spec) if field.part is None)
        self._header = spec.api_key_header
        self._parameter = f"{{{spec.lifecycle.poll.parameter}}}"

    def submission(self, name: str) -> Call:
        """Return a submission of a recording, or of something that only claims to be one."""
        mp3, wav = material.speech("mp3"), material.speech("wav")
        chance = self._chance
        if name == "plain":
            upload = self._upload("audio.mp3", mp3, "audio/mpeg")
            call = self._submit(upload, "mp3", material.odd_question(chance))
            return dataclasses.replace(call, fields=(*call.fields, *self._chosen()))
        if name == "bare":  # as the page's curl samples send it (D5), and without a question (D2)
            upload = self._upload("audio", wav, "application/octet-stream")
            call = self._submit(upload, "wav", None)
            # RFC 9110, section 5.1: the case of a header's name does not matter.
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
        """Yield submissions that must be refused."""
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
        """Yield polls of jobs that do not exist."""
        # Not `uuid4`, which asks the system for chance: the same seed has to give the same request.
        unknown = str(uuid.UUID(int=self._chance.getrandbits(128), version=4))
        yield self._look(Intent.UNKNOWN_JOB, unknown)
        yield self._look(Intent.MALFORMED_JOB, MALFORMED_ID)

    def looks_at_job(self, *, is_thorough: bool, has_second_key: bool) -> Iterator[Call]:
        """Yield polls of the first job that must show nothing of it, and one that must be answered.

        The last one spells the key's header in lower case, which must not matter (RFC 9110, section 5.1).
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
    """Return a poll of a job of the run, the job's id still to be filled in."""
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
