"""`make demo` shows what it promises, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

DEMO: Final = Path(__file__).parents[2] / "demo" / "demo.py"
RECORDINGS: Final = DEMO.parent / "recordings"


def start() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(DEMO)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_the_demo_transcribes_and_fails_as_it_should() -> None:
    """The demo prints the words of both recordings and the exit status of a failed job, and ends with 0."""
    with start() as demo:
        shown, errors = demo.communicate(timeout=60)
    assert demo.returncode == 0, errors
    for sidecar in RECORDINGS.glob("*.txt"):
        assert sidecar.read_text(encoding="utf-8").strip() in shown
    assert "exit status 1" in shown


@pytest.mark.skipif(os.name == "nt", reason="process groups are POSIX")
def test_ctrl_c_stops_the_demo_and_its_mock() -> None:
    """Ctrl-C reaches the whole group, as from a terminal: exit status 130, no traceback, no mock left."""
    with start() as demo:
        assert demo.stdout is not None
        for line in demo.stdout:
            if line.startswith("$ miragic-stt"):
                break
        os.killpg(demo.pid, signal.SIGINT)
        # Returns at the end of stderr, which every process of the demo holds: when the last of them has gone.
        _, errors = demo.communicate(timeout=30)
    assert demo.returncode == 130
    assert "Traceback" not in errors


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="/proc tells who the demo's children are")
def test_ctrl_c_that_only_the_command_got_stops_the_demo_too() -> None:
    """A command that ends by Ctrl-C before the demo has noticed it stops the demo, and is no failure."""
    with start() as demo:
        children = Path(f"/proc/{demo.pid}/task/{demo.pid}/children")
        while not (clients := [pid for pid in children.read_text().split() if is_client(pid)]):
            assert demo.poll() is None
        os.kill(int(clients[0]), signal.SIGINT)
        _, errors = demo.communicate(timeout=30)
    assert demo.returncode == 130, errors


def is_client(pid: str) -> bool:
    try:
        return b"miragic-stt" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
