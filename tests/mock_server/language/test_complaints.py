"""A complaint about a value says in the mock's words what was expected, and what came."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from miragic_mock.control.document import load_document
from miragic_mock.language.complaints import complaint

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["seconds"],
    "additionalProperties": False,
    "properties": {
        "seconds": {"type": ["number", "null"], "minimum": 0, "maximum": 9},
        "mode": {"enum": ["fast", "slow"]},
        "all": {"const": True},
        "name": {"type": "string", "minLength": 1, "maxLength": 3},
        "key": {"type": "string", "pattern": "^k"},
        "at": {"oneOf": [{"type": "string", "format": "date-time"}, {"type": "number"}]},
        "since": {"type": "string", "format": "date-time"},
        "faults": {"type": "array", "maxItems": 1, "items": {"type": "string"}},
        "part": {"type": "object", "additionalProperties": False, "properties": {"one": {}}},
        "odd": {"multipleOf": 2},
    },
}


def complaint_about(value: Any) -> str:
    validator = jsonschema_rs.Draft202012Validator(SCHEMA, validate_formats=True)
    return complaint(next(iter(validator.iter_errors(value))), SCHEMA)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([], "expected object, got []"),
        ({}, '"seconds" is missing'),
        ({"seconds": 1, "by": 2}, f'expected one of {", ".join(SCHEMA["properties"])}, got "by"'),
        ({"seconds": 1, "part": {"on": 1}}, 'expected one of one, got "on"; did you mean "one"?'),
        ({"seconds": "1"}, 'expected null or number, got "1"'),
        ({"seconds": -1}, "expected at least 0, got -1"),
        ({"seconds": 10}, "expected at most 9, got 10"),
        ({"seconds": 1, "mode": "fats"}, 'expected one of fast, slow, got "fats"'),
        ({"seconds": 1, "all": False}, "expected true, got false"),
        ({"seconds": 1, "name": ""}, 'expected at least 1 character, got ""'),
        ({"seconds": 1, "name": "abcd"}, 'expected at most 3 characters, got "abcd"'),
        ({"seconds": 1, "key": "x"}, 'expected a text like ^k, got "x"'),
        ({"seconds": 1, "at": "noon"}, 'expected a date-time or number, got "noon"'),
        ({"seconds": 1, "since": "noon"}, 'expected a date-time, got "noon"'),
        ({"seconds": 1, "faults": ["a", "b"]}, 'expected at most 1 item, got ["a", "b"]'),
        ({"seconds": 1, "odd": 3}, "3 is not a multiple of 2"),
        ({"seconds": 1, "name": "x" * 999}, f'expected at most 3 characters, got "{"x" * 79}…'),
    ],
)
def test_a_complaint_says_what_was_expected_and_what_came(value: Any, said: str) -> None:
    """Each keyword has its words; one that no document of ours uses keeps the validator's."""
    assert complaint_about(value) == said


def test_every_keyword_of_the_control_document_has_words() -> None:
    """A keyword that could be broken in a call of the control API is among those tried above."""
    text = json.dumps(load_document().value)
    without = ("minItems", "minProperties", "uniqueItems", "multipleOf", "exclusiveMinimum", "anyOf", "not")
    assert [word for word in without if f'"{word}":' in text] == []
