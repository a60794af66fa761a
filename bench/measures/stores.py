"""Target 8: polls per second with the jobs in SQLite and in Redis, compared with memory."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from ..contenders import OURS, READY_PATH, ours
from ..field import Bench, Field, figures, measured, rates_of
from ..jobs import submitted
from ..rates import CONNECTIONS, Load
from ..results import Goal, Outcome, ratio
from ..servers import Running, free_port

_JOBS: Final = 1000
_SQLITE: Final = "miragic-mock on SQLite"
_REDIS: Final = "miragic-mock on Redis"
_START_WITHIN_S: Final = 10.0


def measure(bench: Bench) -> Outcome:
    """Measure the polls per second with each of our three stores."""
    sqlite = ours("--store", f"sqlite:///{bench.folder}/mock.db", name=_SQLITE)
    with _redis(bench) as url:
        redis = ours("--store", url or "", name=_REDIS)
        if url is None:
            redis = replace(redis, missing="there is no `redis-server` on this machine")
        field = measured(
            bench,
            [(server, READY_PATH) for server in (ours(), sqlite, redis)],
            lambda server: _load(bench, server),
        )
    return Outcome(
        8,
        "Stores",
        f"Polls of {_JOBS} jobs over {CONNECTIONS} connections; Redis on the load's core, by a Unix socket.",
        figures(field),
        _goals(field),
        field.absent,
    )


def _load(bench: Bench, server: Running) -> Load:
    paths = submitted(server, bench.documents, _JOBS)
    return Load("GET", bench.file(f"store-{server.port}", "\n".join(paths).encode()))


def _goals(field: Field) -> tuple[Goal, ...]:
    memory = rates_of(field, OURS)
    return tuple(
        Goal(f"{name} beside memory", ratio(rates_of(field, name), memory), wanted, "at least")
        for name, wanted in ((_SQLITE, 0.5), (_REDIS, 0.35))
        if name in field.rates
    )


@contextlib.contextmanager
def _redis(bench: Bench) -> Iterator[str | None]:
    """Run a Redis until the block ends; yield its URL, or None if it is not installed."""
    program = shutil.which("redis-server")
    if program is None:
        yield None
        return
    path = bench.folder / "redis.sock"
    options = [
        "--port",
        str(free_port()),
        "--unixsocket",
        str(path),
        "--save",
        "",
        "--dir",
        str(bench.folder),
    ]
    argv = bench.cores.pinned(bench.cores.load, [program, *options])
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(path)
            yield f"unix://{path}"
        finally:
            process.terminate()


def _wait_for(path: Path) -> None:
    until = time.monotonic() + _START_WITHIN_S
    while time.monotonic() < until:
        with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(OSError):
            probe.connect(str(path))
            return
        time.sleep(0.01)
