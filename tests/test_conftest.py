"""The rule that no test leaves anything running is enforced."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

GUARD: Final = (Path(__file__).parent / "conftest.py").read_text(encoding="utf-8")

THREAD: Final = """
import threading
release = threading.Event()
def test_leaves_a_thread():
    threading.Thread(target=release.wait, args=(30,), name="forgotten").start()
def test_frees_it():
    release.set()
"""

DAEMON: Final = """
import threading
release = threading.Event()
def test_leaves_a_server_of_ours():
    threading.Thread(target=release.wait, name="miragic-mock", daemon=True).start()
def test_frees_it():
    release.set()
"""

CHILD: Final = """
import subprocess, sys
left = []
def test_leaves_a_process():
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    left.append(subprocess.Popen([sys.executable, "-c", "input(print('up', flush=True))"], **pipes))
    assert left[0].stdout.readline()
def test_frees_it():
    left[0].communicate()
"""


@pytest.mark.parametrize(
    ("source", "culprit"),
    [
        pytest.param(THREAD, "forgotten", id="thread"),
        pytest.param(DAEMON, "miragic-mock", id="daemon thread of ours"),
        pytest.param(
            CHILD,
            "input",
            id="child process",
            marks=pytest.mark.skipif(
                not Path("/proc/self/task").is_dir(), reason="children are read from /proc"
            ),
        ),
    ],
)
def test_a_test_that_leaves_something_running_fails(
    pytester: pytest.Pytester, source: str, culprit: str
) -> None:
    """A test whose thread, server or process outlives it fails, and the message names what was left."""
    pytester.makeconftest(GUARD.replace("GRACE_S: Final = 2.0", "GRACE_S: Final = 0.05"))
    pytester.makepyfile(source)
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_leaves*", f"left running*{culprit}*"])


def test_what_a_wider_fixture_starts_may_stay(pytester: pytest.Pytester) -> None:
    """A thread of a session fixture belongs to the session, not to the test that used it first."""
    pytester.makeconftest(GUARD)
    pytester.makepyfile("""
        import threading, pytest
        @pytest.fixture(scope="session")
        def shared():
            release = threading.Event()
            thread = threading.Thread(target=release.wait)
            thread.start()
            yield
            release.set()
            thread.join()
        def test_asks_late(request):
            request.getfixturevalue("shared")
    """)
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
