"""A mock that `miragic-mock serve` runs, in a group of processes of its own, and how much memory it takes."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

SUBMIT: Final = "/api/v1/speech-to-text/generate"
POLL: Final = "/api/v1/speech-to-text/jobs/"
_STOP_WITHIN_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class Served:
    """A served mock.

    Attributes:
        host: Where it listens.
        port: Where it listens.
        authority: The file of the authority that its certificate is from; None where it speaks plain HTTP.
        process: Its process, which leads a group of its own.
    """

    host: str
    port: int
    authority: str | None
    process: subprocess.Popen[str]

    def context(self) -> ssl.SSLContext | None:
        """Return what a client of the mock speaks TLS with, None for plain HTTP."""
        return None if self.authority is None else ssl.create_default_context(cafile=self.authority)

    def kill(self) -> None:
        """End it and its workers at once, as a crash would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(_STOP_WITHIN_S)

    def memory_mib(self) -> float:
        """Return the memory of all its processes, pages that they share counted once.

        Raises:
            OSError: This system has no `/proc`.
        """
        return sum(map(_pss_kib, _members(self.process.pid))) / 1024


@contextmanager
def serving(*options: str, folder: Path) -> Iterator[Served]:
    """Serve a mock until the block ends; what it writes to disk lies in `folder`."""
    command = [sys.executable, "-m", "miragic_mock", "serve", "--port", "0", "--json", *options]
    log = folder / "stderr.txt"
    # The temporary folders of a killed process are counted there, and removed with it.
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    with (
        log.open("ab") as stderr,
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            start_new_session=True,
            env={**os.environ, "TMPDIR": str(scratch)},
        ) as process,
    ):
        try:
            assert process.stdout is not None
            ready = process.stdout.readline()
            if not ready:
                raise RuntimeError(
                    f"the mock ended with {process.wait()}: {log.read_text(errors='replace')[-2000:]}"
                )
            yield _served(json.loads(ready), process)
        finally:
            process.terminate()
            try:
                process.communicate(timeout=_STOP_WITHIN_S)
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)


def _served(ready: dict[str, Any], process: subprocess.Popen[str]) -> Served:
    host, _, port = ready["url"].rpartition("//")[2].rpartition(":")
    return Served(host, int(port), ready.get("tls_authority"), process)


def _members(group: int) -> Iterator[Path]:
    """Yield the folders in `/proc` of a group's processes."""
    if not Path("/proc/self/stat").exists():
        raise OSError("this system has no /proc")
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if int(fields[2]) == group:
            yield status.parent


def _pss_kib(process: Path) -> int:
    try:
        lines = (process / "smaps_rollup").read_text().splitlines()
    except OSError:  # it has just ended
        return 0
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
