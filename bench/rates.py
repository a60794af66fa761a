"""Requests per second, measured by wrk over 16 kept-alive connections from a core of its own.

Rule: only 2xx answers count. A run with a single refusal or broken connection in it is an error, never a
figure.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .machine import Cores
from .servers import BenchError, Running, cpu_s

CONNECTIONS: Final = 16
_SCRIPT: Final = Path(__file__).parent / "lua" / "load.lua"


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to measure each server: `rounds` rounds of `seconds`, after `warm_s` seconds of warming up."""

    rounds: int = 5
    seconds: int = 3
    warm_s: int = 3


@dataclass(frozen=True, slots=True)
class Load:
    """The requests to send.

    Attributes:
        method: The HTTP method.
        paths: A file with a path per line; the requests go to each in turn.
        body: A file with the body of every request, or None for no body.
        content_type: The type of that body.
    """

    method: str
    paths: Path
    body: Path | None = None
    content_type: str = ""

    @property
    def arguments(self) -> list[str]:
        """The arguments of the Lua script that describe this load."""
        form = [] if self.body is None else [str(self.body), self.content_type]
        return [self.method, str(self.paths), *form]


@dataclass(frozen=True, slots=True)
class Rate:
    """The result of one run of wrk.

    Attributes:
        per_s: Requests per second.
        cpu_us: The server's processor time per request, in microseconds; 0 where there is no /proc.
        p50_us: The median latency, in microseconds.
        p99_us: The latency that 99 % of the requests stay below, in microseconds.
    """

    per_s: float
    cpu_us: float
    p50_us: float
    p99_us: float


def rate(server: Running, load: Load, seconds: int, cores: Cores) -> Rate:
    """Put a load on a server for some seconds and return the rate it keeps up.

    Raises:
        BenchError: If wrk is not installed, or a request was not answered with a 2xx.
    """
    if shutil.which("wrk") is None:
        raise BenchError("wrk is not installed: it is in the package `wrk` of Debian, Ubuntu and Homebrew.")
    options = ["-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", "-s", str(_SCRIPT)]
    argv = cores.pinned(cores.load, ["wrk", *options, server.url, "--", *load.arguments])
    before_s = cpu_s(server.process.pid)
    finished = subprocess.run(argv, capture_output=True, text=True, check=False)
    used_s = cpu_s(server.process.pid) - before_s
    if finished.returncode:
        raise BenchError(f"wrk failed on {server.name}: {finished.stderr.strip() or finished.stdout.strip()}")
    counts = json.loads(finished.stdout.splitlines()[-1])
    if counts["refused"] or counts["broken"] or not counts["requests"]:
        raise BenchError(
            f"{server.name}: of {counts['requests']} requests {counts['refused']} were refused and "
            f"{counts['broken']} broke off; a rate would be a lie."
        )
    requests = counts["requests"]
    return Rate(requests / counts["seconds"], used_s / requests * 1e6, counts["p50_us"], counts["p99_us"])


def alternating(
    servers: Sequence[tuple[Running, Load]], effort: Effort, cores: Cores
) -> dict[str, list[Rate]]:
    """Measure servers in turn and return each one's rates, in the order of the rounds, by its name.

    Every round visits every server, so that a machine that slows down for a while slows all of them.
    """
    if effort.warm_s:
        for server, load in servers:
            rate(server, load, effort.warm_s, cores)
    rates: dict[str, list[Rate]] = {server.name: [] for server, _ in servers}
    for _ in range(effort.rounds):
        for server, load in servers:
            rates[server.name].append(rate(server, load, effort.seconds, cores))
    return rates
