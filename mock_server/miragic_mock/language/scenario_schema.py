"""What a scenario's file may hold, as a JSON Schema, and the error for a file that holds something else.

Rule: each part says in `x-expected` what it takes; where an error is about a member that is not there,
`x-word` names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from ..errors import ScenarioError
from . import words
from .complaints import expectation, subschema
from .scenario_text import MAX_GLOB_CHARS

if TYPE_CHECKING:
    import jsonschema_rs

_SHOWN_CHARS: Final = 80

_TEXT: Final = {"type": "string", "x-expected": "a text in quotes"}
_GLOB: Final = {
    "allOf": [_TEXT, {"maxLength": MAX_GLOB_CHARS, "x-expected": f"at most {MAX_GLOB_CHARS} characters"}]
}
_WHOLE: Final = {"type": "integer", "minimum": 0, "x-expected": "a whole number"}
_COUNT: Final = {"type": "integer", "minimum": 1, "x-expected": "whole numbers from 1"}

_OUTCOME: Final = {
    "type": "object",
    "required": ["weight", "plan"],
    "properties": {
        "weight": {
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": 1e9,
            "x-expected": "a number above 0",
        },
        "plan": _TEXT,
    },
    "additionalProperties": False,
    "x-expected": "entries of { weight = N, plan = TEXT }",
}

_RULE: Final = {
    "properties": {
        "key": _GLOB,
        "name": _GLOB,
        "format": _GLOB,
        "question": _GLOB,
        "fields": {
            "type": "object",
            "additionalProperties": _GLOB,
            "x-expected": "a table of { FIELD = TEXT }",
        },
        "min_size_bytes": _WHOLE,
        "max_size_bytes": _WHOLE,
        # `minimum` concerns a number alone, and `items` a list alone.
        "nth": {**_COUNT, "type": ["integer", "array"], "items": _COUNT},
        "plan": _TEXT,
        "outcomes": {
            "type": "array",
            "minItems": 1,
            "items": _OUTCOME,
            "x-expected": "a list of { weight = N, plan = TEXT }",
        },
    },
    "additionalProperties": False,
    "allOf": [
        {"type": "object", "x-expected": "a table"},
        {
            "oneOf": [{"required": ["plan"]}, {"required": ["outcomes"]}],
            "x-expected": "either plan = or outcomes =",
            "x-word": "plan",
        },
    ],
}

SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        "rule": {"type": "array", "items": _RULE, "x-expected": "[[rule]], with double brackets"},
    },
    "additionalProperties": False,
    "x-expected": "nothing but [[rule]] tables",
}


def check_scenario(document: Mapping[str, Any], file: str) -> None:
    """Check what a TOML file holds.

    Raises:
        ScenarioError: The file holds something that no scenario has. Of several mistakes the error is about
            the first rule that has one, and there about the outermost.
    """
    errors = list(_validator().iter_errors(_as_json(document)))
    if errors:
        raise _complaint(min(errors, key=_order), document, file)


@cache
def _validator() -> jsonschema_rs.Validator:
    import jsonschema_rs  # no mock without a scenario waits for it

    return jsonschema_rs.Draft202012Validator(dict(SCHEMA))


def _as_json(value: Any) -> Any:
    """Return a value of TOML as one of JSON: a date, which JSON lacks, is null, which fits nowhere."""
    if isinstance(value, dict):
        return {name: _as_json(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    # A bool passes as an int, and is JSON's own.
    return value if isinstance(value, str | int | float) else None


def _order(error: Any) -> tuple[int, int, int]:
    path = error.instance_path
    rank = {"type": 0, "additionalProperties": 1}.get(error.kind.name, 2)
    return path[1] if len(path) > 1 else -1, len(path), rank


def _complaint(error: Any, document: Mapping[str, Any], file: str) -> ScenarioError:
    path = error.instance_path
    number = path[1] + 1 if len(path) > 1 else None
    part = subschema(error, SCHEMA)
    if error.kind.name == "additionalProperties" and part is not _OUTCOME:
        name = error.kind.unexpected[0]
        return ScenarioError(file, number, name, f"expected {part.get('x-expected') or _names(name, part)}")
    names = [token for token in path if isinstance(token, str)]
    value: Any = document
    for token in path:
        value = value[token]
    # A table is too much to repeat, and what is wrong with one is a name.
    got = "" if isinstance(value, dict) else f", got {_shown(value)}"
    word = part.get("x-word") or (names[-1] if names else "rule")
    return ScenarioError(file, number, word, f"expected {expectation(error, SCHEMA)}{got}")


def _names(name: str, part: Mapping[str, Any]) -> str:
    legal = [*part["properties"]]
    close = words.nearest(name, legal)
    return f"one of {', '.join(legal)}" + (f"; did you mean {close!r}?" if close else "")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"
