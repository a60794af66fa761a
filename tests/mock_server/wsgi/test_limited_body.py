"""A body whose end is for the application to find."""

from __future__ import annotations

import io

import pytest
from miragic_mock.wsgi.limited_body import LimitedBody


def body(content: bytes, length: str | None) -> LimitedBody:
    environ = {"wsgi.input": io.BytesIO(content)}
    return LimitedBody(environ if length is None else {**environ, "CONTENT_LENGTH": length})


def test_a_body_ends_where_its_length_says() -> None:
    """What a connection holds beyond it belongs to the next request."""
    limited = body(b"hello GET /", "5")
    assert [limited.read(3), limited.read(100), limited.read(100)] == [b"hel", b"lo", b""]


@pytest.mark.parametrize("length", [None, "", "0"])
def test_without_a_length_there_is_no_body(length: str | None) -> None:
    """A read would wait for ever."""
    assert body(b"GET /", length).read(100) == b""


def test_a_body_that_breaks_off_is_told() -> None:
    """Less than was promised is an error, not an end."""
    limited = body(b"hel", "5")
    assert limited.read(100) == b"hel"
    with pytest.raises(OSError, match="client has gone"):
        limited.read(100)
