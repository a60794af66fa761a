"""`python -m bench.client_overhead`: a transcription by the client, beside the same requests without it.

Rule: both make the same requests to the same mock, in turns and in pairs; what is compared is the median of
the quotients, so that a machine that slows down slows both.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import sys
import time
import wave
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

import requests
from miragic_mock import MockServer, intercept
from miragic_stt import Client

from .client_upload import made_with

GOAL = 1.15
PLAN = "done-after=2polls"
SUBMIT_PATH = "/api/v1/speech-to-text/generate"
STATUS_PATH = "/api/v1/speech-to-text/jobs/"


def main() -> int:
    """Measure and print a table, or with --json a document.

    Returns:
        0 if the client stays within its goal on the in-process mock, 1 if not.
    """
    parser = argparse.ArgumentParser(prog="python -m bench.client_overhead")
    parser.add_argument(
        "--pairs", type=int, default=300, help="transcriptions by each (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print a JSON document")
    options = parser.parse_args()
    rows = {name: measure(door, options.pairs) for name, door in DOORS.items()}
    if options.json:
        document = {"goal": GOAL, "pairs": options.pairs, "rows": rows, "made": made_with()}
        print(json.dumps(document, indent=2))
    else:
        print(
            f"A transcription of three requests, {options.pairs} pairs; goal: {GOAL:g} times bare, in process"
        )
        for name, row in rows.items():
            print(
                f"  {name:<12} bare {row['bare_ms']:>7.3f} ms   client {row['client_ms']:>7.3f} ms   "
                f"{row['quotient']:.3f} times"
            )
    return 0 if rows["in process"]["quotient"] <= GOAL else 1


Door = Callable[[], AbstractContextManager[tuple[str, str]]]


@contextmanager
def in_process() -> Iterator[tuple[str, str]]:
    with intercept(plan=PLAN) as mock:
        yield mock.url, mock.api_key


@contextmanager
def on_a_socket() -> Iterator[tuple[str, str]]:
    with MockServer(plan=PLAN) as mock:
        yield mock.url, mock.api_key


DOORS: Mapping[str, Door] = {"in process": in_process, "on a socket": on_a_socket}


def measure(door: Door, pairs: int) -> dict[str, float]:
    """Return milliseconds per transcription, bare and by the client, and the median of their quotients."""
    sound = short_wav()
    with door() as (url, key), requests.Session() as session, Client(key, url, sleep=no_sleep) as client:

        def bare() -> str:
            return bare_transcription(session, url, key, sound)

        def whole() -> str:
            return client.transcribe(sound).text

        bare(), whole()
        times = [
            (timed(bare), timed(whole)) if turn % 2 else timed_swapped(whole, bare) for turn in range(pairs)
        ]
    return {
        "bare_ms": round(statistics.median(bare for bare, _ in times) * 1000, 3),
        "client_ms": round(statistics.median(client for _, client in times) * 1000, 3),
        "quotient": round(statistics.median(client / bare for bare, client in times), 3),
    }


def bare_transcription(session: requests.Session, url: str, key: str, sound: bytes) -> str:
    """Do what a program without the client does: submit, look until it is finished, take the text."""
    headers = {"X-API-Key": key}
    fields = {"audio_format": "wav", "question": "Transcribe this audio:"}
    files = {"file": ("audio.wav", sound, "audio/wav")}
    created = session.post(url + SUBMIT_PATH, headers=headers, data=fields, files=files, timeout=30)
    created.raise_for_status()
    job_id = created.json()["data"]["jobId"]
    while True:
        answer = session.get(url + STATUS_PATH + job_id, headers=headers, timeout=30)
        answer.raise_for_status()
        job = answer.json()["data"]
        if job["status"] != "PENDING":
            return str(job["transcription"])


def timed(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def timed_swapped(second: Callable[[], object], first: Callable[[], object]) -> tuple[float, float]:
    """Time the same pair the other way round, so that neither always profits from going last."""
    later = timed(second)
    return timed(first), later


def no_sleep(seconds: float) -> None:
    """Let no time pass: the bare calls do not wait either."""


def short_wav() -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as audio:
        audio.setnchannels(1)
        audio.setsampwidth(2)
        audio.setframerate(16000)
        audio.writeframes(bytes(32000))
    return buffer.getvalue()


if __name__ == "__main__":
    sys.exit(main())
