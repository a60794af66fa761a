"""Target 3: how fast large uploads are taken, and that memory does not grow with them.

Rule: the load writes from memory and is pinned to its own core, so it is faster than any server here.
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
_HEAD, _TAIL = form(b"\0").split(b"\0")


def measure(bench: Bench) -> Outcome:
    """MB a second of ours and of a function that hashes, and the growth of their memory."""
    servers = (
        (ours("--max-upload", "2G"), READY_PATH),
        (by_granian(DIGEST, "bare:digest", bench.documents), "/"),
    )
    with started(bench, servers) as (there, absent), _pinned(bench.cores):
        if len(there) < len(servers):
            raise BenchError("; ".join(one.reason for one in absent))
        mb_per_s: dict[str, list[float]] = {one.server.name: [] for one in there}
        grown: dict[str, list[float]] = {one.server.name: [] for one in there}
        for one in there:
            _upload(one, bench.documents.submit, _MB)  # what is loaded with the first upload stays
        for _ in range(bench.effort.rounds):
            for one in there:
                took_s, growth_mib = _upload(one, bench.documents.submit, _SIZE_BYTES)
                mb_per_s[one.server.name].append(_SIZE_BYTES / _MB / took_s)
                grown[one.server.name].append(growth_mib)
        huge = {one.server.name: _upload(one, bench.documents.submit, _HUGE_BYTES)[1] for one in there}
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
    """Seconds that an upload took, and MiB by which the server's resident memory rose above what it was."""
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
        raise BenchError(f"{server.server.name} refused an upload: {answer.status} {body[:200]!r}")
    return took_s, _resident_mib(server, "VmHWM") - before


def _pieces(size_bytes: int) -> Iterator[bytes]:
    """A form whose file has that size, in pieces that cost nothing to make."""
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
    """Let the kernel measure peaks from now on (proc(5), clear_refs)."""
    for process in tree(server.process.pid):
        with contextlib.suppress(OSError):
            Path(f"/proc/{process}/clear_refs").write_text("5")


@contextlib.contextmanager
def _pinned(cores: Cores) -> Iterator[None]:
    """This process on the load's core."""
    if cores.load is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cores.load})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
