"""The form of a submission: its fields, what each of them is for, and where a job repeats it.

Rule: a field's part is the one that `x-job-lifecycle` gives it. Neither the order of the properties nor the
keywords of a field decide it, so that a new field never takes the place of another.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from .errors import SpecError
from .lifecycle import POINTER, Lifecycle
from .model import MediaType, Operation, Schema, Spec
from .source import escape

_FORM: Final = f"{POINTER}/submit/form"


class Part(enum.StrEnum):
    """What a field of the form is for, by the name that the lifecycle has for it."""

    # The values are the names of the attributes of `lifecycle.SubmitForm`: a part is looked up by them.
    FILE = "file"
    FORMAT = "format"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of the form.

    Attributes:
        name: The field's name, as it is sent.
        schema: What its value may be, references resolved.
        part: What it is for; None for a field that the lifecycle does not name.
        is_required: Whether a form without it is refused.
        default: The text that stands where it is not sent; None where the contract gives none.
        echo: Where a job's document repeats it, as a JSON Pointer; None where it does not. Of the file it is
            the name that is repeated.
    """

    name: str
    schema: Schema
    part: Part | None
    is_required: bool
    default: str | None
    echo: str | None


@dataclass(frozen=True, slots=True)
class FormNames:
    """The names of the fields that have a part in a job's life, "" for a part that the form does not have.

    Attributes:
        file: The field that holds the recording.
        format: The field that names the recording's format.
        question: The field that says what to do with the recording.
        formats: The formats that the contract knows.
        default_question: The question that stands where none is sent, "" where the contract gives none.
    """

    file: str
    format: str
    question: str
    formats: tuple[str, ...]
    default_question: str


def form_body(operation: Operation) -> tuple[str, MediaType]:
    """Return the multipart form that an operation takes, after its media type.

    Raises:
        SpecError: The operation takes no multipart form.
    """
    for name, content in operation.request_body.content.items() if operation.request_body else ():
        if name.startswith("multipart/"):
            return name, content
    raise SpecError("expected a multipart form as the request body", operation.pointer)


def form_names(spec: Spec) -> FormNames:
    """Return the names of the fields of the form that have a part in a job's life."""
    form = spec.lifecycle.submit.form
    properties = _properties(spec.submit)
    return FormNames(
        file=form.file,
        format=form.format or "",
        question=form.question or "",
        formats=tuple(map(str, properties[form.format]["enum"])) if form.format else (),
        default_question=(_default(properties[form.question]) or "") if form.question else "",
    )


def form_fields(spec: Spec) -> tuple[FormField, ...]:
    """Return every field of the form, in the order of the file.

    A field with a part is repeated where the lifecycle's `poll` says so. Any other field is repeated where
    the job's document has a field of the same name beside the job's status, unless the lifecycle says that
    something else stands there.
    """
    _, content = form_body(spec.submit)
    required = content.schema.get("required", ())
    parts = {name: Part(part) for part, name in spec.lifecycle.submit.form.names.items()}
    return tuple(
        FormField(
            name=name,
            schema=schema,
            part=parts.get(name),
            is_required=name in required,
            default=_default(schema),
            echo=_echo(name, parts.get(name), spec),
        )
        for name, schema in _properties(spec.submit).items()
    )


def check_form(lifecycle: Lifecycle, operation: Operation) -> None:
    """Check that the fields that a lifecycle names are there, and are what they are named for.

    Raises:
        SpecError: The operation takes no form, or a name is not that of a field that can have the part.
    """
    properties = _properties(operation)
    form = lifecycle.submit.form
    for part, name in form.names.items():
        if name not in properties:
            known = ", ".join(properties) or "none"
            problem = f"expected a field of {operation.id}'s form, which has {known}; got {name!r}"
            raise SpecError(problem, f"{_FORM}/{part}")
        twin = next(other for other, field in form.names.items() if field == name)
        if twin != part:
            problem = f"expected a field of its own; {name!r} is the {twin} already"
            raise SpecError(problem, f"{_FORM}/{part}")
    # OpenAPI 3.1 marks bytes by `contentMediaType`; `format: binary` was the mark of 3.0.
    if "contentMediaType" not in properties[form.file]:
        problem = f"expected a field with a `contentMediaType`: the file; {form.file!r} has none"
        raise SpecError(problem, f"{_FORM}/file")
    if form.format and not properties[form.format].get("enum"):
        problem = f"expected a field with an `enum`: the formats; {form.format!r} has none"
        raise SpecError(problem, f"{_FORM}/format")
    _, content = form_body(operation)
    for name, schema in properties.items():
        if name != form.file and "contentMediaType" in schema:
            problem = f"a form has one file, and the lifecycle says that it is {form.file!r}"
            raise SpecError(problem, f"{content.pointer}/properties/{escape(name)}/contentMediaType")


def as_form_text(value: Any) -> str:
    """Return a JSON value as a form carries it: a text as it is, anything else as JSON writes it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _properties(operation: Operation) -> Mapping[str, Schema]:
    _, content = form_body(operation)
    properties: Mapping[str, Schema] = content.schema.get("properties", {})
    return properties


def _default(schema: Schema) -> str | None:
    return None if schema.get("default") is None else as_form_text(schema["default"])


def _echo(name: str, part: Part | None, spec: Spec) -> str | None:
    poll = spec.lifecycle.poll
    if part is not None:
        return {Part.FILE: poll.file_name, Part.FORMAT: poll.format, Part.QUESTION: poll.question}[part]
    # A job's own fields stand beside its status, and the page shows the form's repeated there.
    place = f"{poll.status.rpartition('/')[0]}/{escape(name)}"
    # A form field `progress` would be an option; the `progress` of a job is the job's own.
    is_free = place not in poll.places.values()
    return place if is_free and any(r.json.declares(place) for r in spec.poll.successes if r.json) else None
