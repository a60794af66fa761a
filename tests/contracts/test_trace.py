"""Reading answers as strictly as the standards have it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from miragic_contracts.trace import Answer, read_answer


def read(body: bytes) -> Answer:
    return read_answer(200, [], body, size_bytes=len(body))


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b" \n", "empty", id="blanks"),
        pytest.param(b"{'a': True}", "not JSON", id="a Python repr"),
        pytest.param(b'{"a": NaN}', "NaN", id="no number"),
        pytest.param(b'{"a": -Infinity}', "Infinity", id="no finite number"),
        pytest.param(b'\xef\xbb\xbf{"a": 1}', "not JSON", id="a byte order mark"),
        pytest.param(b'{"a": "\xe9"}', "byte 7", id="Latin 1"),
        pytest.param(b'{"a": 1}}', "not JSON", id="more than a document"),
        pytest.param(b"[" * 100_000, "not JSON", id="nested beyond measure"),
    ],
)
def test_what_is_not_json_is_said(body: bytes, problem: str) -> None:
    """A body that RFC 8259 does not allow gives no document, and the reason why."""
    answer = read(body)
    assert answer.document is None
    assert problem in answer.json_problem


def test_half_a_character_is_read_as_none() -> None:
    """An escape of one surrogate, which no validator and no file can take, is read as browsers read it."""
    body = rb'{"a\ud800": "\udc00x\ud800y \ud83d\ude00", "n": [1.5, null, "\u00e9"]}'
    answer = read_answer(200, [], body, size_bytes=len(body))
    assert answer.json_problem == ""
    assert answer.document == {"a\ufffd": "\ufffdx\ufffdy \U0001f600", "n": [1.5, None, "\u00e9"]}


def test_repeated_names_are_noticed_at_every_depth() -> None:
    """A name that stands twice in one object is told, wherever that object is."""
    assert read(b'{"a": 1, "b": {"c": 1, "c": 2}, "d": {"a": 1}}').repeated_names == ("c",)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_what_is_json_comes_back(document: object) -> None:
    """Whatever JSON can say is read as it was said."""
    import json

    answer = read(json.dumps(document).encode())
    assert (answer.document, answer.json_problem) == (document, "")


@pytest.mark.parametrize("name", ["retry-after", "Retry-After", "RETRY-AFTER"])
def test_a_header_is_found_in_any_case(name: str) -> None:
    """Header names are case-insensitive (RFC 9110, section 5.1), and repeated headers are one list."""
    answer = read_answer(200, [("Retry-After", "1"), ("retry-after", "2")], b"", size_bytes=0)
    assert answer.header(name) == "1, 2"
    assert answer.header("Allow") is None
