"""A server that says every form of the key and of control text: nothing of it reaches a reader as it is."""

from __future__ import annotations

import pickle
import sys

import pytest
from miragic_stt import MiragicError

from tests.client.cli.service import JOB, SUBMIT
from tests.hostile import COMMAND, CONTROL, is_said, rows, spellings

KEY = "sk_live_" + "0123456789abcdef"
TEXTS = [pytest.param(text, id=name) for kind in ("controls", "commands") for name, text in rows(kind)]
KEYS = [pytest.param(text, id=name) for name, text in spellings(KEY)]


@pytest.fixture(autouse=True)
def key(run, monkeypatch):
    monkeypatch.setenv("MIRAGIC_API_KEY", KEY)


def is_clean(text):
    return not (CONTROL.search(text.replace("\n", "")) or COMMAND.search(text) or is_said(KEY, text))


@pytest.mark.parametrize("said", [*TEXTS, *KEYS])
@pytest.mark.parametrize("options", [(), ("--json",), ("--progress", "always")])
def test_what_a_server_says_is_printed_harmlessly(run, api, talk, said, options):
    """As an error, a reason, an id or a status, to both outputs."""
    lines = 1 if not options else 99
    api.post(SUBMIT, json={"success": False, "error": {"code": said, "message": said}}, status=400)
    progress = options[:1] == ("--progress",)
    for words in [("transcribe", talk), ("submit", talk)]:
        _, out, err = run(*words, *options)
        assert is_clean(out + err)
        assert err.count("\n") <= lines
    api.get(JOB, json={"data": {"id": "job-1", "status": "FAILED", "errorMessage": said, "x": {said: said}}})
    _, out, err = run("wait", "job-1", *options)
    assert is_clean(out + err)
    if not progress:
        api.replace("GET", JOB, json={"data": {"id": "job-1", "status": said, "transcription": "t"}})
        _, out, err = run("status", "job-1", *options)
        assert is_clean(out + err)
        api.replace("POST", SUBMIT, json={"data": {"jobId": said, "status": "PENDING"}}, status=201)
        _, out, err = run("submit", talk, *options)
        assert is_clean(out + err)


@pytest.mark.parametrize("said", [text for text in [*TEXTS, *KEYS] if "\0" not in text.values[0]])
def test_what_a_user_names_is_printed_harmlessly(run, said):
    """Of a folder full of strange files, or a key typed in the wrong place."""
    for words in [("transcribe", said), ("transcribe", "x", said), ("submit", said), ("wait", "--", said)]:
        _, out, err = run(*words)
        assert is_clean(out + err)


@pytest.mark.parametrize("said", KEYS)
def test_an_error_holds_the_key_nowhere(stage, said):
    """Not in its text, its attributes or its pickle."""
    client = stage.client(
        stage.reply(404, {"error": {"code": said, "message": said}}, headers={"X-Request-Id": said})
    )
    with pytest.raises(MiragicError) as caught:
        client.get("job-1")
    shown = f"{caught.value} {caught.value!r} {vars(caught.value)} {pickle.dumps(caught.value)!r}"
    assert said not in shown or not is_said(stage.key, said)


def test_a_transcript_is_harmless_to_a_terminal_and_whole_to_a_pipe(run, api, monkeypatch):
    """The text is the product: only what would steer a terminal is shown as an escape, and only there."""
    text = "one\x1b[31m\ntwo"
    api.get(JOB, json={"data": {"id": "job-1", "status": "COMPLETED", "transcription": text}})
    assert run("wait", "job-1") == (0, f"{text}\n", "")
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda _: True, raising=False)
    assert run("wait", "job-1", "--progress", "never")[1] == "one\\x1b[31m\ntwo\n"


def test_a_file_that_is_called_like_an_option_steers_nothing(run):
    """As the shell puts it there for a star."""
    code, out, err = run("transcribe", "x", "--\x1b]0;owned\x07\n::error::" + KEY)
    assert code == 2
    assert is_clean(out + err)
