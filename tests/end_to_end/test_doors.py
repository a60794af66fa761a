"""A client written for the live API gets the same service in process, from threads and from Granian."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import requests
from miragic_mock import Mock, MockServer, connect, intercept
from miragic_stt import Client

from tests.counting import counted_calls

StartMock = Callable[..., AbstractContextManager[str]]
OPTIONS: Final[dict[str, Any]] = {
    "seed": 11,
    "plan": "done-after=3polls;text=hello",
    "clock": "2026-01-01T12:00:00Z",
}
NOT_THE_MOCKS: Final = ("real_at", "took_s", "content_type", "answer_bytes")  # links hold the address
AS_ARGUMENTS: Final = [f"--{name}={value}" for name, value in OPTIONS.items()]


def transcript(mock: Mock, recording: Path, *, sleep: Callable[[float], object]) -> str:
    """Do what a client does that knows nothing of mocks: submit, then poll less and less often."""
    with requests.Session() as session:
        session.headers["X-API-Key"] = mock.api_key
        with recording.open("rb") as file:
            made = session.post(
                f"{mock.url}/api/v1/speech-to-text/generate",
                files={"file": (recording.name, file)},
                data={"audio_format": recording.suffix[1:]},
                timeout=10,
            )
        made.raise_for_status()
        job_id = made.json()["data"]["jobId"]
        wait_s = 1.0
        while True:
            poll = session.get(f"{mock.url}/api/v1/speech-to-text/jobs/{job_id}", timeout=10)
            data = poll.json()["data"]
            if data["status"] != "PENDING":
                return str(data["transcription"])
            sleep(wait_s)
            wait_s = min(wait_s * 1.5, 60)


@contextmanager
def through(door: str, start_mock: StartMock) -> Iterator[Mock]:
    if door == "intercept":
        with intercept(**OPTIONS) as mock:
            yield mock
    elif door == "thread":
        with MockServer(**OPTIONS) as mock:
            yield mock
    else:
        with start_mock("--server", door, *AS_ARGUMENTS) as url, connect(url) as mock:
            yield mock


@pytest.fixture(scope="module")
def evidence(start_mock: StartMock, recordings: Path) -> dict[str, str]:
    """Everything that each door's mock reports, except real times and the boundary that the client chose."""
    found = {}
    for door in ("intercept", "thread", "threads", "granian"):
        with through(door, start_mock) as mock:
            text = transcript(mock, recordings / "hello.wav", sleep=mock.advance)
            journal = [
                {name: value for name, value in exchange.items() if name not in NOT_THE_MOCKS}
                for exchange in mock.journal()
            ]
            facts = [text, mock.jobs(), mock.ledger(), mock.verify(), mock.clock(), journal]
            found[door] = json.dumps(facts, sort_keys=True)
    return found


@pytest.mark.parametrize("door", ["thread", "threads", "granian"])
def test_every_door_leads_to_the_same_service(evidence: dict[str, str], door: str) -> None:
    """The same seed and the same requests give the same ids, times, journal, books and verdict."""
    assert evidence[door] == evidence["intercept"]
    assert "hello" in evidence[door]


def test_half_an_hour_of_polling_costs_few_steps(recordings: Path) -> None:
    """A job of 30 minutes, which our client polls with growing waits, costs a test few calls, and no wait."""
    with intercept(plan="done-after=30m;text=at last", clock="frozen") as mock:
        with Client(mock.api_key, mock.url, clock=mock.monotonic, sleep=mock.sleep, timeout_s=3600) as client:
            client.transcribe(recordings / "hello.wav")  # caches are filled and modules imported
            mock.reset()
            with counted_calls() as calls:
                assert client.transcribe(recordings / "hello.wav").text == "at last"
        polls = len(mock.journal()) - 1
        assert polls > 90
        assert mock.verify(min_interval_s=0.5)["good"]
    # A tenth above the 3,156 calls counted when this was written, of which two thirds search each answer for
    # the key in every spelling. Calls, not seconds: how long a call takes depends on the machine.
    assert calls.total() / polls < 3_480
