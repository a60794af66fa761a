"""Server processes: started on a core of their own, watched, and stopped with all their children.

Rule: a server counts as started when it has answered the kind of request that will be measured.
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
PYTHON: Final = sys.executable
_START_WITHIN_S: Final = 60.0
_PROBE_EVERY_S: Final = 0.002
_STOP_WITHIN_S: Final = 5.0


class BenchError(Exception):
    """Raised when a measurement cannot be made; the message says what is missing or what went wrong."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that can be measured.

    Attributes:
        name: The name to print.
        argv: Returns the command line, given a free port and a folder that the server has to itself.
        missing: Why it cannot be started on this machine, or None if it can.
        note: A remark to print beside its figures.
    """

    name: str
    argv: Callable[[int, Path], list[str]]
    missing: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that has been started and answers.

    Attributes:
        start_s: The time from starting the process to its first answer.
    """

    server: Server
    process: subprocess.Popen[bytes]
    port: int
    start_s: float

    @property
    def name(self) -> str:
        """The name of the server."""
        return self.server.name

    @property
    def url(self) -> str:
        """The address of the server, without a trailing slash."""
        return f"http://127.0.0.1:{self.port}"


def free_port() -> int:
    """Return a port that is free, and so is the next one: Mountebank needs two."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            with contextlib.suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", port + 1))
                return port


@contextlib.contextmanager
def running(server: Server, path: str, cores: Cores) -> Iterator[Running]:
    """Run a server until the block ends; it answers `GET path` with a 2xx when the block begins.

    Raises:
        BenchError: If the process ended, or gave no such answer within a minute.
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
    """Return the ids of a process and of all its descendants."""
    pids = [pid]
    for process in pids:  # grows meanwhile
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                pids.extend(map(int, children.read_text().split()))
    return pids


def memory_mib(pid: int) -> float:
    """Return the memory of a process and its descendants, in MiB.

    This is Linux's proportional set size (PSS), where a page that several processes share counts once.
    """
    total_kib = 0
    for process in tree(pid):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total_kib += int(line.split()[1])
    return total_kib / 1024


def cpu_s(pid: int) -> float:
    """Return the processor time that a process and its living descendants have used, in seconds."""
    ticks = 0
    for process in tree(pid):
        with contextlib.suppress(OSError):
            # proc(5): the second field is the name of the program in brackets, and may hold blanks. Behind
            # it, user and system time are the 12th and 13th field.
            numbers = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            ticks += int(numbers[11]) + int(numbers[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _log(folder: str) -> contextlib.AbstractContextManager[tempfile._TemporaryFileWrapper[bytes]]:
    return tempfile.NamedTemporaryFile(dir=folder, prefix="output-", suffix=".log")


def _env() -> dict[str, str]:
    """Return the environment of a server, in which it can import the programs of this package.

    PYTHONDONTWRITEBYTECODE is taken out: an installed package has its byte code, and a checkout that could
    not keep it would be compiled at each start, which would then be measured.
    """
    root = str(Path(__file__).parent.parent)
    others = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**others, "PYTHONPATH": root, "NO_COLOR": "1"}


def _wait_for_answer(
    server: Server, process: subprocess.Popen[bytes], port: int, path: str, log: Path
) -> None:
    until = time.monotonic() + _START_WITHIN_S
    last_answer = "nothing"
    while time.monotonic() < until:
        if process.poll() is not None:
            tail = log.read_text("utf-8", "replace")[-500:].strip()
            raise BenchError(f"{server.name} ended with status {process.returncode}: {tail}")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_START_WITHIN_S)
        try:
            connection.request("GET", path, headers={"X-API-Key": KEY})
            answer = connection.getresponse()
            last_answer = f"{answer.status} {answer.read()[:200]!r}"
            if 200 <= answer.status < 300:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(_PROBE_EVERY_S)
    raise BenchError(
        f"{server.name} did not answer GET {path} within {_START_WITHIN_S:.0f} s; it said {last_answer}"
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the process and its group: launchers such as npm's would leave their servers behind."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_WITHIN_S)
            if number is signal.SIGKILL or len(tree(process.pid)) == 1:
                return
