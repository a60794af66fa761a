"""Answers as values: Retry-After in all its forms, bodies of all kinds."""

from __future__ import annotations

import pytest
from miragic_stt._answers.answer import Answer

NOON = 1762344000.0  # Wed, 05 Nov 2025 12:00:00 GMT


def answer(headers, body=b"", received_at=NOON):
    return Answer(429, headers, body, received_at)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3),
        ({"retry-after": " 0 "}, 0),
        ({"retry-after": "2.5"}, 2.5),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Wed, 05 Nov 2025 12:00:30 GMT"}, 30),
        ({"retry-after": "Wed, 05 Nov 2025 11:00:00 GMT"}, 0),
        ({"retry-after": "Wednesday, 05-Nov-25 12:00:30 GMT"}, 30),
        ({"retry-after": "Wed, 99 Nov 2025 12:00:30 GMT"}, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(headers, seconds):
    """A value that makes no sense counts as absent; a date is measured from now."""
    assert answer(headers).retry_after_s == seconds


def test_a_date_is_measured_against_the_servers_clock():
    """A wrong clock on this side does not matter where the server sends its own time."""
    headers = {"retry-after": "Wed, 05 Nov 2025 12:00:30 GMT", "date": "Wed, 05 Nov 2025 12:00:20 GMT"}
    assert answer(headers, received_at=NOON + 86400).retry_after_s == 10


@pytest.mark.parametrize("name", ["x-request-id", "request-id", "cf-ray"])
def test_the_servers_name_for_the_exchange_is_found(name):
    """The vendor's support asks for it."""
    assert answer({name: "r-1"}).request_id == "r-1"
    assert answer({}).request_id is None


@pytest.mark.parametrize(
    ("body", "document"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b"", None),
        (b"[1]", None),
        (b'{"a": ', None),
        (b"\xff\xfe\xff", None),
        (b"[" * 100_000, None),
    ],
)
def test_a_body_is_a_json_object_or_nothing(body, document):
    """Whatever a gateway sends, reading it does not fail."""
    assert answer({}, body).document == document


def test_bytes_that_are_no_text_can_be_shown():
    """An error quotes the body, whatever it is."""
    assert answer({}, b"caf\xe9").text == "caf\ufffd"
