"""`python -m bench.client_removals`: does each promise of the client have a test that fails without it?

Rule: on a copy of the package as it is, every test that `tests/client/removals` names passes; on a copy
with one change of that table, each test named for the change fails. A change whose old text does not stand in
its file exactly once is an error. Each copy is tested in a process of its own, forked from one that has the
libraries loaded, two at a time.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import json
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress

from tests.client.removals import ROWS, Removal

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "client" / "miragic_stt"
TESTS = ROOT / "tests" / "client"
CLIENTS = ("test_the_client_passes", "test_the_asynchronous_client_passes")
# Loaded once, before the forks. The package under test is not among it.
PRELOAD = ["httpx", "hypothesis", "jsonschema", "miragic_mock", "pytest_timeout", "responses"]
PYTEST_OPTIONS = [
    "-q",
    "--tb=no",
    f"--rootdir={ROOT}",
    f"--config-file={ROOT}/pyproject.toml",
    "--override-ini=timeout=30",  # a client without its deadline may hang
    "-ppytest_timeout",
    "-Wignore::pytest.PytestAssertRewriteWarning",  # of what was loaded before
]


@dataclass(frozen=True)
class Trial:
    """A copy to be tested: with a change, or without one, where the tests must pass.

    Attributes:
        row: the feature; empty where nothing is changed.
        tests: what pytest is given, each of which must fail, or pass.
    """

    row: str
    removal: Removal | None
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """The result of a trial.

    Attributes:
        wrong: the tests that did not do what they must; or why the trial could not be made.
    """

    trial: Trial
    wrong: tuple[str, ...]
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the trials and print what is wrong.

    Returns:
        0 if every test passes as it is and fails without its feature, 1 if not, 2 for an unknown row.
    """
    parser = argparse.ArgumentParser(prog="python -m bench.client_removals")
    parser.add_argument("--only", metavar="ROW", help="only rows that begin with this")
    parser.add_argument("--json", action="store_true", help="for programs: one object")
    options = parser.parse_args(arguments)
    rows = {name: removals for name, removals in ROWS.items() if name.startswith(options.only or "")}
    if not rows:
        parser.error(f"no row begins with {options.only!r}; there are: {', '.join(ROWS)}")
    trials = list(trials_of(rows.items()))
    began = time.monotonic()
    verdicts = list(_with_progress(run(trials), len(trials)))
    wrong = [verdict for verdict in verdicts if verdict.wrong]
    changes = sum(trial.removal is not None for trial in trials)
    if options.json:
        document = {
            "rows": len(rows),
            "removals": changes,
            "wrong": [_document(verdict) for verdict in wrong],
        }
        print(json.dumps(document, indent=2))
    else:
        for verdict in wrong:
            print(_report(verdict))
        caught = changes - sum(verdict.trial.removal is not None for verdict in wrong)
        took_s = time.monotonic() - began
        print(f"{caught} of {changes} removals, of {len(rows)} rows, are caught by each test; {took_s:.0f} s")
    return 1 if wrong else 0


def trials_of(rows: Iterable[tuple[str, Sequence[Removal]]]) -> Iterator[Trial]:
    """Yield the trials: first the unchanged copies, in two halves, then each removal."""
    removals = [(row, removal) for row, removals in rows for removal in removals]
    named = list(dict.fromkeys(test for _, removal in removals for test in node_ids(removal.tests)))
    for half in filter(None, (named[::2], named[1::2])):
        yield Trial("", None, tuple(half))
    for row, removal in removals:
        yield Trial(row, removal, tuple(node_ids(removal.tests)))


def node_ids(tests: Iterable[str]) -> Iterator[str]:
    """Yield what pytest calls the tests of a removal; a vector is run on both clients."""
    for test in tests:
        if test.startswith("vector "):
            file, vector = test.removeprefix("vector ").split("/")
            yield from (f"{TESTS}/test_vectors.py::{client}[{file}-{vector}]" for client in CLIENTS)
        else:
            module, _, name = test.partition("::")
            yield f"{TESTS}/{module}.py::{name}"


def run(trials: Sequence[Trial]) -> Iterator[Verdict]:
    """Yield the verdicts, as they come."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    with context.Pool(2, maxtasksperchild=1) as pool:
        yield from pool.imap_unordered(judge, trials)


def judge(trial: Trial) -> Verdict:
    """Return the verdict on one trial. Call it in a process that has not imported the client."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / PACKAGE.name
        shutil.copytree(PACKAGE, copy)  # with what was compiled of it, which stays good
        problem = _change(copy, trial.removal)
        wrong = (problem,) if problem else _tested(folder, trial)
    return Verdict(trial, wrong, time.monotonic() - began)


def _change(copy: Path, removal: Removal | None) -> str | None:
    """Make the change; return why it cannot be made, or None."""
    if removal is None:
        return None
    file = copy / removal.file
    if removal.new is None:
        file.unlink()
        return None
    source = file.read_text("utf-8")
    found = source.count(removal.old or "")
    if found != 1:
        return f"the old text stands in {removal.file} {found} times, not once"
    file.write_text(source.replace(removal.old or "", removal.new), "utf-8")
    return None


def _tested(folder: str, trial: Trial) -> tuple[str, ...]:
    """Return the tests that passed though they must fail, or the other way round."""
    assert "miragic_stt" not in sys.modules, "the client of the copy must be the first one imported"
    gc.freeze()  # pytest collects garbage at its end, and what was loaded before the fork is none
    sys.path.insert(0, folder)
    os.environ["PYTHONPATH"] = folder
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # loading them takes longer than most tests
    outcomes = Outcomes()
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        pytest.main([*PYTEST_OPTIONS, *trial.tests], [outcomes])
    loaded = Path(sys.modules["miragic_stt"].__file__ or "") if "miragic_stt" in sys.modules else None
    if loaded is not None and not loaded.is_relative_to(folder):
        return (f"the tests ran on {loaded}, not on the copy",)
    must_fail = trial.removal is not None
    return tuple(test for test in trial.tests if outcomes.of(test) is not must_fail)


class Outcomes:
    """A pytest plugin that keeps which tests ran, and which failed."""

    def __init__(self) -> None:
        self._failed: dict[str, bool] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.failed:
            self._failed[report.nodeid] = self._failed.get(report.nodeid, False) or report.failed

    def of(self, test: str) -> bool | None:
        """Return whether the test failed, in any of its cases; None if it was not run."""
        wanted = str(Path(test).relative_to(ROOT)) if test.startswith("/") else test
        ran = [
            failed for name, failed in self._failed.items() if name == wanted or name.startswith(f"{wanted}[")
        ]
        return any(ran) if ran else None


def _with_progress(verdicts: Iterable[Verdict], total: int) -> Iterator[Verdict]:
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        yield from progress.track(verdicts, total=total, description="removals")


def _report(verdict: Verdict) -> str:
    removal = verdict.trial.removal
    if removal is None:
        head, word = "the package as it is:", "fails"
    else:
        head, word = f"{verdict.trial.row}: {removal.file} without {removal.old!r:.60}", "not caught by"
    return "\n".join([head, *(f"    {word}: {each.removeprefix(f'{ROOT}/')}" for each in verdict.wrong)])


def _document(verdict: Verdict) -> dict[str, object]:
    removal = verdict.trial.removal
    return {"row": verdict.trial.row, "file": removal.file if removal else None, "wrong": list(verdict.wrong)}


if __name__ == "__main__":
    sys.exit(main())
