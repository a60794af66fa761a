"""No key reaches anything that is written."""

from __future__ import annotations

import base64
import html
import json
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st
from miragic_contracts.redaction import (
    FIRST_MARKER,
    SECOND_MARKER,
    TRUNCATED_MARKER,
    KeyLeakError,
    Redactor,
    redactor_for,
)

KEY = 'sk_test_a/b+c=d"e\\f&gé-0123456789'
SECOND = "another-key-of-somebody"

FORMS = {
    "plain": KEY,
    "JSON": json.dumps(KEY)[1:-1],
    "JSON in UTF-8": json.dumps(KEY, ensure_ascii=False)[1:-1],
    "JSON with escaped slashes": json.dumps(KEY)[1:-1].replace("/", "\\/"),
    "a URL": urllib.parse.quote(KEY, safe=""),
    "a URL in lower case": urllib.parse.quote(KEY, safe="").replace("%2F", "%2f").replace("%C3", "%c3")
    .replace("%2B", "%2b").replace("%3D", "%3d").replace("%5C", "%5c").replace("%A9", "%a9"),
    "the path of a URL": urllib.parse.quote(KEY),
    "encodeURIComponent": urllib.parse.quote(KEY, safe="!'()*"),
    "encodeURI": urllib.parse.quote(KEY, safe="!'()*;,/?:@&=+$#"),
    "a path as RFC 3986 has it": urllib.parse.quote(KEY, safe="!$&'()*+,;=:@/"),
    "a form": urllib.parse.quote_plus(KEY),
    "HTML": html.escape(KEY),
    "base64": base64.b64encode(KEY.encode()).decode(),
    "base64 for URLs": base64.urlsafe_b64encode(KEY.encode()).decode(),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_a_key_is_replaced_in_each_form(form: str) -> None:
    """A key is found plain, base64, URL-encoded, JSON-escaped and HTML-escaped, in text and in bytes."""
    redactor = redactor_for(KEY, SECOND)
    assert redactor.text(f"before {form} after") == f"before {FIRST_MARKER} after"
    assert redactor.data(f"<{form}>".encode()) == f"<{FIRST_MARKER}>".encode()


@given(before=st.binary(max_size=7), after=st.binary(max_size=7))
def test_a_key_inside_base64_is_replaced_wherever_it_starts(before: bytes, after: bytes) -> None:
    """A key that was encoded together with something else leaves nothing of it to decode."""
    text = base64.b64encode(before + KEY.encode() + after).decode()
    clean = redactor_for(KEY).text(text)
    assert clean != text
    assert base64.b64encode(KEY.encode()[3:-3]).decode().rstrip("=")[:20] not in clean


def test_each_key_has_a_marker_of_its_own() -> None:
    """The second key and the truncated one, which probes send, are told apart from the first."""
    redactor = redactor_for(KEY, SECOND)
    assert redactor.text(f"{KEY[:-1]}, {SECOND}") == f"{TRUNCATED_MARKER}, {SECOND_MARKER}"


def test_short_keys_are_left_alone() -> None:
    """A key that is a common word would take that word out of every answer."""
    assert redactor_for("demo").text("a demo") == "a demo"


def test_a_key_that_is_left_stops_the_writing() -> None:
    """Where a key is still there after redaction, nothing is written, and the error does not repeat it."""
    # A marker that brings the key back stands for any defect of the redactor.
    broken = Redactor(((KEY, f"<{KEY}>"),))
    with pytest.raises(KeyLeakError) as caught:
        broken.cleaned(f"key: {KEY}", "report-json")
    assert "report-json" in str(caught.value)
    assert KEY not in str(caught.value)


def test_a_redactor_shows_no_key() -> None:
    """The value that knows the keys does not tell them."""
    assert KEY not in repr(redactor_for(KEY, SECOND))
