"""Refusals are written as sentences."""

from __future__ import annotations

import pytest
from miragic_mock.exchange.refusals import closed


@pytest.mark.parametrize(
    ("text", "sentence"), [("so", "so."), ("so?", "so?"), ("so.", "so."), ("so…", "so…")]
)
def test_a_sentence_ends_once(text: str, sentence: str) -> None:
    """A full stop is added where no mark is."""
    assert closed(text) == sentence
