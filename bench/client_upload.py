"""`python -m bench.client_upload`: what uploading 1 GiB costs the client in memory, beside `files=`.

Rule: each upload runs in a process of its own, against a server in another: nothing is counted twice.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from .machine import provenance

GOAL_MIB = 10.0
SUBMIT_PATH = "/api/v1/speech-to-text/generate"
ANSWER = b'{"success": true, "data": {"jobId": "job-1", "status": "PENDING"}, "message": "created"}'


def main() -> int:
    """Measure and print a table, or with --json a document.

    Returns:
        0 if the client stays within its goal, 1 if not.
    """
    parser = argparse.ArgumentParser(prog="python -m bench.client_upload")
    parser.add_argument("--size", type=int, default=1 << 30, metavar="BYTES", help="default: 1 GiB")
    parser.add_argument("--json", action="store_true", help="print a JSON document")
    parser.add_argument("--upload", nargs=3, metavar=("WAY", "URL", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.upload:
        print(json.dumps(upload(*options.upload)))
        return 0
    with tempfile.TemporaryDirectory(prefix="miragic-bench-") as folder, draining_server() as url:
        file = sparse_wav(Path(folder), options.size)
        rows = {way: measured(way, url, file) for way in WAYS}
    within = rows["miragic_stt"]["growth_mib"] <= GOAL_MIB
    if options.json:
        document = {"size_bytes": options.size, "goal_mib": GOAL_MIB, "rows": rows, "made": made_with()}
        print(json.dumps(document, indent=2))
    else:
        print(f"Uploading {options.size / (1 << 20):,.0f} MiB; goal: {GOAL_MIB:g} MiB of memory at most")
        for way, row in rows.items():
            print(f"  {way:<18} {row['growth_mib']:>8.1f} MiB {row['seconds']:>7.2f} s")
    return 0 if within else 1


def made_with() -> dict[str, object]:
    """Return what the figures were made with: the machine, and the libraries below the client."""
    below = {name: version(name) for name in ("requests", "urllib3", "httpx")}
    return {**asdict(provenance()), "client_libraries": below}


def with_client(url: str, file: str) -> None:
    from miragic_stt import Client

    with Client("bench-key", url, timeout_s=None) as client:
        client.submit(file)


def with_async_client(url: str, file: str) -> None:
    import asyncio

    from miragic_stt import AsyncClient

    async def submit() -> None:
        async with AsyncClient("bench-key", url, timeout_s=None) as client:
            await client.submit(file)

    asyncio.run(submit())


def with_files(url: str, file: str) -> None:
    """Upload as most programs do."""
    import requests

    with open(file, "rb") as audio:
        fields = {"audio_format": "wav", "question": "Transcribe this audio:"}
        requests.post(url + SUBMIT_PATH, data=fields, files={"file": audio}, timeout=600).raise_for_status()


WAYS: dict[str, Callable[[str, str], None]] = {
    "miragic_stt": with_client,
    "miragic_stt async": with_async_client,
    "requests files=": with_files,
}


def upload(way: str, url: str, file: str) -> dict[str, float]:
    """Return how this process's peak memory grew, and the seconds, over one upload, after a small one."""
    with tempfile.TemporaryDirectory(prefix="miragic-bench-") as folder:
        WAYS[way](url, str(sparse_wav(Path(folder), 1000)))
    before = peak_mib()
    began = time.perf_counter()
    WAYS[way](url, file)
    return {"growth_mib": round(peak_mib() - before, 2), "seconds": round(time.perf_counter() - began, 3)}


def measured(way: str, url: str, file: Path) -> dict[str, float]:
    words = [sys.executable, "-m", "bench.client_upload", "--upload", way, url, str(file)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    row: dict[str, float] = json.loads(done.stdout)
    return row


def peak_mib() -> float:
    """Return the most memory this process ever held; the kernel counts it, so no peak is missed."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("/proc/self/status has no VmHWM; this needs Linux")


def sparse_wav(folder: Path, size_bytes: int) -> Path:
    path = folder / "long.wav"
    with path.open("wb") as file:
        file.write(b"RIFF\x24\x08\x00\x00WAVE")
        file.truncate(size_bytes)
    return path


@contextmanager
def draining_server() -> Iterator[str]:
    """Run a server that reads requests and says that a job was created. Its memory is not measured."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, args=(listener,), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def accept(listener: socket.socket) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            serve(connection)


def serve(connection: socket.socket) -> None:
    buffer = bytearray(1 << 20)
    unread = b""
    while True:
        while b"\r\n\r\n" not in unread:
            if not (data := connection.recv(1 << 16)):
                return
            unread += data
        head, _, unread = unread.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
        left, unread = length - len(unread), b""
        while left > 0:
            left -= connection.recv_into(buffer, min(left, len(buffer))) or left
        connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n" % len(ANSWER) + ANSWER)


if __name__ == "__main__":
    os.environ.setdefault("NO_PROXY", "127.0.0.1")
    sys.exit(main())
