"""Target 5: the memory of a million live jobs, and the speed of polls among them.

Rule: a separate process measures itself, so that neither this program nor a socket is in the figures. Jobs
are made by submissions to the engine.
"""

from __future__ import annotations

import json
import subprocess
from typing import Any, Final

from ..field import Bench
from ..results import Figure, Goal, Outcome, ratio
from ..servers import PYTHON, BenchError

_MANY: Final = 1_000_000
_QUICKLY: Final = 100_000
_FEW: Final = 1000


def measure(bench: Bench) -> Outcome:
    """Measure the bytes per job, and the polls per second among a thousand jobs and among a million."""
    many = _MANY if bench.effort.seconds > 1 else _QUICKLY
    same = _hoard(bench, many, "same")
    own = _hoard(bench, many, "own")
    few, all_of_them = same["polls_among_few"], same["polls_among_all"]
    return Outcome(
        5,
        "A million live jobs",
        f"{many:,} pending jobs of a key in the memory store, made by submissions to the engine; growth of "
        "resident memory, divided. Polls of jobs drawn at random, in process, in turn.",
        (
            Figure("a job, all of one recording", "bytes", (same["bytes_each"],)),
            Figure(
                "a job and a recording of its own",
                "bytes",
                (own["bytes_each"],),
                "upload, digest and text included",
            ),
            Figure(f"polls among {_FEW:,} jobs", "polls/s", tuple(few)),
            Figure(f"polls among {many:,} jobs", "polls/s", tuple(all_of_them)),
        ),
        (
            Goal("a job of one recording", same["bytes_each"], 500, "at most", "bytes"),
            Goal(f"polls beside {_FEW:,} jobs", ratio(all_of_them, few), 0.9, "at least"),
        ),
    )


def _hoard(bench: Bench, many: int, recordings: str) -> dict[str, Any]:
    """Run `bench.programs.hoard` and return what it printed."""
    arguments = [str(many), str(_FEW), str(bench.effort.rounds), recordings]
    argv = bench.cores.pinned(bench.cores.server, [PYTHON, "-m", "bench.programs.hoard", *arguments])
    finished = subprocess.run(argv, capture_output=True, text=True, check=False)
    if finished.returncode:
        raise BenchError(f"the measuring process failed: {finished.stderr[-500:].strip()}")
    result: dict[str, Any] = json.loads(finished.stdout)
    return result
