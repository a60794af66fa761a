"""Target 6: a whole transcription without a socket, compared with stubs written by hand."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Final

import requests
import responses
from miragic_mock import intercept
from responses.registries import OrderedRegistry

from ..documents import Documents
from ..field import Bench
from ..results import Figure, Goal, Outcome, ratio
from ..servers import KEY, BenchError

_HOST: Final = "https://stt.test"
_OURS: Final = "intercept()"
_STUBS: Final = "hand-written stubs"
_HEADERS: Final = {"X-API-Key": KEY}


def measure(bench: Bench) -> Outcome:
    """Measure a whole transcription by our mock and by stubs that can do nothing else."""
    documents = bench.documents
    count = 50 * bench.effort.seconds
    ways: dict[str, Callable[[], float]] = {
        _STUBS: lambda: _by_stubs(documents, count),
        _OURS: lambda: _by_intercept(documents, count),
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    for round_ in range(2 * bench.effort.rounds + 1):
        for name, way in ways.items():
            took_ms = way() / count * 1000
            if round_:  # the first round imports and compiles
                took[name].append(took_ms)
    return Outcome(
        6,
        "In process",
        f"`requests` submits, polls while pending and when done; means of {count} in a row, in turn.",
        tuple(Figure(name, "ms", tuple(values)) for name, values in took.items()),
        (Goal(f"{_OURS} beside {_STUBS}", ratio(took[_OURS], took[_STUBS]), 1.5, "at most"),),
    )


def _by_stubs(documents: Documents, count: int) -> float:
    pending = json.loads(documents.shown)
    done = {**pending, "data": {**pending["data"], "status": "COMPLETED", "transcription": "Hello."}}
    # `responses` considers stubs of the same method and URL equal and removes them together, unless their
    # registry is an ordered one.
    with responses.RequestsMock(registry=OrderedRegistry) as stubs:
        for _ in range(count):
            stubs.post(_HOST + documents.submit, json=json.loads(documents.created), status=201)
            for document in (pending, done):
                stubs.get(_HOST + documents.job, json=document)
        started = time.perf_counter()
        for _ in range(count):
            _transcribe(documents)
        return time.perf_counter() - started


def _by_intercept(documents: Documents, count: int) -> float:
    with intercept(_HOST, plan="done-after=2polls"):
        started = time.perf_counter()
        for _ in range(count):
            _transcribe(documents)
        return time.perf_counter() - started


def _transcribe(documents: Documents) -> None:
    """Do what a client does that checks nothing: submit once, poll twice."""
    form = {"file": ("hello.mp3", b"not quite a recording", "audio/mpeg")}
    made = requests.post(_HOST + documents.submit, headers=_HEADERS, files=form, data={"audio_format": "mp3"})
    url = _HOST + documents.path(made.json()["data"]["jobId"])
    shown = [requests.get(url, headers=_HEADERS).json()["data"]["status"] for _ in range(2)]
    if shown != ["PENDING", "COMPLETED"]:
        raise BenchError(f"expected a job that ends at its second poll, got {shown}")
