"""`python -m bench`: measure, print the figures and write RESULTS.md.

Rule: a target that cannot be measured on this machine is printed with the reason, never left out in silence.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

from .documents import documents
from .field import Bench
from .machine import cores, provenance
from .rates import Effort
from .report import lines_of, write
from .results import Outcome
from .servers import BenchError

TARGETS: Final = {
    "polls": "1: status polls a second",
    "creates": "2: submissions of 32 KiB a second",
    "uploads": "3: 100 MB and 1 GiB uploads, speed and memory",
    "starts": "4: start to first answer, idle memory",
    "million": "5: a million live jobs, bytes each and polls",
    "in_process": "6: submit, poll, done without a socket",
    "fixture": "7: what the pytest fixture costs a test",
    "stores": "8: polls with SQLite and Redis",
    "contract": "9: the contract check beside Schemathesis",
}
_QUICK: Final = Effort(rounds=3, seconds=1, warm_s=1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the targets named on the command line, or all of them.

    Returns:
        0 when everything was measured and every goal met, 1 when a goal was missed, 2 when a target could
        not be measured.
    """
    options = _parser().parse_args(arguments)
    origin = provenance()
    effort = _QUICK if options.quick else Effort(rounds=options.rounds, seconds=options.seconds)
    print(
        f"{origin.cpu}, {origin.core_count} cores; {origin.cores}; load average {origin.load_average}",
        flush=True,
    )
    outcomes: list[Outcome] = []
    unmeasured = 0
    with tempfile.TemporaryDirectory(prefix="miragic-bench-") as folder:
        bench = Bench(documents(), cores(), effort, Path(folder))
        for name in options.targets or TARGETS:
            try:
                outcome = _measure(name)(bench)
            except BenchError as error:
                unmeasured += 1
                print(f"Target {TARGETS[name]}\n  not measured: {error}", flush=True)
                continue
            outcomes.append(outcome)
            print("\n".join(lines_of(outcome)), flush=True)
            if not options.dry:
                write([outcome], origin)
    are_met = all(goal.is_met for outcome in outcomes for goal in outcome.goals)
    return 2 if unmeasured else 0 if are_met else 1


def _measure(name: str) -> Callable[[Bench], Outcome]:
    """Return the function that measures a target.

    Its module is imported only now: some import libraries that take longer to load than a round lasts.
    """
    measure: Callable[[Bench], Outcome] = import_module(f".measures.{name}", __package__).measure
    return measure


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure the mock beside its peers, and write bench/RESULTS.md.",
        epilog="targets: " + "; ".join(f"{name} = {text}" for name, text in TARGETS.items()),
    )
    parser.add_argument("targets", nargs="*", metavar="TARGET", choices=[[], *TARGETS], help="default: all")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each measurement (5)")
    parser.add_argument("--seconds", type=int, default=3, help="of each round (3)")
    parser.add_argument("--quick", action="store_true", help="three rounds of a second: for a first look")
    parser.add_argument("--dry", action="store_true", help="leave RESULTS.md as it is")
    return parser


if __name__ == "__main__":
    # SIGTERM would end this process at once and leave its servers running; an exception unwinds to them.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
