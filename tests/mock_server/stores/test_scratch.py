"""Temporary folders of dead processes are removed, and no others."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from miragic_mock.stores.scratch import PREFIX, Scratch, remove_abandoned

DIES = """
import os, signal
from miragic_mock.stores.scratch import Scratch
folder = Scratch()
(folder.path / "upload").write_bytes(b"sound")
print(folder.path, flush=True)
os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
"""


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("TEMP", str(tmp_path))


def test_what_a_killed_process_left_goes_with_the_next() -> None:
    """The next process that needs such a folder removes those whose owner is dead."""
    left = Path(subprocess.run([sys.executable, "-c", DIES], capture_output=True, text=True).stdout.strip())
    assert (left / "upload").read_bytes() == b"sound"
    with Scratch() as own:
        assert not left.exists()
        assert own.exists()
    assert not own.exists()


def test_a_living_process_keeps_its_folder(tmp_path: Path) -> None:
    """However many others start meanwhile."""
    with Scratch() as first, Scratch() as second:
        remove_abandoned(tmp_path)
        assert first.exists()
        assert second.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_are_left_alone_and_not_followed(tmp_path: Path) -> None:
    """Neither a link in place of a folder, nor one in place of the lock, nor one inside leads anywhere."""
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "owner.lock").touch()
    (tmp_path / f"{PREFIX}link").symlink_to(precious)
    locked = tmp_path / f"{PREFIX}lock"
    locked.mkdir()
    (locked / "owner.lock").symlink_to(precious / "owner.lock")
    inside = tmp_path / f"{PREFIX}inside"
    inside.mkdir()
    (inside / "owner.lock").touch()
    (inside / "link").symlink_to(precious)
    remove_abandoned(tmp_path)
    assert (precious / "owner.lock").exists()
    assert locked.exists()
    assert not inside.exists()


def test_a_folder_without_a_lock_is_somebody_elses(tmp_path: Path) -> None:
    """A process may be about to lock it."""
    folder = tmp_path / f"{PREFIX}new"
    folder.mkdir()
    remove_abandoned(tmp_path)
    assert folder.exists()
