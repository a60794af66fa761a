"""The key: used in one header, seen nowhere else."""

from __future__ import annotations

import io
import logging
import pickle
import traceback

import pytest
import requests
from miragic_stt import ApiKeyError, AsyncClient, Client, MiragicError, UsageError
from miragic_stt._secrets import ApiKey, redact

KEY = "sk_live_" + "0123456789abcdef"


@pytest.mark.parametrize("key", [None, "", "   ", "\n", 5, b"key"])
def test_a_missing_key_is_refused_with_the_name_of_the_variable(key, monkeypatch):
    """An empty variable is a missing one."""
    monkeypatch.setenv("MIRAGIC_API_KEY", key if isinstance(key, str) else "")
    with pytest.raises(ApiKeyError, match="MIRAGIC_API_KEY"):
        Client(key)


def test_the_key_comes_from_the_environment(monkeypatch, stage):
    """What is passed comes before what the environment says; white space around it is dropped."""
    monkeypatch.setenv("MIRAGIC_API_KEY", " from-environment\n")
    for given, sent in ((None, "from-environment"), ("passed", "passed")):
        client = Client(given, stage.base, session=session_of(stage, stage.pending()))
        client.get("job-1")
        assert stage.seen[-1].headers["x-api-key"] == sent


def session_of(stage, *script):
    stage.client(*script)
    session = requests.Session()
    session.mount("http://", stage.adapter)
    return session


@pytest.mark.parametrize("key", ["two words", "line\nend", "schlüssel", "tab\tbed"])
def test_a_key_that_no_header_can_carry_is_refused_unseen(key):
    """The error names the problem, not the key."""
    with pytest.raises(ApiKeyError) as caught:
        Client(key)
    assert key not in shown(caught.value)


def test_a_key_does_not_show():
    """Neither printed, nor formatted, nor pickled, nor in its attributes."""
    key = ApiKey(KEY)
    assert KEY not in f"{key} {key!r}"
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(key)


def test_a_client_does_not_show_its_key():
    """Clients end up in logs."""
    with Client(KEY) as client:
        assert KEY not in repr(client) + repr(vars(client))


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("key sk_live_abc-DEF_123 used", "key sk_live_*** used"),
        ("sk_test_abcdef", "sk_test_***"),
        ("sk_live_ is a prefix", "sk_live_ is a prefix"),
    ],
)
def test_what_looks_like_a_key_is_masked(text, masked):
    """Somebody else's key is no more to be shown than ours."""
    assert redact(text) == masked


def test_a_very_short_key_is_a_stand_in_and_masks_nothing():
    """Masking every k of a message would hide nothing and garble all of it."""
    assert ApiKey("k").hide_in("a kind word") == "a kind word"
    assert ApiKey("not-a-miragic-key").hide_in("not-a-miragic-key!") == "***!"


def shown(error: BaseException) -> str:
    """All that a tracker shows of an error: text, attributes, chain, variables of frames not the test's."""
    seen = io.StringIO()
    link: BaseException | None = error
    while link is not None:
        print(repr(link), str(link), vars(link), file=seen)
        for frame, _ in traceback.walk_tb(link.__traceback__):
            if frame.f_code.co_filename != __file__:
                print(frame.f_code.co_filename, frame.f_locals, file=seen)
        link = link.__cause__ or link.__context__
    return seen.getvalue()


def echo(key, status):
    """A server that repeats the key wherever it can."""
    body = f'{{"error": {{"message": "bad key {key}"}}}}'.encode()
    return {"status": status, "headers": {"X-Echo": key}, "body": body}


@pytest.mark.parametrize("key", [KEY, "of-no-known-shape"])
@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(lambda stage, key: stage.reply(**echo(key, 401)), id="refused"),
        pytest.param(lambda stage, key: stage.reply(**echo(key, 502)), id="gateway"),
        pytest.param(
            lambda stage, key: stage.reply(200, body=f"<html>{key}</html>".encode()), id="malformed"
        ),
        pytest.param(lambda stage, key: stage.broken(requests.ConnectionError(f"not {key}")), id="broken"),
        pytest.param(lambda stage, key: stage.broken(requests.ReadTimeout(key), body_bytes=3), id="stalled"),
        pytest.param(lambda stage, key: stage.broken(KeyboardInterrupt()), id="interrupted"),
    ],
)
def test_the_key_is_in_nothing_that_an_error_shows(stage, wav, reply, key, caplog):
    """Text, attributes, pickle, log, and the variables of every frame that leads to it."""
    caplog.set_level(logging.DEBUG)
    stage.client(*[reply(stage, key)] * 5)
    session = requests.Session()
    session.mount("http://", stage.adapter)
    client = Client(key, stage.base, session=session, clock=stage.world.clock, sleep=stage.world.sleep)
    with pytest.raises((MiragicError, KeyboardInterrupt)) as caught:
        client.transcribe(wav)
    assert stage.seen[0].headers["x-api-key"] == key
    assert key not in shown(caught.value)
    assert key.encode() not in pickle.dumps(caught.value)
    assert key not in caplog.text


def test_the_key_is_in_no_frame_of_a_refused_connection(wav):
    """The library below keeps the header in its variables while it connects; none of that comes along."""
    with Client(KEY, "http://127.0.0.1:1", retries=None) as client, pytest.raises(MiragicError) as caught:
        client.get("job-1", timeout_s=0.01)
    assert KEY not in shown(caught.value)


def test_the_audio_that_ends_early_shows_no_key(stage, wav):
    """An error of our own that passes through the transport has lost the transport's frames."""

    class Shrinking(io.BytesIO):
        def read(self, size=-1):
            return super().read(size) if size == 64 else b""

    session = session_of(stage, stage.created())
    with pytest.raises(UsageError, match="ended after") as caught:
        Client(KEY, stage.base, session=session).submit(Shrinking(wav))
    assert KEY not in shown(caught.value)


@pytest.mark.parametrize("url", ["https://user:word@host", "https://word@host"])
def test_credentials_in_the_base_url_are_refused(url):
    """They would be in every log line that names the server."""
    with pytest.raises(UsageError, match="user name or password") as caught:
        Client("key", url)
    assert "word@" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "backend.miragic.ai", "ftp://host", "https://", "https://host?x=1", "https://host#x", "http://[::1",
        "http://host:port", "http://host:99999", "http://host:0", 5, b"http://host",
    ],
)  # fmt: skip
def test_a_base_url_must_be_one(url):
    """The message shows what one looks like."""
    with pytest.raises(UsageError, match=r"must (look|be a text) like https://backend"):
        Client("key", url)


def test_the_base_url_is_found(monkeypatch):
    """The argument, then the environment, then the service's own; a slash at the end makes no difference."""
    assert Client("key").base_url == "https://backend.miragic.ai"
    monkeypatch.setenv("MIRAGIC_BASE_URL", "http://from-environment/")
    assert Client("key").base_url == "http://from-environment"
    assert Client("key", "http://passed/v2/").base_url == "http://passed/v2"
    assert AsyncClient("key", "http://passed/").base_url == "http://passed"
