"""Server processes: started on a core of their own, watched, and stopped whole.

Rule: a server counts as started when it has answered the very request that will be measured.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .machine import Cores

KEY: Final = "mock_key_bench"
_START_WITHIN_S: Final = 60.0
_PROBE_EVERY_S: Final = 0.002
_STOP_WITHIN_S: Final = 5.0


class BenchError(Exception):
    """A measurement could not be made; the message says what is missing or what went wrong."""


@dataclass(frozen=True, slots=True)
class Server:
    """Something that can be measured.

    `argv` gives the command line from a free port and a folder that is the server's for as long as it runs.
    `missing` says why it cannot be started on this machine, None where it can.
    """

    name: str
    argv: Callable[[int, Path], list[str]]
    missing: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers. `start_s` is the time from starting the process to its first answer."""

    server: Server
    process: subprocess.Popen[bytes]
    port: int
    start_s: float

    @property
    def url(self) -> str:
        """Its address, without a trailing slash."""
        return f"http://127.0.0.1:{self.port}"


def free_port() -> int:
    """A port that nobody listens at, nor at the next one (Mountebank wants a second)."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            with contextlib.suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", port + 1))
                return port


@contextlib.contextmanager
def running(server: Server, path: str, cores: Cores) -> Iterator[Running]:
    """The server, answering `GET path` with a 2xx; it and all its children are gone afterwards.

    Raises:
        BenchError: it ended, or gave no such answer within a minute.
    """
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="miragic-bench-") as folder, _log(folder) as log:
        argv = cores.pinned(cores.server, server.argv(port, Path(folder)))
        started = time.perf_counter()
        process = subprocess.Popen(
            argv, stdout=log, stderr=log, cwd=folder, start_new_session=True, env=_env()
        )
        try:
            _wait_for_answer(server, process, port, path, Path(log.name))
            yield Running(server, process, port, time.perf_counter() - started)
        finally:
            _stop(process)


def tree(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found = [pid]
    for process in found:
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found.extend(map(int, children.read_text().split()))
    return found


def memory_mib(pid: int) -> float:
    """What a process and its descendants hold, in MiB; a page they share is counted once (Linux's PSS)."""
    total_kib = 0
    for process in tree(pid):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total_kib += int(line.split()[1])
    return total_kib / 1024


def cpu_s(pid: int) -> float:
    """The processor time that a process and its living descendants have used, in seconds."""
    ticks = 0
    for process in tree(pid):
        with contextlib.suppress(OSError):
            # The second field is the program's name in brackets, which may hold blanks (proc(5)).
            numbers = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            ticks += int(numbers[11]) + int(numbers[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _log(folder: str) -> contextlib.AbstractContextManager[tempfile._TemporaryFileWrapper[bytes]]:
    return tempfile.NamedTemporaryFile(dir=folder, prefix="output-", suffix=".log")


def _env() -> dict[str, str]:
    """The environment of a server: our programs can be imported, and have their byte code.

    What is installed has it; a checkout makes it at the first start, unless it is told not to.
    """
    root = str(Path(__file__).parent.parent)
    others = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**others, "PYTHONPATH": root, "NO_COLOR": "1"}


def _wait_for_answer(
    server: Server, process: subprocess.Popen[bytes], port: int, path: str, log: Path
) -> None:
    until = time.monotonic() + _START_WITHIN_S
    said = "nothing"
    while time.monotonic() < until:
        if process.poll() is not None:
            tail = log.read_text("utf-8", "replace")[-500:].strip()
            raise BenchError(f"{server.name} ended with status {process.returncode}: {tail}")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_START_WITHIN_S)
        try:
            connection.request("GET", path, headers={"X-API-Key": KEY})
            answer = connection.getresponse()
            said = f"{answer.status} {answer.read()[:200]!r}"
            if 200 <= answer.status < 300:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(_PROBE_EVERY_S)
    raise BenchError(
        f"{server.name} did not answer GET {path} within {_START_WITHIN_S:.0f} s; it said {said}"
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the group that the process leads: launchers such as npm's leave their servers behind otherwise."""
    for order in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, order)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_WITHIN_S)
            if order is signal.SIGKILL or len(tree(process.pid)) == 1:
                return


PYTHON: Final = sys.executable
