"""The form that a submission takes, from the contract: what must be there, and what it may hold.

Rule: the names are the contract's, and so are the parts that fields have (`miragic_contracts.spec.form`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any

from miragic_contracts.spec import Part, Spec, form_body, form_fields
from miragic_contracts.spec.form import FormField, as_form_text

from ..domain.jobs.job import Fields
from ..exchange.refusals import RefusedError, closed
from ..language.complaints import complaint
from ..language.form_values import form_value

if TYPE_CHECKING:
    import jsonschema_rs


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form.

    Attributes:
        name: The field's name, as it is sent.
        part: What the mock understands it as; None for a field that it only checks, keeps and shows.
        is_required: Whether a form without it is refused.
        default: The text that stands where it is not sent, None for none.
        choices: The texts that it may have, empty where the contract lists none.
        problem: Says what is wrong with a text, None for nothing.
    """

    name: str
    part: Part | None
    is_required: bool
    default: str | None
    choices: tuple[str, ...]
    problem: Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class FormValues:
    """What a form says, checked, with defaults filled in.

    Attributes:
        audio_format: The format, "" for none.
        question: The question, "" for none.
        fields: The fields that have no part and that were sent or have a default.
        chosen: Those of `fields` that differ from their defaults.
    """

    audio_format: str
    question: str
    fields: Fields
    chosen: Fields


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a submission.

    Attributes:
        media_type: What a request says in its Content-Type.
        fields: Its fields by name, in the contract's order.
        file: The name of the field that holds the recording.
    """

    media_type: str
    fields: Mapping[str, Field]
    file: str

    def check(self, texts: Mapping[str, str], size_bytes: int | None) -> FormValues:
        """Return the values of the declared fields; what the form does not declare is left out.

        Args:
            texts: The texts that were sent, by the name of their field.
            size_bytes: The size of the file, None where there was none.

        Raises:
            RefusedError: 400, naming the field that is missing or has a value that is not allowed.
        """
        for field in self.fields.values():
            if field.part is Part.FILE:
                if not size_bytes:
                    self._refuse_file(field, size_bytes is not None)
            elif field.name in texts:
                problem = field.problem(texts[field.name])
                if problem:
                    raise RefusedError(400, f"{field.name} {problem}")
            elif field.is_required and field.default is None:
                wanted = " or ".join(field.choices) if field.choices else "a text"
                raise RefusedError(400, f"{field.name} is required: send {wanted}.")
        return self._values({**self._defaults(), **texts})

    def unknown(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return a sentence for each name that the form does not declare, with the name it may have meant."""
        return tuple(self._unknown(name) for name in names if name not in self.fields)

    def _unknown(self, name: str) -> str:
        close = get_close_matches(name, self.fields, n=1)
        guess = f"; did you mean {close[0]}?" if close else ""
        return f"the form has no field {name[:80]!a}{guess}"

    def _refuse_file(self, field: Field, is_there: bool) -> None:
        if is_there:
            raise RefusedError(400, f"{field.name} is empty: send a recording of at least one byte.")
        if field.is_required:
            raise RefusedError(400, f"{field.name} is required: send a file.")

    def _defaults(self) -> dict[str, str]:
        return {name: field.default for name, field in self.fields.items() if field.default is not None}

    def _values(self, texts: Mapping[str, str]) -> FormValues:
        parts = {field.part: texts.get(field.name, "") for field in self.fields.values() if field.part}
        further = [field for field in self.fields.values() if field.part is None and field.name in texts]
        return FormValues(
            audio_format=parts.get(Part.FORMAT, ""),
            question=parts.get(Part.QUESTION, ""),
            fields=tuple((field.name, texts[field.name]) for field in further),
            chosen=tuple(
                (field.name, texts[field.name]) for field in further if texts[field.name] != field.default
            ),
        )


def form_of(spec: Spec) -> Form:
    """Return the form that a submission takes.

    Raises:
        SpecError: The contract declares no multipart form.
    """
    media_type, _ = form_body(spec.submit)
    fields = {field.name: _field(field) for field in form_fields(spec)}
    return Form(media_type, fields, spec.lifecycle.submit.form.file)


def _field(declared: FormField) -> Field:
    return Field(
        name=declared.name,
        part=declared.part,
        is_required=declared.is_required,
        default=declared.default,
        choices=tuple(map(as_form_text, declared.schema.get("enum", ()))),
        problem=_judge(declared.schema),
    )


def _judge(schema: Mapping[str, Any]) -> Callable[[str], str | None]:
    """Return what says what is wrong with a text, by the schema of its field."""

    @cache
    def validator() -> jsonschema_rs.Validator:
        import jsonschema_rs  # no mock waits for it to be up

        return jsonschema_rs.validator_for(dict(schema))

    choices = schema.get("enum")

    def problem(text: str) -> str | None:
        value = form_value(text, schema)
        if validator().is_valid(value):
            return None
        got = ascii(text[:80])
        if choices:
            return f"must be one of {', '.join(map(str, choices))}; got {got}."
        error = next(iter(validator().iter_errors(value)))
        return closed(f"has a value that is not allowed: {complaint(error, schema)}")

    return problem
