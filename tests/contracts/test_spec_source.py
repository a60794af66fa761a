"""Reading YAML as JSON values, and finding the line of each."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from miragic_contracts.spec.source import escape, line_numbers, parse

# A character beyond the basic plane is written by JSON as two escapes, which YAML does not join.
TEXT = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]))
# YAML bounds a key on one line to 1,024 characters.
KEYS = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=50)
JSON_SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
)
JSON_VALUES = st.recursive(
    JSON_SCALARS, lambda below: st.lists(below) | st.dictionaries(KEYS, below), max_leaves=20
)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2025-11-05", "2025-11-05"),
        ("2025-11-05T12:04:18.785Z", "2025-11-05T12:04:18.785Z"),
        ("on", "on"),
        ("no", "no"),
        ("Null", "Null"),
        ("1_000", "1_000"),
        ("0o17", "0o17"),
        ("1:30", "1:30"),
        ("true", True),
        ("null", None),
        ("~", None),
        ("-12", -12),
        ("1.5", 1.5),
        ("1e3", 1000.0),
    ],
)
def test_a_plain_scalar_is_what_json_would_make_of_it(written: str, value: object) -> None:
    """Only JSON's own words and numbers are other than strings: dates, `on` and sexagesimals are not."""
    assert parse(f"a: {written}") == {"a": value}


@given(st.dictionaries(KEYS, JSON_VALUES))
def test_json_is_read_back_as_it_was_written(document: dict[str, object]) -> None:
    """Every JSON document is YAML, and means the same."""
    assert parse(json.dumps(document)) == document


def test_every_element_has_a_line() -> None:
    """Keys, items and what is inside them are found by pointer, tokens escaped."""
    text = "a:\n  - b\n  - c/d: 1\ne~f:\n  g: {h: 2}\n"
    assert line_numbers(text) == {
        "": 1,
        "/a": 1,
        "/a/0": 2,
        "/a/1": 3,
        "/a/1/c~1d": 3,
        "/e~0f": 4,
        "/e~0f/g": 5,
        "/e~0f/g/h": 5,
    }


def test_a_token_is_escaped_as_rfc_6901_says() -> None:
    """`~` becomes `~0` and `/` becomes `~1`, in that order."""
    assert escape("a/b~1") == "a~1b~01"
