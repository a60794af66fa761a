"""What is wrong with a JSON value, in the words in which the mock says it: what was expected, and what came.

Rule: every keyword that our own documents use has words here; any other keeps its validator's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ..language.words import nearest

_SHOWN_CHARS: Final = 80


def complaint(error: Any, schema: Mapping[str, Any]) -> str:
    """What `error`, a `ValidationError` of jsonschema-rs, says of a value judged by `schema`; without a
    full stop."""
    kind = error.kind
    if kind.name == "required":
        return f"{_shown(kind.property)} is missing"
    if kind.name == "additionalProperties":
        return _unexpected(error, schema)
    branches = [branch[0].kind for branch in kind.context] if kind.name == "oneOf" else [kind]
    if not all(one.name in _EXPECTED for one in branches):
        return str(error.message)[:300]
    expected = " or ".join(_EXPECTED[one.name](one) for one in branches)
    return f"expected {expected}, got {_shown(error.instance)}"


def unexpected(name: str, legal: Sequence[str], what: str) -> str:
    """That `name` is none of the `legal` ones, which are `what`; without a full stop."""
    close = nearest(name, legal)
    expected = f"one of {', '.join(legal)}" if legal else f"no {what}"
    return f"expected {expected}, got {_shown(name)}" + (f"; did you mean {_shown(close)}?" if close else "")


def _unexpected(error: Any, schema: Mapping[str, Any]) -> str:
    name = error.kind.unexpected[0]
    place: Any = schema
    for token in error.schema_path[:-1]:
        place = place[token]
    return unexpected(name, [*place.get("properties", ())], "members")


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
"""What a keyword expected, of a jsonschema-rs error's kind."""
