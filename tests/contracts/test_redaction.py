"""No key reaches anything that is written."""

from __future__ import annotations

import base64
import html
import json
import time
import urllib.parse
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from miragic_contracts.harmless import harmless, harmless_json, harmless_line
from miragic_contracts.redaction import (
    FIRST_MARKER,
    SECOND_MARKER,
    TRUNCATED_MARKER,
    KeyLeakError,
    Redactor,
    redactor_for,
)

from tests.hostile import COMMAND, CONTROL, is_said, rows, spellings

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


TOKEN = "sk_live_Q7xZ2pLm9Tv4Wc8R"


@pytest.mark.parametrize(("name", "text"), [*spellings(TOKEN)], ids=[name for name, _ in spellings(TOKEN)])
def test_a_key_is_found_however_it_is_spelt(name: str, text: str) -> None:
    """Each spelling of the corpus gives the key away, and no longer does after redaction; the rest stays."""
    assert is_said(TOKEN, text)
    for said in (f'before "{text}" after', f"{{{json.dumps(text)}: 1}}", html.escape(text)):
        clean = redactor_for(TOKEN).text(said)
        assert FIRST_MARKER in clean
        assert not is_said(TOKEN, clean)
    assert redactor_for(TOKEN).text(f'before "{text}" after').startswith('before "')


@pytest.mark.parametrize("said", ["The Miragic API key is missing.", "miragic api keys", "MIRAGIC API-KEY"])
def test_words_of_a_sentence_are_no_key(said: str) -> None:
    """A key made of words alone is not seen in a sentence that has these words."""
    assert redactor_for("miragic-api-key").text(said) == said


def test_a_key_that_is_part_of_its_marker_is_replaced() -> None:
    """Redaction ends, and is complete, where the marker itself has the letters of the key."""
    clean = redactor_for("miragic_api_key").cleaned("a miragic_api_key b", "report")
    assert clean == f"a {FIRST_MARKER} b"


@given(text=st.text(alphabet=st.characters(), max_size=60))
def test_text_without_a_key_stays_as_it_is(text: str) -> None:
    """Nothing else is touched, whatever it looks like."""
    redactor = redactor_for(TOKEN, SECOND)
    assert redactor.text(text) == text
    assert redactor.data(text.encode(errors="surrogatepass")) == text.encode(errors="surrogatepass")


WORST = [
    "=", "\\", "A", "%25", "&amp;", "41", "QUFB", "sk_live_Q7xZ", "&#0", "\\u{0", "A\n", "AAAAAAAA\n",
    "sklive",
]  # fmt: skip


@pytest.mark.parametrize("piece", WORST)
@pytest.mark.parametrize("keys", [1, 300])
def test_the_work_grows_with_the_text_and_no_faster(piece: str, keys: int) -> None:
    """Four times the text takes about four times as long, whatever it says, with one key and with many."""
    redactor = redactor_for(TOKEN, others=[f"sk_live_{number:020}" for number in range(keys)])
    texts = [(piece * (1 << 16))[: 1 << size] for size in (14, 16)]
    took = [min(timed(lambda text=text: redactor.text(text)) for _ in range(3)) for text in texts]
    assert took[1] < 10 * took[0]


def timed(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


@pytest.mark.parametrize("kind", ["controls", "commands"])
def test_nothing_is_steered_by_a_strangers_text(kind: str) -> None:
    """Text of the corpus holds no control and no command when it is harmless; JSON means the same."""
    for name, text in rows(kind):
        for clean in (harmless(text), harmless_line(f"got {text}")):
            assert not CONTROL.search(clean), name
            assert not COMMAND.search(clean), name
        assert "\n" not in harmless_line(text)
        document = json.dumps([text], ensure_ascii=False)
        assert json.loads(harmless_json(document)) == [text]
        assert not CONTROL.search(harmless_json(document)), name
        assert not COMMAND.search(harmless_json(document)), name


@pytest.mark.parametrize(
    "said", ["", "Wörter\nund Zeilen", "http://[fe80::1]:80/", "a: b", "12::34", "C#, F#", "日本"]
)
def test_ordinary_text_is_harmless_as_it_is(said: str) -> None:
    """Line breaks, addresses and other scripts stay."""
    assert harmless(said) == said
