"""Target 3: the speed of large uploads, and the memory that a server needs for them.

Rule: the load is written from memory, on a core of its own, so it is faster than any server here.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

from ..contenders import DIGEST, OURS, READY_PATH, by_granian, ours
from ..documents import CONTENT_TYPE, form
from ..field import Bench, started
from ..machine import Cores
from ..results import Figure, Goal, Outcome, ratio
from ..servers import KEY, BenchError, Running, tree

_MB: Final = 1000**2
_SIZE_BYTES: Final = 100 * _MB
_HUGE_BYTES: Final = 1024**3
_GROWTH_MIB: Final = 8.0
_FILE: Final = b"\0"
_HEAD: Final = form(_FILE).partition(_FILE)[0]
_TAIL: Final = form(_FILE).partition(_FILE)[2]


def measure(bench: Bench) -> Outcome:
    """Measure the speed and the growth in memory of our mock and of a function that only hashes."""
    servers = (
        (ours("--max-upload", "2G"), READY_PATH),
        (by_granian(DIGEST, "bare:digest", bench.documents), "/"),
    )
    with started(bench, servers) as (up, absent), _pinned(bench.cores):
        if len(up) < len(servers):
            raise BenchError("; ".join(peer.reason for peer in absent))
        mb_per_s: dict[str, list[float]] = {server.name: [] for server in up}
        grown: dict[str, list[float]] = {server.name: [] for server in up}
        for server in up:
            # The first upload imports what uploads need; that is no growth.
            _upload(server, bench.documents.submit, _MB)
        for _ in range(bench.effort.rounds):
            for server in up:
                took_s, growth_mib = _upload(server, bench.documents.submit, _SIZE_BYTES)
                mb_per_s[server.name].append(_SIZE_BYTES / _MB / took_s)
                grown[server.name].append(growth_mib)
        huge = {server.name: _upload(server, bench.documents.submit, _HUGE_BYTES)[1] for server in up}
    return Outcome(
        3,
        "Large uploads",
        "One upload at a time, of random bytes written from memory; growth is the peak of resident memory "
        "during the upload less what it was before.",
        (
            *(Figure(f"{name}, 100 MB", "MB/s", tuple(values)) for name, values in mb_per_s.items()),
            *(Figure(f"{name}, growth at 100 MB", "MiB", tuple(values)) for name, values in grown.items()),
            *(Figure(f"{name}, growth at 1 GiB", "MiB", (value,)) for name, value in huge.items()),
        ),
        (
            Goal(f"100 MB beside {DIGEST}", ratio(mb_per_s[OURS], mb_per_s[DIGEST]), 0.5, "at least"),
            Goal("growth at 100 MB", max(grown[OURS]), _GROWTH_MIB, "at most", "MiB"),
            Goal("growth at 1 GiB", huge[OURS], _GROWTH_MIB, "at most", "MiB"),
        ),
    )


def _upload(server: Running, path: str, size_bytes: int) -> tuple[float, float]:
    """Upload a file; return the seconds it took and the peak growth of the server's memory in MiB."""
    before = _resident_mib(server, "VmRSS")
    _forget_peaks(server)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=300)
    headers = {
        "X-API-Key": KEY,
        "Content-Type": CONTENT_TYPE,
        "Content-Length": str(size_bytes + len(_HEAD) + len(_TAIL)),
    }
    started_at = time.perf_counter()
    try:
        connection.request("POST", path, _pieces(size_bytes), headers)
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    took_s = time.perf_counter() - started_at
    if answer.status != 201:
        raise BenchError(f"{server.name} refused an upload: {answer.status} {body[:200]!r}")
    return took_s, _resident_mib(server, "VmHWM") - before


def _pieces(size_bytes: int) -> Iterator[bytes]:
    """Yield a form whose file has the given size, in pieces that cost nothing to make."""
    piece = Random(0).randbytes(1024 * 1024)
    yield _HEAD
    left = size_bytes
    while left > 0:
        yield piece[:left]
        left -= len(piece)
    yield _TAIL


def _resident_mib(server: Running, what: str) -> float:
    total_kib = 0
    for process in tree(server.process.pid):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{process}/status").read_text().splitlines():
                if line.startswith(what + ":"):
                    total_kib += int(line.split()[1])
    return total_kib / 1024


def _forget_peaks(server: Running) -> None:
    """Reset the peak (VmHWM) that the kernel keeps: proc(5), clear_refs, value 5."""
    for process in tree(server.process.pid):
        with contextlib.suppress(OSError):
            Path(f"/proc/{process}/clear_refs").write_text("5")


@contextlib.contextmanager
def _pinned(cores: Cores) -> Iterator[None]:
    """Pin this process to the load's core until the block ends."""
    if cores.load is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cores.load})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
