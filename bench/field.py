"""A field of servers under one load: started together, measured in turn, compared with ours.

Rule: all servers of a field run at once on the server's core, but only one at a time gets requests.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from .contenders import BARE, OURS
from .documents import Documents
from .machine import Cores
from .rates import Effort, Load, Rate, alternating, rate
from .results import Absent, Figure, Goal, ratio
from .servers import BenchError, Running, Server, running


@dataclass(frozen=True, slots=True)
class Bench:
    """The arguments of every measurement: documents, cores, effort, and a folder for files."""

    documents: Documents
    cores: Cores
    effort: Effort
    folder: Path

    def file(self, name: str, content: bytes) -> Path:
        """Write a file, which lasts as long as the bench runs, and return its path."""
        path = self.folder / name
        path.write_bytes(content)
        return path


@dataclass(frozen=True, slots=True)
class Field:
    """The rates of a field of servers, by name, the absent servers, and the notes to print."""

    rates: dict[str, list[Rate]]
    absent: tuple[Absent, ...]
    notes: dict[str, str]


def measured(
    bench: Bench, servers: Sequence[tuple[Server, str]], load_for: Callable[[Running], Load]
) -> Field:
    """Start servers and measure their rates.

    Args:
        bench: What to measure with.
        servers: The servers, each with a path that it answers with a 2xx once it runs.
        load_for: Returns the load for a running server.
    """
    with started(bench, servers) as (up, absent):
        loads: list[tuple[Running, Load]] = []
        for server in up:
            load = load_for(server)
            try:
                rate(server, load, 1, bench.cores)
            except BenchError as error:
                absent.append(Absent(server.name, str(error)))
            else:
                loads.append((server, load))
        rates = alternating(loads, bench.effort, bench.cores)
        return Field(rates, tuple(absent), {server.name: server.server.note for server in up})


@contextlib.contextmanager
def started(
    bench: Bench, servers: Sequence[tuple[Server, str]]
) -> Iterator[tuple[list[Running], list[Absent]]]:
    """Run servers until the block ends.

    Yields:
        The servers that could be started, and the others with the reason.

    Raises:
        BenchError: If ours could not be started.
    """
    with contextlib.ExitStack() as stack:
        up: list[Running] = []
        absent: list[Absent] = []
        for server, path in servers:
            try:
                if server.missing is not None:
                    raise BenchError(server.missing)
                up.append(stack.enter_context(running(server, path, bench.cores)))
            except BenchError as error:
                if server.name == OURS:
                    raise
                absent.append(Absent(server.name, str(error)))
        yield up, absent


def figures(field: Field) -> tuple[Figure, ...]:
    """Return the rates as figures, the fastest first."""
    unsorted = [
        Figure(name, "requests/s", tuple(rates_of(field, name)), _note(field.notes.get(name, ""), rates))
        for name, rates in field.rates.items()
    ]
    return tuple(sorted(unsorted, key=lambda figure: -figure.median))


def rates_of(field: Field, name: str) -> list[float]:
    """Return a server's requests per second, in the order of the rounds.

    Raises:
        BenchError: If the server is absent.
    """
    if name not in field.rates:
        reasons = [absent.reason for absent in field.absent if absent.name == name]
        raise BenchError(f"{name} is needed and absent: {'; '.join(reasons)}")
    return [run.per_s for run in field.rates[name]]


def goals_of_peers(
    field: Field, what: str, peers: Sequence[Server], *, of_bare: float, of_best: float
) -> tuple[Goal, ...]:
    """Return goals that compare our rates with those of bare WSGI and of the fastest peer that was measured.

    Args:
        field: The measured servers.
        what: What is counted, for the text of the goals.
        peers: The mock servers of others.
        of_bare: The wanted ratio to bare WSGI, the limit of the design.
        of_best: The wanted ratio to the fastest peer.
    """
    ours = rates_of(field, OURS)
    goals = [Goal(f"{what} beside {BARE}", ratio(ours, rates_of(field, BARE)), of_bare, "at least")]
    measured_peers = [peer.name for peer in peers if peer.name in field.rates]
    if measured_peers:
        best = max(measured_peers, key=lambda name: sorted(rates_of(field, name))[len(ours) // 2])
        goals.append(
            Goal(
                f"{what} beside the best peer, {best}",
                ratio(ours, rates_of(field, best)),
                of_best,
                "at least",
            )
        )
    return tuple(goals)


def _note(note: str, rates: list[Rate]) -> str:
    costs = f"{median(run.cpu_us for run in rates):,.0f} µs of CPU each"
    return f"{costs}; {note}" if note else costs
