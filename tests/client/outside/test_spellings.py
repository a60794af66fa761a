"""A key is found however it is spelt, and finding it takes no longer than reading does."""

from __future__ import annotations

import json
import time

import pytest
from miragic_stt._secrets import ApiKey

from tests.client.outside.spelt import WORST, spelt

KEYS = ["sk_live_" + "0123456789abcdef", "of-no-known-shape", "Ab+cd/efgh9"]
CASES = [pytest.param(key, name, id=f"{key[:2]} {name}") for key in KEYS for name in spelt(key)]


@pytest.mark.parametrize(("key", "name"), CASES)
def test_a_key_is_struck_out_in_every_spelling(key, name):
    """The words around it stay."""
    text = f"said {spelt(key)[name]} there"
    for clean in (ApiKey(key).hide_in(text), ApiKey(key).hide_in_bytes(text.encode()).decode()):
        assert clean.startswith("said ")
        assert clean.endswith(" there")
        assert "***" in clean
        assert spelt(key)[name] not in clean


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32-le"])
def test_a_key_is_struck_out_of_json_in_every_encoding(encoding):
    """What `json.loads` would take for JSON is searched as what it would read."""
    key = ApiKey(KEYS[0])
    for name in ("plain", "JSON escapes"):
        document = f'{{"said": "{spelt(KEYS[0])[name]}", "other": "bytes"}}'.encode(encoding)
        assert json.loads(key.hide_in_bytes(document)) == {"said": "***", "other": "bytes"}


def test_a_sentence_with_the_words_of_a_key_stays():
    """A transcript is not garbled because a stand-in for a key is made of words."""
    text = "the shape is of no known shape, said he"
    assert ApiKey("of-no-known-shape").hide_in(text) == text


def test_what_is_encoded_deeper_than_anybody_needs_is_struck_out_whole():
    """The work is bounded, and what is not undone to its end is not let through."""
    text = "%41"
    for _ in range(9):
        text = "".join(f"&#{ord(letter)};" for letter in text[:2]) + text[2:]
        text = text.replace("&", "\\u0026").replace("\\", "%5c")
    assert ApiKey(KEYS[0]).hide_in(text) == "***"


@pytest.mark.parametrize("unit", [*WORST, KEYS[0] + " ", spelt(KEYS[0])["JSON escapes"] + " "])
def test_the_work_grows_with_the_text_and_no_faster(unit):
    """Eight times the text takes about eight times as long; twice that is allowed for noise."""
    key = ApiKey(KEYS[0])

    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        took = []
        for _ in range(3):
            began = time.process_time()
            key.hide_in(text)
            took.append(time.process_time() - began)
        return min(took)

    assert seconds(160_000) < 16 * max(seconds(20_000), 0.0005)
