"""Requests a second, by wrk: 16 connections that are kept open, on a core of their own.

Rule: an answer that is not a 2xx is no answer. A rate with one refusal or one broken connection in it is an
error, never a figure.
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
    """How long to measure: `rounds` times `seconds` for each server, after `warm_s` for each."""

    rounds: int = 5
    seconds: int = 3
    warm_s: int = 3


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent: `method` to each path of the file `paths` in turn, with `body` if there is one."""

    method: str
    paths: Path
    body: Path | None = None
    content_type: str = ""

    @property
    def arguments(self) -> list[str]:
        """As the Lua script takes them."""
        form = [] if self.body is None else [str(self.body), self.content_type]
        return [self.method, str(self.paths), *form]


@dataclass(frozen=True, slots=True)
class Rate:
    """What one run found: requests a second, the server's processor time for each request (0 where the system
    does not tell), and latencies at the median and 99 %; all times in microseconds.
    """

    per_s: float
    cpu_us: float
    p50_us: float
    p99_us: float


def rate(server: Running, load: Load, seconds: int, cores: Cores) -> Rate:
    """The rate that a server keeps up under a load.

    Raises:
        BenchError: wrk is not there, or something was not answered with a 2xx.
    """
    if shutil.which("wrk") is None:
        raise BenchError("wrk is not installed: it is in the package `wrk` of Debian, Ubuntu and Homebrew.")
    options = ["-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", "-s", str(_SCRIPT)]
    argv = cores.pinned(cores.load, ["wrk", *options, server.url, "--", *load.arguments])
    before_s = cpu_s(server.process.pid)
    ran = subprocess.run(argv, capture_output=True, text=True, check=False)
    took_s = cpu_s(server.process.pid) - before_s
    if ran.returncode:
        raise BenchError(f"wrk failed on {server.server.name}: {ran.stderr.strip() or ran.stdout.strip()}")
    found = json.loads(ran.stdout.splitlines()[-1])
    if found["refused"] or found["broken"] or not found["requests"]:
        raise BenchError(
            f"{server.server.name}: of {found['requests']} requests {found['refused']} were refused and "
            f"{found['broken']} broke off; a rate would be a lie."
        )
    requests = found["requests"]
    return Rate(requests / found["seconds"], took_s / requests * 1e6, found["p50_us"], found["p99_us"])


def alternating(
    servers: Sequence[tuple[Running, Load]], effort: Effort, cores: Cores
) -> dict[str, list[Rate]]:
    """Rates by the server's name, round by round: each once a round, so that all see the same machine."""
    if effort.warm_s:
        for server, load in servers:
            rate(server, load, effort.warm_s, cores)
    rates: dict[str, list[Rate]] = {server.server.name: [] for server, _ in servers}
    for _ in range(effort.rounds):
        for server, load in servers:
            rates[server.server.name].append(rate(server, load, effort.seconds, cores))
    return rates
