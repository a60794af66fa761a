"""Many tenants that come, work, are reset and go, for a long time: memory must not grow.

Rule: each tenant has one job at a time, so what is kept is the same at every moment. What grows is a leak.
"""

from __future__ import annotations

import http.client
import itertools
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from miragic_mock.domain.tenants import tenant_id

from .line import Line, not_run
from .requests_by_hand import Caller
from .served import Served, serving

MOST_GROWTH: Final = 1.10
_CLIENTS: Final = 3
_POLLS: Final = 3
_DELETED_EVERY: Final = 10
_LOOK_EVERY_S: Final = 1.0
_TELL_EVERY_S: Final = 30.0
_WARM_PART: Final = 5  # a minute of five


@dataclass(slots=True)
class Load:
    """What the clients did.

    Attributes:
        is_full: Set when every tenant has come.
        is_over: Ends the load.
        rounds: How many tenants were served, one counted again each time.
        wrong: What went wrong.
    """

    tenants: int
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(0))
    is_full: threading.Event = field(default_factory=threading.Event)
    is_over: threading.Event = field(default_factory=threading.Event)
    rounds: int = 0
    wrong: list[str] = field(default_factory=list)


def soak(seconds: float, tenants: int, server: str, *, progress: Callable[[str], None]) -> Iterator[Line]:
    """Let tenants come and go for some time, and yield a line for each promise."""
    promise, bound = f"{server}: {seconds:.0f} s with {tenants} tenants, memory is flat", "at most 10 % more"
    with (
        tempfile.TemporaryDirectory(prefix="trust-") as folder,
        serving("--server", server, folder=Path(folder)) as served,
    ):
        try:
            served.memory_mib()
        except OSError as error:
            yield not_run(promise, bound, str(error))
            return
        # A store keeps 10,000, and the server's own is one of them.
        load = Load(tenants - 1)
        clients = [threading.Thread(target=_work, args=(served, load)) for _ in range(_CLIENTS)]
        for client in clients:
            client.start()
        try:
            samples, warm_s = _watch(served, load, seconds, progress)
        finally:
            load.is_over.set()
            for client in clients:
                client.join()
    yield from _lines(promise, bound, samples, warm_s, load)


def _watch(
    served: Served, load: Load, seconds: float, progress: Callable[[str], None]
) -> tuple[list[tuple[float, float]], float]:
    """Look at the memory until the time is over; return what it was and when, and when all had come."""
    began, warm_s, told = time.monotonic(), 0.0, 0.0
    samples: list[tuple[float, float]] = []
    while (at := time.monotonic() - began) < seconds and not load.wrong:
        samples.append((at, served.memory_mib()))
        if not load.is_full.is_set():
            warm_s = at
        if at - told >= _TELL_EVERY_S:
            told = at
            progress(f"{at:.0f} of {seconds:.0f} s, {samples[-1][1]:.0f} MiB, {load.rounds} tenants served")
        load.is_over.wait(_LOOK_EVERY_S)
    return samples, max(warm_s, seconds / _WARM_PART)


def _work(served: Served, load: Load) -> None:
    caller = Caller.of(served, "")
    try:
        while not load.is_over.is_set():
            number = next(load.numbers)
            _serve_one(caller, number, load)
            load.rounds += 1
            if load.rounds >= load.tenants:
                load.is_full.set()
    except (OSError, http.client.HTTPException, RuntimeError) as error:
        load.wrong.append(f"{type(error).__name__}: {error}"[:300])
    finally:
        caller.close()


def _serve_one(caller: Caller, number: int, load: Load) -> None:
    """Let one tenant begin anew, submit, and poll until its job is done."""
    caller.key = f"soak-{number % load.tenants}"
    if number >= load.tenants:
        if number % _DELETED_EVERY == 0:
            caller.call("DELETE", f"/_mock/tenants/{tenant_id(caller.key)}", statuses=(204,))
        else:
            caller.call("POST", "/_mock/reset", b"{}", {"Content-Type": "application/json"})
    job_id = caller.submit(
        plan=f"done-after={_POLLS}polls", question=f"What is said in recording {number}? " * 5
    )
    shown = [caller.poll(job_id)["status"] for _ in range(_POLLS)]
    if shown[-1] != "COMPLETED":
        raise RuntimeError(f"expected the job to end at its poll {_POLLS}, got {shown}")


def _lines(
    promise: str, bound: str, samples: list[tuple[float, float]], warm_s: float, load: Load
) -> Iterator[Line]:
    after = [mib for at, mib in samples if at >= warm_s]
    if not after or load.wrong:
        reason = load.wrong[0] if load.wrong else f"only {load.rounds} of {load.tenants} tenants came in time"
        yield Line(promise, bound, reason, False)
        return
    growth = max(after) / after[0]
    yield Line(
        promise,
        f"{bound} after the first {warm_s:.0f} s",
        f"{after[0]:.0f} MiB, at most {max(after):.0f} MiB ({(growth - 1) * 100:+.1f} %); "
        f"{load.rounds / samples[-1][0]:.0f} tenants served a second",
        growth <= MOST_GROWTH,
    )
