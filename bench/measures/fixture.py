"""Target 7: the time that the pytest fixture adds to a test once the server runs.

Rule: whole runs of pytest are timed, with few tests and with many. The difference is the cost of the tests
alone, without what pytest and the server cost once.
"""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Final

from ..field import Bench
from ..results import Figure, Goal, Outcome
from ..servers import PYTHON, BenchError

_FEW: Final = 50
_MANY: Final = 650
_WITH: Final = "a test with the fixture"
_WITHOUT: Final = "a test without"
_TESTS: Final = """
import pytest

@pytest.mark.parametrize("n", range({count}))
def test_nothing({fixture}n):
    pass
"""


def measure(bench: Bench) -> Outcome:
    """Measure the milliseconds per test, with the fixture and without."""
    took: dict[str, list[float]] = {_WITH: [], _WITHOUT: []}
    for _ in range(bench.effort.rounds):
        for name, fixture in ((_WITH, "miragic_mock, "), (_WITHOUT, "")):
            few, many = (_run_s(bench, fixture, count) for count in (_FEW, _MANY))
            took[name].append((many - few) / (_MANY - _FEW) * 1000)
    cost = tuple(a - b for a, b in zip(took[_WITH], took[_WITHOUT], strict=True))
    added = Figure("the fixture", "ms", cost)
    return Outcome(
        7,
        "The pytest fixture",
        f"Runs of {_MANY} empty tests less runs of {_FEW}, divided by the difference.",
        (*(Figure(name, "ms", tuple(values)) for name, values in took.items()), added),
        (Goal("the fixture adds to a test", added.median, 5.0, "at most", "ms"),),
    )


def _run_s(bench: Bench, fixture: str, count: int) -> float:
    """Run `count` tests and return the seconds it took."""
    file: Path = bench.file("test_nothing.py", _TESTS.format(count=count, fixture=fixture).encode())
    options = ["-q", "-p", "no:cacheprovider", "-c", str(bench.file("pytest.ini", b"[pytest]\n"))]
    started = time.perf_counter()
    finished = subprocess.run(
        [PYTHON, "-m", "pytest", *options, str(file)],
        cwd=bench.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:
        raise BenchError(f"pytest failed: {(finished.stdout + finished.stderr)[-500:].strip()}")
    return time.perf_counter() - started
