"""`python -m tests.trust.good_client`: a client that only wants its job polled, in a process of its own.

It works until its standard input ends, then prints what it saw as JSON. So it ends, too, when the process
that started it is gone.
"""

from __future__ import annotations

import http.client
import json
import math
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from .requests_by_hand import Caller
from .served import Served

_PAUSE_S: Final = 0.01
_SUBMITS_EVERY: Final = 10
_ROOT: Final = Path(__file__).parents[2]


@dataclass(slots=True)
class Seen:
    """What a client saw.

    Attributes:
        latencies_ms: Of each request that was answered as it should be, connecting included.
        refusals: What went wrong with the others.
    """

    latencies_ms: list[float] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    def percentile_ms(self, part: float) -> float:
        """Return the latency that such a part of the requests kept; infinite where nothing was answered."""
        if not self.latencies_ms:
            return math.inf
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, math.ceil(part * len(ordered)) - 1)]


@contextmanager
def good_client(served: Served) -> Iterator[Seen]:
    """Let a good client work until the block ends, where what it saw is filled in."""
    command = [
        sys.executable,
        "-m",
        "tests.trust.good_client",
        served.host,
        str(served.port),
        served.authority or "",
    ]
    seen = Seen()
    with subprocess.Popen(
        command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()  # what it takes to load its libraries is not what is measured
            yield seen
            printed, _ = process.communicate(timeout=60)
            found = json.loads(printed)
            seen.latencies_ms, seen.refusals = found["latencies_ms"], found["refusals"]
        finally:
            process.kill()


def work(host: str, port: int, authority: str) -> Seen:
    """Poll a job on new connections and on a kept one, and submit now and then, until standard input ends."""
    served = Served(host, port, authority or None, None)  # type: ignore[arg-type]  # somebody else's process
    fresh, kept = Caller.of(served, "good"), Caller.of(served, "good")
    seen, number, job_id = Seen(), 0, ""
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], _PAUSE_S)[0]:
        number += 1
        began = time.perf_counter()
        try:
            if not job_id or number % _SUBMITS_EVERY == 0:
                job_id = fresh.submit(f"{number}.mp3", plan="done=never")
            else:
                (kept if number % 2 else fresh).poll(job_id)
        except (OSError, http.client.HTTPException, RuntimeError) as error:
            seen.refusals.append(f"{type(error).__name__}: {error}"[:200])
        else:
            seen.latencies_ms.append((time.perf_counter() - began) * 1000)
        fresh.close()
    kept.close()
    return seen


if __name__ == "__main__":
    found = work(sys.argv[1], int(sys.argv[2]), sys.argv[3])
    print(json.dumps({"latencies_ms": found.latencies_ms, "refusals": found.refusals}))
