"""Connections that get nowhere, of each manner, beside a client that only wants its job polled."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from .good_client import Seen, good_client
from .line import Line
from .requests_by_hand import BOUNDARY, Caller, head
from .served import SUBMIT, Served, serving
from .swarm import Manner, Swarm

MOST_P99_MS: Final = 100.0
SERVERS: Final = ("granian", "threads")
_RAMP_WITHIN_S: Final = 20.0
_LONG: Final = 10_000_000
_READ_SLOWLY_BYTES: Final = 4 * 1024 * 1024
_SLOWLY: Final = 256
_BOUND: Final = f"p99 < {MOST_P99_MS:.0f} ms, never refused"


def manners(job_id: str, audio_path: str) -> tuple[Manner, ...]:
    """Return all manners of getting nowhere.

    Args:
        job_id: A job of the key `neighbour` that never ends.
        audio_path: The path of a large file that anybody may fetch.
    """
    of_json = f"Content-Type: application/json\r\nContent-Length: {_LONG}\r\n"
    of_form = f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {_LONG}\r\n"
    file = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.mp3"\r\n\r\n'.encode()
    wait = head("GET", f"/_mock/wait?job={job_id}&until=terminal&timeout=60", "neighbour")
    return (
        Manner("silent before the TLS handshake", is_before_tls=True),
        Manner("silent before the head"),
        Manner("dripping a head", b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ", b"a"),
        Manner("dripping a body", head("PUT", "/_mock/plan", "neighbour", of_json), b" "),
        Manner("dripping an upload", head("POST", SUBMIT, "neighbour", of_form) + file, b"a"),
        Manner("idle after an answer", head("GET", "/_mock/health")),
        Manner("reading an answer slowly", head("GET", audio_path), reads=_SLOWLY),
        Manner("waiting at /_mock/wait", wait, repeats=True),
    )


def beside(
    server: str,
    *,
    tls: bool,
    connections: int,
    seconds: float,
    manner: str = "",
    options: tuple[str, ...] = (),
    settle_s: float = 0.0,
) -> Iterator[Line]:
    """Yield a line for each manner of getting nowhere at one server.

    Args:
        server: `granian` or `threads`.
        tls: Whether it speaks TLS.
        connections: How many get nowhere at once.
        seconds: How long the good client is watched.
        manner: Only the manners whose names hold this text.
        options: Further options of `miragic-mock serve`.
        settle_s: How long the connections are left alone before: to open a thousand costs work by itself.
    """
    with tempfile.TemporaryDirectory(prefix="trust-") as folder:
        with_tls = ("--tls-self-signed",) if tls else ()
        with serving("--server", server, *with_tls, *options, folder=Path(folder)) as served:
            for chosen in _manners_at(served):
                if manner in chosen.name and (tls or not chosen.is_before_tls):
                    seen, swarm = _measure(served, chosen, tls, connections, seconds, settle_s)
                    yield _line(f"{server}{', TLS' if tls else ''}: {connections} {chosen.name}", seen, swarm)


def _manners_at(served: Served) -> tuple[Manner, ...]:
    neighbour = Caller.of(served, "neighbour")
    job_id = neighbour.submit(content=b"x" * _READ_SLOWLY_BYTES, plan="done=never")
    url = urlsplit(str(neighbour.poll(job_id)["audioUrl"]))
    neighbour.close()
    return manners(job_id, f"{url.path}?{url.query}" if url.query else url.path)


def _measure(
    served: Served, manner: Manner, tls: bool, connections: int, seconds: float, settle_s: float
) -> tuple[Seen, Swarm]:
    with Swarm((served.host, served.port), manner, connections, tls=tls) as swarm:
        swarm.wait_until_whole(_RAMP_WITHIN_S)
        time.sleep(settle_s)
        with good_client(served) as seen:
            time.sleep(seconds)
    return seen, swarm


def _line(promise: str, seen: Seen, swarm: Swarm) -> Line:
    p99_ms, refused = seen.percentile_ms(0.99), len(seen.refusals)
    measured = f"p99 {p99_ms:.0f} ms, {refused} of {len(seen.latencies_ms) + refused} refused"
    if refused:
        measured += f" ({seen.refusals[0]})"
    measured += f"; {swarm.opened} opened, {swarm.closed} closed by the server"
    return Line(promise, _BOUND, measured, p99_ms < MOST_P99_MS and not refused)
