"""The Makefile's search for a Python takes one that works, passes over others, and says what is missing."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

FIND_PYTHON: Final = Path(__file__).parents[1] / ".ci" / "find-python"

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the Makefile is for systems with sh")


def find(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the search with `path` as the only folder to look in."""
    sh = shutil.which("sh")
    assert sh is not None
    return subprocess.run(
        [sh, str(FIND_PYTHON), *arguments],
        env={"PATH": str(path), "HOME": str(path)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def install(path: Path, name: str, line: str) -> None:
    path.mkdir(parents=True, exist_ok=True)
    program = path / name
    program.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
    program.chmod(0o755)


THIS_PYTHON: Final = f'exec {shlex.quote(sys.executable)} "$@"'
THIS_VERSION: Final = "{}.{}".format(*sys.version_info)


def test_what_does_not_run_is_passed_over(tmp_path: Path) -> None:
    """A name on PATH that fails, as pyenv's shims do, does not end the search."""
    install(tmp_path, "python3", "exit 127")
    install(tmp_path, "python3.12", THIS_PYTHON)
    assert find(tmp_path).stdout.strip() == sys.executable


def test_another_version_is_not_taken(tmp_path: Path) -> None:
    """Asked for one version, a Python of another is no answer, and the message says what was sought."""
    install(tmp_path, "python3", THIS_PYTHON)
    found = find(tmp_path, "3.99")
    assert (found.returncode, found.stdout) == (1, "")
    assert "Python 3.99" in found.stderr


def test_a_version_that_pyenv_keeps_is_found(tmp_path: Path) -> None:
    """A version outside PATH is found where pyenv installs it."""
    install(tmp_path / ".pyenv" / "versions" / f"{THIS_VERSION}.0" / "bin", "python", THIS_PYTHON)
    assert find(tmp_path, THIS_VERSION).stdout.strip() == sys.executable


def test_nothing_found_says_what_to_do(tmp_path: Path) -> None:
    """Without any Python the message says which is needed and how to name one."""
    found = find(tmp_path)
    assert found.returncode == 1
    assert "3.11 or later" in found.stderr
    assert "make PYTHON=" in found.stderr
