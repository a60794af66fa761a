"""Target 9: a contract check of our mock, compared with a default run of Schemathesis."""

from __future__ import annotations

import http.client
import json
import subprocess
import time
from pathlib import Path
from typing import Final

from miragic_contracts.spec import default_spec_path

from ..contenders import READY_PATH, ours
from ..field import Bench
from ..results import Figure, Goal, Outcome, ratio
from ..servers import KEY, PYTHON, BenchError, Running, running

_CHECK: Final = "miragic-contract check"
_FUZZ: Final = "schemathesis run"
_MOST_ROUNDS: Final = 3  # a run of Schemathesis takes the better part of a minute


def measure(bench: Bench) -> Outcome:
    """Measure the seconds and the jobs of a whole run of each, on a fresh mock whose jobs end soon."""
    took: dict[str, list[float]] = {_CHECK: [], _FUZZ: []}
    jobs: dict[str, list[float]] = {_CHECK: [], _FUZZ: []}
    for _ in range(min(bench.effort.rounds, _MOST_ROUNDS)):
        for name in (_CHECK, _FUZZ):
            with running(ours("--delay", "0.2s", "--api-key", KEY), READY_PATH, bench.cores) as server:
                took[name].append(_run_s(name, server, bench.folder))
                jobs[name].append(_jobs_made(server))
    return Outcome(
        9,
        "The contract check",
        "Whole runs on a fresh mock with one valid key, jobs done after 0.2 s, both with their defaults but "
        "for our pause between requests, which is a courtesy to live servers.",
        (
            *(Figure(f"{name}, time", "s", tuple(values)) for name, values in took.items()),
            *(Figure(f"{name}, jobs made", "jobs", tuple(values)) for name, values in jobs.items()),
        ),
        (
            Goal(f"time beside {_FUZZ}", ratio(took[_CHECK], took[_FUZZ]), 1 / 3, "at most"),
            Goal(f"jobs beside {_FUZZ}", ratio(jobs[_CHECK], jobs[_FUZZ]), 1 / 50, "at most"),
        ),
    )


def _run_s(name: str, server: Running, folder: Path) -> float:
    """Run one of the two to its end, whatever it finds, and return the seconds it took."""
    if name == _CHECK:
        options = ["--base-url", server.url, "--api-key", KEY, "--rate", "1000/s", "--seed", "1"]
        argv = [PYTHON, "-m", "miragic_contracts", "check", *options]
    else:
        # In our folder it would read schemathesis.toml instead of using its defaults.
        options = ["--url", server.url, "--header", f"X-API-Key: {KEY}", "--seed", "1"]
        argv = [str(Path(PYTHON).with_name("st")), "run", str(default_spec_path()), *options]
    started = time.perf_counter()
    finished = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    took_s = time.perf_counter() - started
    if finished.returncode not in (0, 1):  # 1: it found something
        tail = (finished.stdout + finished.stderr)[-500:].strip()
        raise BenchError(f"{name} ended with status {finished.returncode}: {tail}")
    return took_s


def _jobs_made(server: Running) -> float:
    """Return how many jobs our key has made."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request("GET", "/_mock/ledger", headers={"X-API-Key": KEY})
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise BenchError(f"the ledger cannot be read: {answer.status} {body[:200]!r}")
    return float(json.loads(body)["jobs_created"])
