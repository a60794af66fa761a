"""The control API's own OpenAPI document, as routes and checks.

Rule: paths, parameters and bodies of the control API stand in `control.yaml` alone; what it does not allow
never reaches a view.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

import jsonschema_rs
from miragic_contracts.spec.references import References
from miragic_contracts.spec.source import parse

from ..engine.injection.catalogue import described
from ..exchange.refusals import RefusedError, closed
from ..exchange.routes import Routes
from ..language.complaints import complaint, unexpected

MAX_DEPTH: Final = 32
"""How deeply lists and objects may be nested in a body."""

_LARGEST: Final = 2**63 - 1
"""What every store keeps as a number."""

_METHODS: Final = ("get", "put", "post", "patch", "delete")


@dataclass(frozen=True, slots=True)
class _Check:
    """What a value must be."""

    schema: Mapping[str, Any]
    validator: Any

    def require(self, value: Any, what: str) -> None:
        """Make sure that a value is allowed.

        Args:
            value: The value.
            what: What it is, as a refusal names it.

        Raises:
            RefusedError: 400, it is not.
        """
        if not self.validator.is_valid(value):
            error = next(iter(self.validator.iter_errors(value)))
            place = "".join(f"/{token}" for token in error.instance_path)
            at = f" at {place}" if place else ""
            raise RefusedError(400, closed(f"{what} is not allowed{at}: {complaint(error, self.schema)}"))


@dataclass(frozen=True, slots=True)
class _Parameter:
    """A parameter of the query."""

    name: str
    required: bool
    check: _Check

    def read(self, query: Mapping[str, str]) -> Any:
        """Return the parameter's value, or its default where it is missing.

        Raises:
            RefusedError: 400, it is missing or not allowed.
        """
        schema = self.check.schema
        if self.name not in query:
            if self.required:
                raise RefusedError(400, f"The query needs the parameter {self.name}.")
            return schema.get("default")
        value: Any = query[self.name]
        if schema.get("type") in ("number", "integer"):
            value = _number(value)
        self.check.require(value, f"The parameter {self.name}")
        return value


@dataclass(frozen=True, slots=True)
class ControlOperation:
    """One operation of the document.

    Attributes:
        is_open: Whether it can be called without a token.
        body: What the body must be; None where there is none.
    """

    id: str
    path: str
    method: str
    is_open: bool
    parameters: tuple[_Parameter, ...]
    body: _Check | None
    body_required: bool

    def query(self, text: str) -> dict[str, Any]:
        """Return the query's values, checked, with defaults for what is missing.

        Raises:
            RefusedError: 400, a parameter is missing, not allowed or not known.
        """
        query = dict(parse_qsl(text, keep_blank_values=True))
        legal = [parameter.name for parameter in self.parameters]
        # OpenAPI leaves unknown parameters open, but a misspelt limit would let everything pass.
        unknown = next((name for name in query if name not in legal), None)
        if unknown is not None:
            problem = unexpected(unknown, legal, "parameters")
            raise RefusedError(400, closed(f"The query is not allowed: {problem}"))
        return {parameter.name: parameter.read(query) for parameter in self.parameters}

    def read_body(self, raw: bytes) -> Mapping[str, Any]:
        """Return the body, checked; an empty mapping where there is none and none is needed.

        Raises:
            RefusedError: 400, it is missing, is not JSON, or is not allowed.
        """
        if self.body is None or not (raw or self.body_required):
            return {}
        try:
            body: Mapping[str, Any] = json.loads(raw, parse_constant=_refuse_constant, parse_float=_number_of)
            _require_bounds(body)
        except (ValueError, RecursionError) as error:
            raise RefusedError(400, f"The body is not JSON: {ascii(str(error))[1:-1][:200]}.") from error
        self.body.require(body, "The body")
        return body


@dataclass(frozen=True, slots=True)
class Document:
    """The document.

    Attributes:
        value: The document as JSON values.
        routes: Its paths, which are below the API's own prefix.
    """

    value: Mapping[str, Any]
    routes: Routes[ControlOperation]


@cache
def load_document() -> Document:
    """Return the document that comes with this package, which is read once."""
    text = Path(__file__).with_name("control.yaml").read_text(encoding="utf-8")
    value = _with_faults(parse(text))
    references = References(value)
    operations = (_operations(item, references, path) for path, item in value["paths"].items())
    return Document(value, Routes(chain.from_iterable(operations)))


def _with_faults(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with every kind of fault in its schema, from the table."""
    fault = document["components"]["schemas"]["Fault"]
    faults = described()
    fault["examples"] = [example for kind in faults["kinds"] for example in kind["examples"]]
    fault["x-faults"] = faults
    return document


def _operations(item: Mapping[str, Any], references: References, path: str) -> Iterator[ControlOperation]:
    for method in _METHODS:
        if method in item:
            described = references.resolve(item[method], path)
            body = described.get("requestBody", {})
            schema = body.get("content", {}).get("application/json", {}).get("schema")
            yield ControlOperation(
                id=described["operationId"],
                path=path,
                method=method.upper(),
                is_open=described.get("security") == [],
                parameters=tuple(map(_parameter, described.get("parameters", ()))),
                body=None if schema is None else _check(schema),
                body_required=body.get("required", False),
            )


def _parameter(entry: Mapping[str, Any]) -> _Parameter:
    return _Parameter(entry["name"], entry.get("required", False), _check(entry["schema"]))


def _check(schema: Mapping[str, Any]) -> _Check:
    return _Check(schema, jsonschema_rs.Draft202012Validator(dict(schema), validate_formats=True))


def _number(text: str) -> Any:
    """Return a parameter's text as a number, or the text itself, which the check then refuses."""
    try:
        value = json.loads(text, parse_float=_number_of)
    except (ValueError, RecursionError):
        return text
    return text if isinstance(value, str) else value


def _require_bounds(value: Any) -> None:
    """Make sure that no view meets what it cannot write down or look through.

    Raises:
        ValueError: Lists or objects are nested too deeply, a number is too large, or a text has half a pair
            of surrogates, which is no character (RFC 8259, section 8.2).
    """
    level, depth = [value], 0
    # Level by level and not by recursion, whose bound is Python's.
    while level:
        if depth > MAX_DEPTH:
            raise ValueError(f"it is nested more than {MAX_DEPTH} deep")
        deeper: list[Any] = []
        for each in level:
            if isinstance(each, str):
                each.encode()
            elif isinstance(each, int) and abs(each) > _LARGEST:
                raise ValueError("a number has more than 63 bits")
            elif isinstance(each, dict):
                deeper += [*each, *each.values()]
            elif isinstance(each, list):
                deeper += each
        level, depth = deeper, depth + 1


def _number_of(text: str) -> float:
    """Return a JSON number, as an int where it is whole.

    JSON Schema takes 5.0 for an integer, and the views that want an integer count with it.

    Raises:
        ValueError: It is larger than a number can be.
    """
    value = float(text)
    if math.isinf(value):
        raise ValueError("a number is too large")
    return int(value) if value.is_integer() else value


def _refuse_constant(name: str) -> None:
    # Python's parser takes NaN and Infinity, which JSON (RFC 8259, section 6) does not have.
    raise ValueError(f"{name} is none of its numbers")
