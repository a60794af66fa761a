"""The client's boundary, held to the corpus that all packages share."""

from __future__ import annotations

import json

import pytest
from miragic_stt._outside.harmless import harmless, harmless_json, harmless_line
from miragic_stt._secrets import ApiKey

from tests.hostile import COMMAND, CONTROL, is_said, rows, spellings

KEY = "sk_live_" + "0123456789abcdef"
HOSTILE = [pytest.param(text, id=name) for kind in ("controls", "commands") for name, text in rows(kind)]


@pytest.mark.parametrize("spelt", [pytest.param(text, id=name) for name, text in spellings(KEY)])
def test_no_spelling_of_the_key_stands(spelt):
    """In a line of text, and in the body of an answer."""
    assert not is_said(KEY, ApiKey(KEY).hide_in(f"said {spelt} there"))
    body = json.dumps({"said": spelt}).encode()
    assert not is_said(KEY, ApiKey(KEY).hide_in_bytes(body).decode())
    assert json.loads(ApiKey(KEY).hide_in_bytes(body))


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_is_steered(text):
    """Neither by one line nor by several."""
    line = harmless_line(text)
    assert not CONTROL.search(line)
    assert "\n" not in line
    for shown in (line, harmless(text)):
        assert not CONTROL.search(shown)
        assert not COMMAND.search(shown)


@pytest.mark.parametrize("text", HOSTILE)
def test_json_means_the_same_and_steers_nothing(text):
    """What may stand in a string of JSON as it is may still steer a terminal."""
    shown = harmless_json(json.dumps({"said": text}, ensure_ascii=False, indent=2))
    assert json.loads(shown) == {"said": text}
    assert not CONTROL.search(shown)
    assert not COMMAND.search(shown)
