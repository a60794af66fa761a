"""The form that a submission takes, from the contract: which fields, which of them must be there, what they
may hold.

Rule: the names are the contract's (`miragic_contracts.spec.form`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any

from miragic_contracts.spec import Spec, form_body, form_names

from ..exchange.complaints import complaint
from ..exchange.refusals import RefusedError, closed

if TYPE_CHECKING:
    import jsonschema_rs


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `default` is None where it has none; `problem` says what is wrong with a text, or None."""

    name: str
    required: bool
    is_file: bool
    default: str | None
    choices: tuple[str, ...]
    problem: Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Form:
    """The form: its media type, its fields by name, and which of them the mock understands."""

    media_type: str
    fields: Mapping[str, Field]
    file: str
    format: str
    question: str

    def check(self, texts: Mapping[str, str], size_bytes: int | None) -> dict[str, str]:
        """The value of every declared text field, defaults filled in ("" for none).

        `size_bytes` is the file's, None where there was none. What the form does not declare is left out.

        Raises:
            RefusedError: 400, naming the field that is missing or has a value that is not allowed.
        """
        for field in self.fields.values():
            if field.is_file:
                if not size_bytes:
                    self._check_presence(field, size_bytes is not None)
            elif field.name not in texts:
                if field.default is None:
                    self._check_presence(field, False)
            else:
                problem = field.problem(texts[field.name])
                if problem:
                    raise RefusedError(400, f"{field.name} {problem}")
        return {
            name: texts.get(name, field.default or "")
            for name, field in self.fields.items()
            if not field.is_file
        }

    def unknown(self, names: Mapping[str, Any] | set[str]) -> tuple[str, ...]:
        """The names that the form does not declare, each as a sentence with the name it may have meant."""
        return tuple(self._unknown(name) for name in names if name not in self.fields)

    def _unknown(self, name: str) -> str:
        close = get_close_matches(name, self.fields, n=1)
        guess = f"; did you mean {close[0]}?" if close else ""
        return f"the form has no field {name[:80]!a}{guess}"

    def _check_presence(self, field: Field, is_there: bool) -> None:
        if field.is_file and is_there:
            raise RefusedError(400, f"{field.name} is empty: send a recording of at least one byte.")
        if field.required:
            wanted = " or ".join(field.choices) if field.choices else "a file" if field.is_file else "a text"
            raise RefusedError(400, f"{field.name} is required: send {wanted}.")


def form_of(spec: Spec) -> Form:
    """The form that a submission takes.

    Raises:
        SpecError: the contract declares no multipart form.
    """
    media_type, content = form_body(spec.submit)
    names = form_names(spec)
    return Form(media_type, _fields(content.schema), names.file, names.format, names.question)


def _fields(schema: Mapping[str, Any]) -> Mapping[str, Field]:
    required = schema.get("required", ())
    return {
        name: Field(
            name=name,
            required=name in required,
            is_file="contentMediaType" in described,
            default=None if described.get("default") is None else _as_text(described["default"]),
            choices=tuple(_as_text(choice) for choice in described.get("enum", ())),
            problem=_judge(described),
        )
        for name, described in schema.get("properties", {}).items()
    }


def _judge(schema: Mapping[str, Any]) -> Callable[[str], str | None]:
    """What is wrong with a text, judged by the field's schema; a number or boolean is read as JSON writes
    it.
    """

    @cache
    def validator() -> jsonschema_rs.Validator:
        import jsonschema_rs  # no mock waits for it to be up

        return jsonschema_rs.validator_for(dict(schema))

    is_text = schema.get("type", "string") == "string"
    choices = schema.get("enum")

    def problem(text: str) -> str | None:
        value = text if is_text else _as_json(text)
        if validator().is_valid(value):
            return None
        got = ascii(text[:80])
        if choices:
            return f"must be one of {', '.join(map(str, choices))}; got {got}."
        error = next(iter(validator().iter_errors(value)))
        return closed(f"has a value that is not allowed: {complaint(error, schema)}")

    return problem


def _as_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
