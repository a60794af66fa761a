"""A server on SQLite that is killed again and again while clients submit: what it acknowledged is kept."""

from __future__ import annotations

import http.client
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from miragic_mock.domain.jobs.job import Job
from miragic_mock.domain.tenants import tenant_id
from miragic_mock.stores import open_store
from miragic_mock.stores.protocol import Totals

from .line import Line
from .requests_by_hand import Caller
from .served import Served, serving

KEY: Final = "survivor"
CLIENTS: Final = 4
COST: Final = 2
_SHOWS_AT_MOST: Final = 200


@dataclass(slots=True)
class Books:
    """What the clients know.

    Attributes:
        acknowledged: The jobs whose 201 arrived, by the name of their file.
        in_flight: The names of files that were sent and not answered when the server was killed.
        lost: Jobs that were acknowledged and not there after a restart.
        wrong: Answers that were neither a 201 nor the end of the connection.
    """

    acknowledged: dict[str, str] = field(default_factory=dict)
    in_flight: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)


def kills(times: int, *, progress: Callable[[str], None]) -> Iterator[Line]:
    """Kill a server so many times, and yield a line for each promise."""
    books, chance = Books(), random.Random(times)
    with tempfile.TemporaryDirectory(prefix="trust-") as name:
        folder = Path(name)
        store = f"sqlite:///{(folder / 'mock.db').as_posix()}"
        options = ("--store", store, "--workers", "2", "--plan", "done=never")
        for number in range(times):
            with serving(*options, folder=folder) as served:
                _look_for(served, books, chance)
                _submit_until_the_kill(served, books, number, load_s=chance.uniform(0.05, 0.5))
            if number % 10 == 9:
                progress(f"{number + 1} of {times} kills, {len(books.acknowledged)} jobs acknowledged")
        with serving(*options, folder=folder) as served:
            _look_for(served, books, chance)
        left = [path.name for path in (folder / "scratch").iterdir()]
        opened = open_store(store)
        try:
            kept, totals = list(opened.jobs(tenant_id(KEY))), opened.totals(tenant_id(KEY))
        finally:
            opened.close()
    yield from _lines(times, books, kept, totals)
    yield Line(
        f"{times} kills: temporary folders are cleared up",
        "0 left after a last, clean stop",
        f"{len(left)} left",
        not left,
    )


def _look_for(served: Served, books: Books, chance: random.Random) -> None:
    """Ask for acknowledged jobs, the newest among them; all are compared in the end."""
    known = list(books.acknowledged.values())
    older = chance.sample(known[:-_SHOWS_AT_MOST], min(20, max(0, len(known) - _SHOWS_AT_MOST)))
    caller = Caller.of(served, KEY)
    for job_id in (*older, *known[-_SHOWS_AT_MOST:]):
        try:
            caller.poll(job_id)
        except RuntimeError:
            books.lost.add(job_id)
    caller.close()


def _submit_until_the_kill(served: Served, books: Books, number: int, *, load_s: float) -> None:
    clients = [
        threading.Thread(target=_submit, args=(served, books, f"{number}-{client}"))
        for client in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    try:
        time.sleep(load_s)
    finally:
        served.kill()
        for client in clients:
            client.join()


def _submit(served: Served, books: Books, name: str) -> None:
    """Submit as fast as possible, until the connection ends; a job is noted only when its 201 has arrived."""
    caller, count = Caller.of(served, KEY), 0
    with suppress(OSError, http.client.HTTPException):
        while True:
            count += 1
            file_name = f"{name}-{count}.mp3"
            books.in_flight.add(file_name)
            try:
                books.acknowledged[file_name] = caller.submit(file_name)
            except RuntimeError as error:
                books.wrong.append(str(error))
            books.in_flight.discard(file_name)
            if books.wrong:
                break
    caller.close()


def _lines(times: int, books: Books, kept: list[Job], totals: Totals) -> Iterator[Line]:
    by_id = {job.id: job.upload.file_name for job in kept}
    lost = books.lost | {job_id for name, job_id in books.acknowledged.items() if by_id.get(job_id) != name}
    yield Line(
        f"{times} kills with SQLite: no acknowledged job is lost",
        "0 lost",
        f"{len(lost)} of {len(books.acknowledged)} lost",
        not lost and bool(books.acknowledged),
    )
    unknown = [
        name
        for job_id, name in by_id.items()
        if name not in books.acknowledged | dict.fromkeys(books.in_flight)
    ]
    twice = len(kept) - len(set(by_id.values()))
    yield Line(
        f"{times} kills with SQLite: the ledger is equal to what was acknowledged",
        f"charged {COST} for each job kept; beside the acknowledged only what was in flight at a kill, once",
        f"{totals.charged} for {totals.jobs} ({len(kept)} kept), "
        f"{len(kept) - len(books.acknowledged)} of them in flight; "
        f"{len(unknown)} unknown, {twice} twice, {len(books.wrong)} wrong answers"
        + (f" ({books.wrong[0]})" if books.wrong else ""),
        (totals.jobs, totals.charged) == (len(kept), COST * len(kept))
        and not unknown
        and not twice
        and not books.wrong,
    )
