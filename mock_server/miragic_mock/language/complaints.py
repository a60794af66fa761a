"""What is wrong with a JSON value, in the mock's words: what was expected, and what came.

Rule: every keyword that our own documents use has words here; any other keeps its validator's. A schema that
says it better has its own words in `x-expected`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from .words import nearest

_SHOWN_CHARS: Final = 80


def complaint(error: Any, schema: Mapping[str, Any]) -> str:
    """Return what is wrong with a value, without a full stop.

    Args:
        error: A `ValidationError` of jsonschema-rs.
        schema: The whole schema that the value was judged by.
    """
    kind = error.kind
    if kind.name == "required":
        return f"{_shown(kind.property)} is missing"
    if kind.name == "additionalProperties":
        legal = [*subschema(error, schema).get("properties", ())]
        return unexpected(kind.unexpected[0], legal, "members")
    expected = expectation(error, schema)
    if expected is None:
        return str(error.message)[:300]
    return f"expected {expected}, got {_shown(error.instance)}"


def expectation(error: Any, schema: Mapping[str, Any]) -> str | None:
    """Return what a value was expected to be; None where neither the schema nor this module has words for it.

    Args:
        error: A `ValidationError` of jsonschema-rs.
        schema: The whole schema that the value was judged by.
    """
    own: str | None = subschema(error, schema).get("x-expected")
    if own is not None:
        return own
    kind = error.kind
    kinds = [branch[0].kind for branch in kind.context] if kind.name == "oneOf" else [kind]
    if not all(kind.name in _EXPECTED for kind in kinds):
        return None
    return " or ".join(_EXPECTED[kind.name](kind) for kind in kinds)


def subschema(error: Any, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the part of a schema that has the keyword which an error is about."""
    place: Any = schema
    for token in error.schema_path[:-1]:
        place = place[token]
    found: Mapping[str, Any] = place
    return found


def unexpected(name: str, legal: Sequence[str], what: str) -> str:
    """Return that a name is none of the legal ones, without a full stop; `what` says what these are."""
    close = nearest(name, legal)
    expected = f"one of {', '.join(legal)}" if legal else f"no {what}"
    return f"expected {expected}, got {_shown(name)}" + (f"; did you mean {_shown(close)}?" if close else "")


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"


def _number_of(limit: int, what: str) -> str:
    return f"{limit} {what}" if limit == 1 else f"{limit} {what}s"


_EXPECTED: Final[Mapping[str, Callable[[Any], str]]] = {
    "const": lambda kind: _shown(kind.expected_value),
    "enum": lambda kind: f"one of {', '.join(map(str, kind.options))}",
    "format": lambda kind: f"a {kind.format}",
    "maxItems": lambda kind: f"at most {_number_of(kind.limit, 'item')}",
    "maxLength": lambda kind: f"at most {_number_of(kind.limit, 'character')}",
    "maximum": lambda kind: f"at most {kind.limit}",
    "minLength": lambda kind: f"at least {_number_of(kind.limit, 'character')}",
    "minimum": lambda kind: f"at least {kind.limit}",
    "pattern": lambda kind: f"a text like {kind.pattern}",
    "type": lambda kind: f"{' or '.join(kind.types)}",
}
"""What a keyword expected, by its name, from the `kind` of an error of jsonschema-rs."""
