"""A short version of `make trust`: the same measurements, on a small scale.

What takes long there takes seconds here. Nothing is judged by how fast the machine is.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from . import __main__ as trust
from .good_client import Seen
from .kills import kills
from .line import Line, not_run
from .neighbours import beside
from .soak import soak
from .suites import SUITES, Suite, run

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kills groups of processes, and reads /proc")


def silent(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def after_kills() -> list[Line]:
    """The lines of three kills."""
    return list(kills(3, progress=silent))


def test_what_was_acknowledged_survives(after_kills: list[Line]) -> None:
    """After each kill all jobs are there, and the ledger knows of no other."""
    assert [(line.verdict, line.measured) for line in after_kills[:2] if not line.is_kept] == []


def test_a_killed_server_leaves_no_folder_for_long(after_kills: list[Line]) -> None:
    """The next server clears up what the killed one could not."""
    assert after_kills[2].is_kept, after_kills[2]


@pytest.mark.parametrize(
    ("server", "tls", "options"),
    [("granian", False, ()), ("threads", True, ("--max-connections", "40"))],
)
def test_nobody_is_kept_out_by_those_who_get_nowhere(
    server: str, tls: bool, options: tuple[str, ...]
) -> None:
    """Beside sixty connections of each kind, also where there are fewer places, a good client is answered."""
    lines = list(beside(server, tls=tls, connections=60, seconds=0.4, options=options))
    assert len(lines) == (8 if tls else 7)
    assert [line for line in lines if ", 0 of " not in line.measured or " 0 of 0 " in line.measured] == []


@pytest.mark.parametrize("server", ["granian", "threads"])
def test_tenants_come_and_go(server: str) -> None:
    """The soak runs, every tenant is served again and again, and nothing is refused."""
    (line,) = soak(2.5, 40, server, progress=silent)
    assert "tenants served a second" in line.measured, line


def test_the_suites_that_are_named_are_there() -> None:
    """Each part of the table that pytest measures has tests."""
    assert [path for suite in SUITES for path in suite.paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize(
    ("body", "is_kept", "measured"),
    [
        ("def test_a(): pass", True, "0 of 1 failed"),
        ("def test_a(): assert 0\ndef test_b(): pass", False, "1 of 2 failed"),
        ("", False, "0 of 0 failed"),
    ],
)
def test_a_suite_is_counted(tmp_path: Path, body: str, is_kept: bool, measured: str) -> None:
    """What pytest says becomes a line; no tests at all are no success."""
    (tmp_path / "test_sample.py").write_text(body)
    (line,) = run(Suite("sample", "it holds", (str(tmp_path),)))
    assert (line.is_kept, line.measured) == (is_kept, measured)


def test_a_suite_without_its_program_is_not_run() -> None:
    """The line says what is missing, and nothing is broken by it."""
    (line,) = run(Suite("sample", "it holds", (), needs="no-such-program"))
    assert (line.is_kept, line.measured) == (None, "not run: no no-such-program")


@pytest.mark.parametrize(("is_kept", "status"), [(True, 0), (None, 0), (False, 1)])
def test_a_broken_bound_is_the_exit_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], is_kept: bool | None, status: int
) -> None:
    """Each line stands in the table with its bound, and the exit status is 1 where one is broken."""
    lines = [Line("a [promise]", "< 1", "0.5\x1b", is_kept), not_run("another", "none", "no reason")]
    monkeypatch.setattr(trust, "_parts", lambda options: {"sample": partial(iter, lines)})
    assert trust.main([]) == status
    printed = capsys.readouterr().out
    assert "a [promise]" in printed
    assert lines[0].verdict in printed
    assert "\x1b]" not in printed
    assert trust.main(["--json"]) == status
    read: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    assert [entry["kept"] for entry in read] == [is_kept, None]


def test_too_few_open_files_are_said() -> None:
    """What is needed is named before anything starts."""
    with pytest.raises(SystemExit, match="ulimit -Hn"):
        trust.main(["--connections", "1000000000", "kills"])


def test_a_percentile_is_of_what_was_answered() -> None:
    """Where nothing was answered no bound is kept."""
    assert Seen([float(n) for n in range(1, 101)]).percentile_ms(0.99) == 99
    assert Seen().percentile_ms(0.99) == float("inf")


def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    """The servers that it started end with it, and their folders are gone."""
    command = [sys.executable, "-m", "tests.trust", "kills", "--kills", "1000"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        process.stderr.readline()
        while not list(tmp_path.glob("trust-*/mock.db")):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    assert [line for line in command_lines() if str(tmp_path) in line] == []
    assert list(tmp_path.iterdir()) == []


def command_lines() -> Iterator[str]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it has just ended
            continue
