"""A field of servers under one load: started together, measured in turn, compared with ours.

Rule: all of a field run at once on the server's core, but only one is asked at a time.
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
    """What every measurement is given: what to ask, where to run, how long, a folder for its files."""

    documents: Documents
    cores: Cores
    effort: Effort
    folder: Path

    def file(self, name: str, content: bytes) -> Path:
        """A file with that content, for as long as the bench runs."""
        path = self.folder / name
        path.write_bytes(content)
        return path


@dataclass(frozen=True, slots=True)
class Field:
    """What a field did: rates by name, and who was absent."""

    rates: dict[str, list[Rate]]
    absent: tuple[Absent, ...]
    notes: dict[str, str]


def measured(
    bench: Bench, servers: Sequence[tuple[Server, str]], load_for: Callable[[Running], Load]
) -> Field:
    """The rates of every server that could be started (it answers its path) under the load made for it."""
    with started(bench, servers) as (there, absent):
        loads: list[tuple[Running, Load]] = []
        for server in there:
            load = load_for(server)
            try:
                rate(server, load, 1, bench.cores)
            except BenchError as error:
                absent.append(Absent(server.server.name, str(error)))
            else:
                loads.append((server, load))
        rates = alternating(loads, bench.effort, bench.cores)
        return Field(rates, tuple(absent), {one.server.name: one.server.note for one in there})


@contextlib.contextmanager
def started(
    bench: Bench, servers: Sequence[tuple[Server, str]]
) -> Iterator[tuple[list[Running], list[Absent]]]:
    """The servers that could be started, and the others with the reason; ours must be there.

    Raises:
        BenchError: ours could not be started.
    """
    with contextlib.ExitStack() as stack:
        there: list[Running] = []
        absent: list[Absent] = []
        for server, path in servers:
            try:
                if server.missing is not None:
                    raise BenchError(server.missing)
                there.append(stack.enter_context(running(server, path, bench.cores)))
            except BenchError as error:
                if server.name == OURS:
                    raise
                absent.append(Absent(server.name, str(error)))
        yield there, absent


def figures(field: Field) -> tuple[Figure, ...]:
    """The rates as figures, the fastest first."""
    made = [
        Figure(name, "requests/s", tuple(rates_of(field, name)), _note(field.notes.get(name, ""), rates))
        for name, rates in field.rates.items()
    ]
    return tuple(sorted(made, key=lambda figure: -figure.median))


def rates_of(field: Field, name: str) -> list[float]:
    """A server's requests a second, round by round.

    Raises:
        BenchError: it is absent.
    """
    if name not in field.rates:
        reasons = [absent.reason for absent in field.absent if absent.name == name]
        raise BenchError(f"{name} is needed and absent: {'; '.join(reasons)}")
    return [one.per_s for one in field.rates[name]]


def goals_of_peers(
    field: Field, what: str, peers: Sequence[Server], *, of_bare: float, of_best: float
) -> tuple[Goal, ...]:
    """How ours compares with the limit of its design, and with the fastest of the peers that are there."""
    ours = rates_of(field, OURS)
    goals = [Goal(f"{what} beside {BARE}", ratio(ours, rates_of(field, BARE)), of_bare, "at least")]
    there = [peer.name for peer in peers if peer.name in field.rates]
    if there:
        best = max(there, key=lambda name: sorted(rates_of(field, name))[len(ours) // 2])
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
    costs = f"{median(one.cpu_us for one in rates):,.0f} µs of CPU each"
    return f"{costs}; {note}" if note else costs
