"""The options of a submission stand in one place: what is added there is everywhere."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import miragic_stt
import pytest
from miragic_stt import UsageError
from miragic_stt._submission import OPTIONS, Submission, SubmissionOptions

ROOT = Path(__file__).parents[2]

# The edit that a new optional form field needs.
ANCHOR = "    question: Annotated[\n"
LANGUAGE = """\
    language: Annotated[
        str | None,
        Option(field="lang", flag="--language", help="the language that is spoken", metavar="CODE"),
    ]
"""

# Run on a copy of the package with that edit: what the field does in forms, journals and the command line.
PROGRAM = """
import asyncio, contextlib, io, json, sys
from pathlib import Path

import responses
import miragic_stt
from miragic_stt.__main__ import main
from tests.client.stage import Stage, World

SOUND = ("0.wav", b"RIFF\\x24\\x08\\x00\\x00WAVE" + bytes(100))
journal = Path(sys.argv[1])


def submissions(*calls, **options):
    stage = Stage(World())
    client = stage.client(*[stage.created(), stage.completed("hi")] * len(calls))
    for call in calls:
        call(client)
    return [seen.body.decode("latin-1") for seen in stage.seen if seen.method == "POST"]


def asynchronous(**options):
    stage = Stage(World())
    asyncio.run(stage.async_client(stage.created(), stage.completed("hi")).transcribe(SOUND, **options))
    return stage.seen[0].body.decode("latin-1")


def many(**options):
    return lambda client: client.transcribe_many([SOUND], journal=journal, **options)


def command(*words):
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown), responses.RequestsMock() as api:
        api.post("http://stt.test/api/v1/speech-to-text/generate", json={"jobId": "job-1"})
        code = main(["submit", "sound.wav", "--base-url", "http://stt.test", *words])
        return code, api.calls[0].request.body.decode("latin-1")


def help_text():
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown), contextlib.suppress(SystemExit):
        main(["submit", "--help"])
    return shown.getvalue()


Path("sound.wav").write_bytes(SOUND[1])
print(json.dumps({
    "package": miragic_stt.__file__,
    "forms": submissions(
        lambda client: client.submit(SOUND, language="en"),
        lambda client: client.transcribe(SOUND),
        lambda client: client.transcribe(SOUND, language="de"),
    ),
    "asynchronous": asynchronous(language="en"),
    "batches": submissions(many(), many(language="en"), many(language="de"), many(language="en")),
    "command": command("--language", "en"),
    "help": help_text(),
}))
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What the program saw."""
    folder = tmp_path_factory.mktemp("copy")
    package = folder / "miragic_stt"
    shutil.copytree(Path(miragic_stt.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    declaration = package / "_submission.py"
    source = declaration.read_text("utf-8")
    assert source.count(ANCHOR) == 1
    declaration.write_text(source.replace(ANCHOR, LANGUAGE + ANCHOR), "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "journal"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "MIRAGIC_API_KEY": "key"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert Path(seen["package"]).is_relative_to(folder)
    return seen


def sent(form):
    """The value of the new field in a form; None where it is not sent."""
    _, found, rest = form.partition('name="lang"\r\n\r\n')
    return rest.split("\r\n")[0] if found else None


def test_a_new_field_is_sent_by_every_call(seen):
    """It is left out where the caller leaves it out."""
    assert [sent(form) for form in seen["forms"]] == ["en", None, "de"]
    assert sent(seen["asynchronous"]) == "en"


def test_a_journal_tells_recordings_apart_by_a_new_field(seen):
    """Without it and with two values: three submissions. The fourth call waits for an earlier job."""
    assert [sent(form) for form in seen["batches"]] == [None, "en", "de"]


def test_the_command_line_has_an_option_for_a_new_field(seen):
    """With its help text."""
    code, form = seen["command"]
    assert (code, sent(form)) == (0, "en")
    assert "--language CODE" in seen["help"]
    assert "the language that is spoken" in seen["help"]


def test_a_journal_of_before_still_knows_its_recordings(stage, tmp_path):
    """A key is made as it always was, so that no new version of this client pays for a recording again."""
    key = "45c6c0272232e3299f809b8a493b401abb68319e2a2841ac6f7ca41192c7558f"
    journal = tmp_path / "journal"
    stage.client(stage.created(), stage.completed()).transcribe_many(
        [("0.wav", b"RIFF\x24\x08\x00\x00WAVE" + bytes(100))], journal=journal
    )
    assert json.loads(journal.read_text("utf-8").splitlines()[0])["key"] == key


def settle(method, *arguments, **options):
    result = method(*arguments, **options)
    return asyncio.run(result) if asyncio.iscoroutine(result) else result


@pytest.mark.parametrize("method", ["submit", "transcribe", "transcribe_many"])
@pytest.mark.parametrize("is_async", [False, True])
def test_an_unknown_option_is_named(stage, method, is_async):
    """The error is Python's own for an unknown argument."""
    client = stage.async_client() if is_async else stage.client()
    with pytest.raises(TypeError, match="unexpected keyword argument 'langauge'"):
        settle(getattr(client, method), [], langauge="en")


def test_an_option_that_is_no_text_is_named(stage, wav):
    """Nothing is sent."""
    with pytest.raises(UsageError, match="the question must be a text, not 5"):
        stage.client().submit(wav, question=5)


def test_every_option_is_explained_to_users():
    """Where an editor shows it."""
    for name in OPTIONS:
        assert f"{name}: " in SubmissionOptions.__doc__


def test_options_that_are_left_out_have_their_defaults():
    """The format is found in the audio."""
    submission = Submission({})
    assert submission.audio_format is None
    assert submission.form(audio_format="mp3") == {
        "audio_format": "mp3",
        "question": "Transcribe this audio:",
    }
