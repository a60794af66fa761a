"""The parts of the tests that the table repeats, each run by pytest in a process of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from .line import Line, not_run

_ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Suite:
    """Some of the tests.

    Attributes:
        name: What a user calls it by.
        promise: What they show.
        paths: Where they lie.
        keyword: What the names of those that count have in common; empty for all.
        needs: A program without which they cannot run; empty for none.
    """

    name: str
    promise: str
    paths: tuple[str, ...]
    keyword: str = ""
    needs: str = ""


SUITES: Final = (
    Suite(
        "corpus",
        "malformed and odd requests, both servers: refused, closed, no job, no 500",
        ("tests/mock_server/servers/test_odd_requests.py",),
    ),
    Suite(
        "echo",
        "hostile text at the boundaries and in the reports: no key, no control text",
        ("tests/contracts", "tests/client", "tests/mock_server"),
        keyword="hostile or echo or redaction or secrets",
    ),
    Suite(
        "steps",
        "a fault between every two steps of a store: nothing charged and lost",
        ("tests/mock_server/test_faults_between_steps.py",),
        keyword="not redis",
    ),
    Suite(
        "steps-redis",
        "the same with Redis",
        ("tests/mock_server/test_faults_between_steps.py",),
        keyword="redis",
        needs="redis-server",
    ),
    Suite("fuzz", "fuzzers: no exception but its own, linear work, round trips", ("tests/fuzz",)),
)


def run(suite: Suite) -> Iterator[Line]:
    """Run some of the tests, and yield their line."""
    bound = "0 failed"
    if suite.needs and shutil.which(suite.needs) is None:
        yield not_run(suite.promise, bound, f"no {suite.needs}")
        return
    with tempfile.TemporaryDirectory(prefix="trust-") as folder:
        report = Path(folder) / "report.xml"
        chosen = ("-k", suite.keyword) if suite.keyword else ()
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *chosen, *suite.paths]
        finished = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
        if not report.exists():
            last = (finished.stderr or finished.stdout).strip().splitlines()[-1:]
            yield Line(suite.promise, bound, f"pytest failed: {' '.join(last)[:200]}", False)
            return
        counts = _counts(report)
    failed = counts["failures"] + counts["errors"]
    measured = f"{failed} of {counts['tests']} failed" + (
        f", {counts['skipped']} skipped" if counts["skipped"] else ""
    )
    yield Line(suite.promise, bound, measured, finished.returncode == 0 and counts["tests"] > 0)


def _counts(report: Path) -> dict[str, int]:
    suite = ElementTree.parse(report).getroot().find("testsuite")
    assert suite is not None
    return {name: int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")}
