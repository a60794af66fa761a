"""Where the API's documents repeat fields of the form that have no part in a job's life.

Rule: a document repeats a field where the contract gives it a property of the same name beside the job's
status. What no text stands for is null where the contract allows that, and is left out where it does not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from miragic_contracts.spec import FormField, Response, Spec, form_fields

from ..domain.jobs.job import Job
from ..language.form_values import form_value
from .pointers import at_pointer, escape, tokens
from .templates import quote

JobText = Callable[[Job], str]
"""From a job to a piece of a document's text."""


@dataclass(frozen=True, slots=True)
class Echoes:
    """The fields that a document repeats.

    Attributes:
        folder: The JSON Pointer of the object that repeats them.
        holes: What fills the places that are always there, by JSON Pointer.
        optional: The places that are there only where a job has the field's text.
        members: The members that stand there, for a job; None where there are none.
    """

    folder: str
    holes: Mapping[str, JobText]
    optional: tuple[str, ...]
    members: JobText | None


def echoes_of_poll(example: Any, spec: Spec) -> Echoes:
    """Return the fields that a job's document repeats, which has this example."""
    fields = [(field, field.echo) for field in _further(spec) if field.echo]
    return _echoes(example, fields, spec.poll.successes, spec.lifecycle.poll.status)


def echoes_of_submit(example: Any, spec: Spec, response: Response) -> Echoes:
    """Return the fields that the answer to a submission repeats, which has this example."""
    where = spec.lifecycle.submit
    fields = [(field, f"{_folder(where.status)}/{escape(field.name)}") for field in _further(spec)]
    # A field called as the place of the id or the status is not repeated: those two are the job's.
    free = [(field, place) for field, place in fields if place not in (where.id, where.status)]
    return _echoes(example, free, (response,), where.status)


def _further(spec: Spec) -> list[FormField]:
    return [field for field in form_fields(spec) if field.part is None]


def _folder(place: str) -> str:
    return place.rpartition("/")[0]


def _echoes(
    example: Any, fields: Iterable[tuple[FormField, str]], responses: Iterable[Response], status: str
) -> Echoes:
    """Return what is repeated of fields that have these places.

    A property that only some state's branch of the schema declares is repeated where the example has it.
    """
    schemas = [response.json.schema for response in responses if response.json]
    holes: dict[str, JobText] = {}
    members: dict[str, JobText] = {}
    for field, place in fields:
        declared = next(filter(None, (_property(schema, place) for schema in schemas)), None)
        if declared is None and at_pointer(example, place) is None:
            continue
        if field.is_required or field.default is not None or _allows_null(declared or {}):
            holes[place] = _value_of(field)
        else:
            members[place] = _member_of(field)
    return Echoes(_folder(status), holes, tuple(members), _joined(members.values()) if members else None)


def _joined(members: Iterable[JobText]) -> JobText:
    parts = tuple(members)
    return lambda job: "".join([part(job) for part in parts])


def _value_of(field: FormField) -> JobText:
    def value(job: Job) -> str:
        text = _text(job, field.name)
        return "null" if text is None else _as_json(text, field)

    return value


def _member_of(field: FormField) -> JobText:
    def member(job: Job) -> str:
        text = _text(job, field.name)
        return "" if text is None else f",{quote(field.name)}:{_as_json(text, field)}"

    return member


def _as_json(text: str, field: FormField) -> str:
    return json.dumps(form_value(text, field.schema))


def _text(job: Job, name: str) -> str | None:
    return next((text for field, text in job.fields if field == name), None)


def _property(schema: Mapping[str, Any], place: str) -> Mapping[str, Any] | None:
    """Return the schema of what stands at a JSON Pointer in every document, whatever its state."""
    for name in tokens(place):
        found = schema.get("properties", {}).get(name)
        if found is None:
            return None
        schema = found
    return schema


def _allows_null(schema: Mapping[str, Any]) -> bool:
    types = schema.get("type", ())
    return "null" in ([types] if isinstance(types, str) else types)
