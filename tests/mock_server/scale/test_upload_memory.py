"""Large uploads cost constant memory, kept or only digested (`python -m bench uploads`: a whole GiB)."""

from __future__ import annotations

import hashlib
import http.client
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

MIB = 1024 * 1024
GROWTH_MIB = 8
SUBMIT, POLL = "/api/v1/speech-to-text/generate", "/api/v1/speech-to-text/jobs/"
KEY = {"X-API-Key": "k"}
HEAD = (
    b'--b\r\nContent-Disposition: form-data; name="audio_format"\r\n\r\nmp3\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="long.mp3"\r\n\r\n'
)
TAIL = b"\r\n--b--\r\n"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads memory from /proc")


def pieces(mib: int) -> Iterator[bytes]:
    """The content, a MiB at a time, no two alike."""
    return (hashlib.sha256(b"%d" % n).digest() * (MIB // 32) for n in range(mib))


def upload(url: str, mib: int) -> str:
    """The id of a job whose recording has that size."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    length = {"Content-Length": str(len(HEAD) + mib * MIB + len(TAIL))}
    content_type = {"Content-Type": "multipart/form-data; boundary=b"}
    try:
        body = (piece for part in ((HEAD,), pieces(mib), (TAIL,)) for piece in part)
        connection.request("POST", SUBMIT, body, KEY | length | content_type)
        answer = connection.getresponse()
        document = answer.read().decode()
        assert answer.status == 201, document
    finally:
        connection.close()
    return str(json.loads(document)["data"]["jobId"])


def audio_url(url: str, job_id: str) -> str:
    """Where a job's recording can be fetched."""
    job = requests.get(url + POLL + job_id, headers=KEY, timeout=60).json()["data"]
    return str(job["audioUrl"])


def processes(group: int) -> list[Path]:
    """The server's processes; they are a group of their own."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if int(fields[2]) == group:
            found.append(status.parent)
    return found


def mib_of(group: int, what: str) -> float:
    """A figure of memory, summed over the server's processes."""
    lines = [line for process in processes(group) for line in (process / "status").read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith(f"{what}:")) / 1024


@pytest.mark.parametrize("server", ["granian", "threads"])
@pytest.mark.parametrize(
    ("kind", "mib", "is_kept"),
    [
        ("memory", 60, True),
        ("memory", 100, False),
        ("sqlite", 60, True),
        ("sqlite", 100, False),
        ("redis", 60, False),
    ],
)
def test_memory_does_not_grow_with_an_upload(
    serve: Callable[..., Any],
    request: pytest.FixtureRequest,
    tmp_path: Path,
    server: str,
    kind: str,
    mib: int,
    is_kept: bool,
) -> None:
    """The peak stays within 8 MiB of what the server had before.

    That holds for an upload that is kept on disk and for one beyond what is kept; the one that is kept comes
    back as it was sent.
    """
    stores = {
        "memory": lambda: "memory:",
        "sqlite": lambda: f"sqlite:///{(tmp_path / 'mock.db').as_posix()}",
        "redis": lambda: request.getfixturevalue("redis_url"),
    }
    store = stores[kind]()
    with serve("--server", server, "--store", store, "--max-upload", "128M") as served:
        group = served.process.pid
        # What is loaded with a first upload, and with the first that is fetched, stays.
        requests.get(audio_url(served.url, upload(served.url, 4)), timeout=60)
        before = mib_of(group, "VmRSS")
        for process in processes(group):
            (process / "clear_refs").write_text("5")  # let peaks count from now on: proc(5)
        job_id = upload(served.url, mib)
        assert mib_of(group, "VmHWM") - before < GROWTH_MIB

        with requests.get(audio_url(served.url, job_id), stream=True, timeout=60) as kept:
            if not is_kept:
                assert kept.status_code == 404
                return
            expected, got = hashlib.sha256(), hashlib.sha256()
            for piece in pieces(mib):
                expected.update(piece)
            for piece in kept.iter_content(MIB):
                got.update(piece)
            assert got.digest() == expected.digest()
        assert mib_of(group, "VmHWM") - before < GROWTH_MIB
