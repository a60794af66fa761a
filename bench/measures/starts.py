"""Target 4: the time from the start to the first answer, and the memory while idle."""

from __future__ import annotations

from ..contenders import EMPTY, OURS, READY_PATH, by_granian, ours
from ..field import Bench
from ..results import Figure, Goal, Outcome, ratio
from ..servers import memory_mib, running


def measure(bench: Bench) -> Outcome:
    """Measure our mock and an empty application in turn."""
    servers = ((ours(), READY_PATH), (by_granian(EMPTY, "empty:app", bench.documents), "/"))
    starts: dict[str, list[float]] = {OURS: [], EMPTY: []}
    memory: dict[str, list[float]] = {OURS: [], EMPTY: []}
    for round_ in range(2 * bench.effort.rounds + 1):
        for server, path in servers:
            with running(server, path, bench.cores) as up:
                if round_:  # the first start of each reads from a cold disk
                    starts[server.name].append(up.start_s)
                    memory[server.name].append(memory_mib(up.process.pid))
    return Outcome(
        4,
        "Start and idle memory",
        "From starting the process to the first answer; memory of all its processes after that answer, "
        "shared pages counted once.",
        (
            *(Figure(f"{name}, start", "s", tuple(values)) for name, values in starts.items()),
            *(Figure(f"{name}, memory", "MiB", tuple(values)) for name, values in memory.items()),
        ),
        (
            Goal(f"start beside {EMPTY}", ratio(starts[OURS], starts[EMPTY]), 1.3, "at most"),
            Goal(f"idle memory beside {EMPTY}", ratio(memory[OURS], memory[EMPTY]), 1.2, "at most"),
        ),
    )
