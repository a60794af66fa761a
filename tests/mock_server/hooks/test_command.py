"""The shipped hook that runs an operator's command."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from miragic_mock.domain.jobs.job import Upload
from miragic_mock.hooks import command
from miragic_mock.transcripts.sources import (
    Submitted,
    hook,
)

DIGEST = "ab" * 32
ENGINE = """
import pathlib, sys
path, question = sys.argv[1:]
print("heard", len(pathlib.Path(path).read_bytes()), "bytes:", question)
"""


def test_any_engine_with_a_command_line_is_a_hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped hook runs the operator's command; the question is one argument, whatever is in it."""
    engine = tmp_path / "engine.py"
    engine.write_text(ENGINE)
    upload = tmp_path / "up load.mp3"
    upload.write_bytes(b"abc")
    monkeypatch.setenv(command.COMMAND_VARIABLE, f'"{sys.executable}" "{engine}" {{path}} {{question}}')
    source = hook("miragic_mock.hooks.command:transcribe")
    heard = source(Submitted(Upload("a", "mp3", 3, DIGEST), "$(rm) ; {path}", path=upload))
    assert heard == "heard 3 bytes: $(rm) ; {path}"


@pytest.mark.parametrize(
    ("set_to", "message"),
    [
        ("", "set MIRAGIC_MOCK_COMMAND"),
        ("no-such-engine {path}", "cannot run 'no-such-engine'"),
        ("{python} -c \"import sys; sys.exit('out of tune')\"", "ended with 1: out of tune"),
        ('{python} -c "import sys; sys.exit(3)"', "ended with 3"),
    ],
)
def test_an_engine_that_fails_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, set_to: str, message: str
) -> None:
    """The last line of the engine's complaint reaches the job's error message."""
    monkeypatch.setenv(command.COMMAND_VARIABLE, set_to.replace("{python}", f'"{sys.executable}"'))
    with pytest.raises(RuntimeError, match=message):
        command.transcribe(tmp_path, "q")


def test_an_engine_that_takes_too_long_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine is stopped after a time limit, and the error says so."""
    monkeypatch.setattr(command, "TIMEOUT_S", 0.05)
    monkeypatch.setenv(
        command.COMMAND_VARIABLE, f'"{sys.executable}" -c "import threading; threading.Event().wait()"'
    )
    with pytest.raises(RuntimeError, match="took longer"):
        command.transcribe(tmp_path, "q")
