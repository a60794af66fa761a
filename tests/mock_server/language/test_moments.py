"""Moments are RFC 3339, where a date alone and a moment without a zone are taken, too."""

from __future__ import annotations

import pytest
from miragic_mock.language.clocks import parse_moment


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-02", 86_400),
        ("1970-01-01T00:00:01", 1),
        ("1970-01-01t00:00:01.5z", 1.5),
        ("1970-01-01 01:00:01+01:00", 1),
    ],
)
def test_moments_are_read(text: str, seconds: float) -> None:
    assert parse_moment(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "1970-W01-4",
        "19700101",
        "1970-01-01T00",
        "1970-01-01T00:01",
        "1970-01-01T000001Z",
        "1970-01-01x00:00:01",
        "1970-01-01T00:00:01+0100",
        "1970-01-01T00:00:01,5Z",
        "١٩٧٠-01-01",
        "1970-01-01T00:00:01Z\n",
    ],
)
def test_what_rfc_3339_does_not_have_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse_moment(text)
