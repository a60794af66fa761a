"""The control API's own OpenAPI document, as routes and checks.

Rule: paths, parameters and bodies of the control API stand in `control.yaml` alone; what it does not allow
never reaches a view.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

import jsonschema_rs
from miragic_contracts.spec.references import References
from miragic_contracts.spec.source import parse

from ..exchange.refusals import RefusedError, closed
from ..language.complaints import complaint, unexpected

_METHODS: Final = ("get", "put", "post", "patch", "delete")
_PARAMETER: Final = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class _Parameter:
    """A query parameter and the judge of its values."""

    name: str
    required: bool
    schema: Mapping[str, Any]
    judge: _Judge

    def read(self, given: Mapping[str, str]) -> Any:
        """The parameter's value, its default where it is missing.

        Raises:
            RefusedError: 400, it is missing or not allowed.
        """
        if self.name not in given:
            if self.required:
                raise RefusedError(400, f"The query needs the parameter {self.name}.")
            return self.schema.get("default")
        value: Any = given[self.name]
        if self.schema.get("type") in ("number", "integer"):
            value = _number(value)
        self.judge.check(value, f"The parameter {self.name}")
        return value


@dataclass(frozen=True, slots=True)
class ControlOperation:
    """One operation. `is_open` says that it asks for no token."""

    id: str
    is_open: bool
    parameters: tuple[_Parameter, ...]
    body: _Judge | None
    body_required: bool

    def query(self, text: str) -> dict[str, Any]:
        """The query's values, checked, with defaults for what is missing.

        Raises:
            RefusedError: 400, one is missing, not allowed or not known: a misspelt limit would let all pass.
        """
        given = dict(parse_qsl(text, keep_blank_values=True))
        legal = [parameter.name for parameter in self.parameters]
        unknown = next((name for name in given if name not in legal), None)
        if unknown is not None:
            problem = unexpected(unknown, legal, "parameters")
            raise RefusedError(400, closed(f"The query is not allowed: {problem}"))
        return {parameter.name: parameter.read(given) for parameter in self.parameters}

    def read_body(self, raw: bytes) -> Mapping[str, Any]:
        """The body, checked; an empty mapping where there is none and none is needed.

        Raises:
            RefusedError: 400, it is missing, is not JSON, or is not allowed.
        """
        if self.body is None or not (raw or self.body_required):
            return {}
        try:
            value = json.loads(raw, parse_constant=_no_json, parse_float=_whole_or_not)
        except (ValueError, RecursionError) as error:
            raise RefusedError(400, f"The body is not JSON: {str(error)[:200]}.") from error
        self.body.check(value, "The body")
        found: Mapping[str, Any] = value
        return found


@dataclass(frozen=True, slots=True)
class Document:
    """`value` is the document as JSON values; `literal` are its paths without parameters, `templates` the
    others."""

    value: Mapping[str, Any]
    literal: Mapping[str, Mapping[str, ControlOperation]]
    templates: tuple[tuple[re.Pattern[str], Mapping[str, ControlOperation]], ...]

    def find(self, path: str) -> tuple[Mapping[str, ControlOperation], Mapping[str, str]] | None:
        """The operations at a path (below the API's own prefix) by method, and the path's parameters."""
        found = self.literal.get(path)
        if found is not None:
            return found, {}
        for pattern, operations in self.templates:
            match = pattern.fullmatch(path)
            if match is not None:
                return operations, match.groupdict()
        return None


@cache
def load_document() -> Document:
    """The document that comes with this package, read once."""
    text = Path(__file__).with_name("control.yaml").read_text(encoding="utf-8")
    value = parse(text)
    references = References(value)
    paths = {path: dict(_operations(item, references, path)) for path, item in value["paths"].items()}
    return Document(
        value,
        {path: found for path, found in paths.items() if "{" not in path},
        tuple((_pattern(path), found) for path, found in paths.items() if "{" in path),
    )


def _operations(
    item: Mapping[str, Any], references: References, path: str
) -> Iterator[tuple[str, ControlOperation]]:
    for method in _METHODS:
        if method in item:
            described = references.resolve(item[method], path)
            body = described.get("requestBody", {})
            schema = body.get("content", {}).get("application/json", {}).get("schema")
            parameters = [
                _Parameter(
                    entry["name"], entry.get("required", False), entry["schema"], _judge(entry["schema"])
                )
                for entry in described.get("parameters", ())
            ]
            yield (
                method.upper(),
                ControlOperation(
                    described["operationId"],
                    described.get("security") == [],
                    tuple(parameters),
                    None if schema is None else _judge(schema),
                    body.get("required", False),
                ),
            )


def _pattern(template: str) -> re.Pattern[str]:
    pieces = _PARAMETER.split(template)
    return re.compile(
        "".join(f"(?P<{piece}>[^/]+)" if i % 2 else re.escape(piece) for i, piece in enumerate(pieces))
    )


@dataclass(frozen=True, slots=True)
class _Judge:
    """What a value must be."""

    schema: Mapping[str, Any]
    validator: Any

    def check(self, value: Any, what: str) -> None:
        """Let a value pass.

        Raises:
            RefusedError: 400, it is not allowed.
        """
        if not self.validator.is_valid(value):
            error = next(iter(self.validator.iter_errors(value)))
            place = "".join(f"/{token}" for token in error.instance_path)
            at = f" at {place}" if place else ""
            raise RefusedError(400, closed(f"{what} is not allowed{at}: {complaint(error, self.schema)}"))


def _judge(schema: Mapping[str, Any]) -> _Judge:
    return _Judge(schema, jsonschema_rs.Draft202012Validator(dict(schema), validate_formats=True))


def _number(text: str) -> Any:
    try:
        value = json.loads(text, parse_float=_whole_or_not)
    except (ValueError, RecursionError):
        return text
    return text if isinstance(value, str) else value


def _whole_or_not(text: str) -> float:
    """JSON Schema takes 5.0 for an integer, and those who ask for one count with it."""
    value = float(text)
    return int(value) if value.is_integer() else value


def _no_json(name: str) -> None:
    raise ValueError(f"{name} is none of its numbers")
