"""The machine and the versions that a measurement was made with.

Rule: a figure without them cannot be compared with any other, so each result carries them.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

_LIBRARIES: Final = (
    "granian",
    "flask",
    "werkzeug",
    "multipart",
    "redis",
    "responses",
    "schemathesis",
    "hypothesis",
)


@dataclass(frozen=True, slots=True)
class Cores:
    """The core of the measured server and that of the load; both None where processes cannot be pinned."""

    server: int | None
    load: int | None

    def pinned(self, core: int | None, argv: list[str]) -> list[str]:
        """Return the command line that runs `argv` on `core`."""
        return argv if core is None else ["taskset", "-c", str(core), *argv]

    def __str__(self) -> str:
        if self.server is None:
            return "server and load share all cores: they cannot be pinned here"
        return f"server on core {self.server}, load on core {self.load}"


@dataclass(frozen=True, slots=True)
class Provenance:
    """The machine, the versions and the time of a run.

    Attributes:
        load_average: How busy the machine was in the minute before the run.
    """

    at: str
    commit: str
    cpu: str
    core_count: int
    kernel: str
    python: str
    libraries: dict[str, str]
    wrk: str
    cores: str
    load_average: float


def cores() -> Cores:
    """Return the first two cores that this process may use."""
    allowed = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(allowed) < 2 or shutil.which("taskset") is None:
        return Cores(None, None)
    return Cores(allowed[0], allowed[1])


def provenance() -> Provenance:
    """Collect the facts of this machine."""
    return Provenance(
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        commit=_output(["git", "describe", "--always", "--dirty"]) or "not a checkout",
        cpu=_cpu(),
        core_count=os.cpu_count() or 1,
        kernel=f"{platform.system()} {platform.release()}",
        python=f"{platform.python_implementation()} {sys.version.split()[0]}",
        libraries={name: found for name in _LIBRARIES if (found := _version(name))},
        wrk=(_output(["wrk", "-v"]).splitlines() or ["absent"])[0].partition(" Copyright")[0],
        cores=str(cores()),
        load_average=round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else 0.0,
    )


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _output(argv: list[str]) -> str:
    """Return what a command prints, or an empty text if there is no such command."""
    try:
        return subprocess.run(argv, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""
