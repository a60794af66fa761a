"""Where texts come from, and that a name a client chose never becomes a path."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from miragic_mock.domain.jobs.job import Upload
from miragic_mock.errors import TranscriptError
from miragic_mock.transcripts.made_up import WORDS_PER_S, seeded
from miragic_mock.transcripts.sources import Submitted, by_hash, first_of, fixed, hook, sidecar

DIGEST = "ab" * 32


def submitted(
    name: str = "hello.mp3",
    *,
    duration_s: float | None = None,
    seed: int = 0,
    digest: str = DIGEST,
    path: Path | None = None,
) -> Submitted:
    return Submitted(Upload(name, "mp3", 3, digest, duration_s), "What was said?", seed, path)


# fixed ---------------------------------------------------------------------------------------------------


def test_a_fixed_text_is_always_the_same(tmp_path: Path) -> None:
    """A text as given, from a file, or one that begins with an @ of its own."""
    (tmp_path / "said.txt").write_text("\ufeffé from a file\n", encoding="utf-8")
    assert fixed("hello")(submitted()) == "hello"
    assert fixed("")(submitted()) == ""
    assert fixed(f"@{tmp_path / 'said.txt'}")(submitted()) == "é from a file"
    assert fixed("@@home")(submitted()) == "@home"


def test_a_file_that_cannot_be_read_is_an_error_at_start(tmp_path: Path) -> None:
    """Missing, no text, or too long: the error names the file."""
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "long.txt").write_bytes(b"x" * (4 * 1024 * 1024 + 1))
    for name in ("missing.txt", "binary.txt", "long.txt"):
        with pytest.raises(TranscriptError, match=name):
            fixed(f"@{tmp_path / name}")


# sidecar -------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Texts beside a secret that lies outside."""
    (tmp_path / "secret.txt").write_text("secret")
    texts = tmp_path / "texts"
    texts.mkdir()
    for name, text in {"hello.txt": " Hello there. \n", "Größe.txt": "how large", "notes.md": "no"}.items():
        (texts / name).write_text(text, encoding="utf-8")
    (texts / "dir.txt").mkdir()
    return texts


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("hello.mp3", "Hello there."),
        ("HELLO.WAV", "Hello there."),
        ("hello", "Hello there."),
        ("hello[done-after=3s].mp3", "Hello there."),
        ("[credits=1]hello[done=never].mp3", "Hello there."),
        ("some/where/hello.mp3", "Hello there."),
        ("C:\\Users\\me\\hello.mp3", "Hello there."),
        ("gro\u0308ße.mp3", "how large"),
        ("other.mp3", None),
        ("notes.mp3", None),
        ("dir.mp3", None),
        ("hello.txt.mp3", None),
        ("hello[.mp3", None),
        ("", None),
    ],
)
def test_the_text_beside_the_upload(folder: Path, name: str, text: str | None) -> None:
    """Found by the bare name, without tags, case or folders."""
    assert sidecar(folder)(submitted(name)) == text


@pytest.mark.parametrize(
    "name",
    [
        "../secret.mp3",
        "..\\secret.mp3",
        "texts/../../secret.mp3",
        "/etc/passwd",
        "C:\\secret.mp3",
        "C:secret.mp3",
        "\\\\host\\share\\secret",
        "..",
        ".",
        "secret.txt\x00.mp3",
        "*",
        "h?llo.mp3",
    ],
)
def test_a_name_is_no_path(folder: Path, name: str) -> None:
    """Parents, absolute paths, drives, shares, null bytes and patterns lead nowhere."""
    assert sidecar(folder)(submitted(name)) is None


@pytest.fixture(scope="module")
def guarded_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one text, in a folder with another, and with a text for every single letter outside."""
    outside = tmp_path_factory.mktemp("outside")
    inside = outside / "inside"
    inside.mkdir()
    (inside / "a.txt").write_text("inside")
    for letter in "abcxyz.":
        (outside / f"{letter}.txt").write_text("outside")
    return inside


@given(st.text(alphabet="abc./\\:[]txt\x00", max_size=12))
def test_no_name_leads_outside_the_folder(guarded_folder: Path, name: str) -> None:
    """Whatever the name is made of: a text from the folder, or none."""
    assert sidecar(guarded_folder)(submitted(name)) in {None, "inside"}


def test_a_text_added_later_is_found(folder: Path) -> None:
    """The folder may grow while the server runs."""
    source = sidecar(folder)
    assert source(submitted("new.mp3")) is None
    (folder / "new.txt").write_text("new")
    assert source(submitted("new.mp3")) == "new"


def test_a_sidecar_folder_must_be_one(tmp_path: Path) -> None:
    """A missing folder is an error at start."""
    with pytest.raises(TranscriptError, match="expected a folder"):
        sidecar(tmp_path / "missing")


# by content ----------------------------------------------------------------------------------------------


def test_a_text_by_content(tmp_path: Path) -> None:
    """From a folder of `<sha256>.txt`, or from one JSON table; digests in either case."""
    (tmp_path / f"{DIGEST.upper()}.txt").write_text("by folder\n")
    table = tmp_path / "table.json"
    table.write_text(json.dumps({DIGEST.upper(): "by table"}))
    assert by_hash(tmp_path)(submitted()) == "by folder"
    assert by_hash(table)(submitted()) == "by table"
    assert by_hash(tmp_path)(submitted(digest="00" * 32)) is None
    assert by_hash(table)(submitted(digest="00" * 32)) is None


@pytest.mark.parametrize(
    ("content", "hint"), [("{", "is not JSON"), ("[]", "one JSON object"), ('{"a": 1}', "one JSON")]
)
def test_a_table_must_be_one_of_texts(tmp_path: Path, content: str, hint: str) -> None:
    """Anything else is an error at start that names the file."""
    path = tmp_path / "table.json"
    path.write_text(content)
    with pytest.raises(TranscriptError, match=hint) as caught:
        by_hash(path)
    assert "table.json" in str(caught.value)


# seeded --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("duration_s", "words"), [(0.1, 1), (4, 10), (60, 150), (None, 25), (1e6, 2000)])
def test_seeded_text_takes_as_long_as_the_audio(duration_s: float | None, words: int) -> None:
    """Two and a half words a second; at least one word, at most two thousand."""
    text = seeded(submitted(duration_s=duration_s))
    assert len(text.split()) == words
    assert text[0].isupper()
    assert text.endswith(".")
    if duration_s == 60:
        assert words == duration_s * WORDS_PER_S


def test_seeded_text_depends_on_seed_and_content_alone() -> None:
    """The same file says the same under any name; another seed or content says something else."""
    text = seeded(submitted("a.mp3", duration_s=9))
    assert seeded(submitted("b.wav", duration_s=9)) == text
    assert seeded(submitted(duration_s=9, seed=1)) != text
    assert seeded(submitted(duration_s=9, digest="00" * 32)) != text


# hooks ---------------------------------------------------------------------------------------------------


def test_the_first_source_with_a_text_wins() -> None:
    """Sources that have none pass the question on; an empty text is a text."""
    assert first_of(lambda _: None, fixed(""), fixed("late"))(submitted()) == ""
    assert first_of(lambda _: None)(submitted()) is None
    assert first_of()(submitted()) is None


HOOKS = """
def shout(path, question):
    return question.upper() + path.read_text()

def broken(path, question):
    raise OSError("no engine")

def number(path, question):
    return 7

constant = 1
"""


@pytest.fixture
def hooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module with hooks in it."""
    name = "hooks_of_this_test"
    (tmp_path / f"{name}.py").write_text(HOOKS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, name, raising=False)
    return name


def test_a_hook_gets_the_upload_and_the_question(hooks: str, tmp_path: Path) -> None:
    """A hook gets the path and the question, and what it returns is the text."""
    path = tmp_path / "upload"
    path.write_text("!")
    assert hook(f"{hooks}:shout")(submitted(path=path)) == "WHAT WAS SAID?!"


def test_a_hook_whose_module_breaks_is_an_error_at_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module that cannot be imported is named, with what it raised."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "misspelt_hooks.py").write_text("def f(path, question) return 1\n")
    (tmp_path / "raising_hooks.py").write_text("raise RuntimeError('no GPU here')\n")
    with pytest.raises(TranscriptError, match=r"cannot import misspelt_hooks.*SyntaxError"):
        hook("misspelt_hooks:f")
    with pytest.raises(TranscriptError, match=r"cannot import raising_hooks.*RuntimeError: no GPU here"):
        hook("raising_hooks:f")


@pytest.mark.parametrize(
    ("function", "message"),
    [("broken", "raised OSError: no engine"), ("number", "gave int; it must return a str")],
)
def test_a_hook_that_fails_says_so(hooks: str, tmp_path: Path, function: str, message: str) -> None:
    """The error names the hook and says what went wrong."""
    with pytest.raises(TranscriptError, match=message):
        hook(f"{hooks}:{function}")(submitted(path=tmp_path))


def test_a_hook_needs_the_file(hooks: str) -> None:
    """Where the upload was not kept, a hook cannot work."""
    with pytest.raises(TranscriptError, match="was not kept"):
        hook(f"{hooks}:shout")(submitted())


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (":shout", "expected a hook as module:function"),
        ("json", "expected a hook as module:function"),
        ("json:not a name", "expected a hook as module:function"),
        ("no.such.module:f", "cannot find the hook"),
        ("json:nothing", "cannot find the hook"),
        ("hooks_of_this_test:constant", "is not a function"),
    ],
)
def test_a_hook_that_is_not_there_is_an_error_at_start(hooks: str, function: str, message: str) -> None:
    """The error says how a hook is named."""
    with pytest.raises(TranscriptError, match=message):
        hook(function)
