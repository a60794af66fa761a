"""A job as the memory store keeps it: whole while it is new, then packed.

Packed, its own facts are bytes, and what it has in common with other jobs is kept once.

Rule: what comes out equals what went in. It has no lock of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable
from dataclasses import fields
from functools import lru_cache
from struct import Struct
from typing import Any, Final, NamedTuple, TypeVar

from ..domain.jobs.job import Fields, Job, Upload
from ..domain.jobs.plan import Plan

# "<" packs without padding. A Q holds any size, an L (here 32 bits) any number that jobs of a tenant reach.
_FACTS: Final = Struct("<ddddQL")
"""Moments of creation, receipt and due end, duration, size, number; the digest's bytes come after these."""

# The setters of the slots, since `setattr` refuses on a frozen dataclass.
_UPLOAD: Final = tuple(getattr(Upload, field.name).__set__ for field in fields(Upload))
_JOB: Final = tuple(getattr(Job, field.name).__set__ for field in fields(Job))

_T = TypeVar("_T", bound=Hashable)
_Value = TypeVar("_Value")


class _Common(NamedTuple):
    """What most jobs of a tenant have in common."""

    tenant: str
    audio_format: str
    question: str
    user_id: str
    plan: Plan
    plan_source: tuple[tuple[str, str], ...]
    fields: Fields


class PackedJob:
    """A job, and how often it was polled.

    It is whole until `squeeze`, and packed from then on; what sorts it is read without unpacking.

    Attributes:
        id: The job's id.
        polls: How often it was polled.
    """

    __slots__ = ("_common", "_ended", "_facts", "_file_name", "_text", "_whole", "id", "polls")

    def __init__(self, job: Job) -> None:
        self.id = job.id
        self.polls = 0
        self._whole: Job | None = job

    def hold(self, job: Job) -> None:
        """Take the place of the job that was held, which has the same id."""
        if self._whole is None:
            self._pack(job)
        else:
            self._whole = job

    def squeeze(self) -> None:
        """Take as little space as possible from now on; giving the job takes longer then."""
        if self._whole is not None:
            self._pack(self._whole)
            self._whole = None

    def _pack(self, job: Job) -> None:
        upload = job.upload
        self._facts = _FACTS.pack(
            job.created_at,
            job.received_at,
            _to_nan(job.due_at),
            _to_nan(upload.duration_s),
            upload.size_bytes,
            job.number,
        ) + bytes.fromhex(upload.sha256)
        self._common = _shared(
            _Common(
                job.tenant,
                upload.audio_format,
                job.question,
                job.user_id,
                _shared(job.plan),
                job.plan_source,
                job.fields,
            )
        )
        self._file_name = _shared(upload.file_name)
        self._text = _shared(job.text)
        self._ended = job.ended

    @property
    def tenant(self) -> str:
        """The id of the tenant that the job belongs to."""
        return (self._whole or self._common).tenant

    @property
    def received_at(self) -> float:
        """Real epoch seconds at which it was received."""
        whole = self._whole
        return float(_FACTS.unpack_from(self._facts)[1]) if whole is None else whole.received_at

    @property
    def due_at(self) -> float | None:
        """When its clock ends it, None for not by its clock."""
        whole = self._whole
        return _from_nan(_FACTS.unpack_from(self._facts)[2]) if whole is None else whole.due_at

    @property
    def order(self) -> tuple[float, int]:
        """What sorts it among jobs that have a `due_at`."""
        whole = self._whole
        if whole is not None and whole.due_at is not None:
            return whole.due_at, whole.number
        facts = _FACTS.unpack_from(self._facts)
        return facts[2], facts[5]

    def job(self) -> Job:
        """Return the job."""
        return self._whole or self._unpacked()

    def _unpacked(self) -> Job:
        created_at, received_at, due_at, duration_s, size_bytes, number = _FACTS.unpack_from(self._facts)
        tenant, audio_format, question, user_id, plan, plan_source, form_fields = self._common
        sha256 = self._facts[_FACTS.size :].hex()
        upload = _made(
            Upload, _UPLOAD, (self._file_name, audio_format, size_bytes, sha256, _from_nan(duration_s))
        )
        return _made(
            Job,
            _JOB,
            (
                self.id,
                tenant,
                created_at,
                upload,
                question,
                user_id,
                plan,
                plan_source,
                self._text,
                number,
                received_at,
                self._ended,
                form_fields,
                _from_nan(due_at),
            ),
        )


@lru_cache(maxsize=1024)
def _remembered(value: Hashable) -> Hashable:
    return value


def _shared(value: _T) -> _T:
    """Return a value that is equal, and most likely in memory already."""
    return _remembered(value)  # type: ignore[return-value]  # what comes back equals what went in


def _made(
    kind: type[_Value], slots: Iterable[Callable[[_Value, Any], None]], values: Iterable[Any]
) -> _Value:
    """Return a value made of its parts without calling its constructor, as unpickling does."""
    # A constructor would compute `due_at` anew, in every poll of a packed job.
    made = kind.__new__(kind)
    for put, value in zip(slots, values, strict=True):
        put(made, value)
    return made


def _to_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _from_nan(value: float) -> float | None:
    # NaN is the only value that differs from itself.
    return None if value != value else value
