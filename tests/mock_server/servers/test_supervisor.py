"""Workers that die are started again, and what they counted is not lost."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests
from miragic_mock.servers.supervisor import Restarts

from ..processes import serving

POLL = "/api/v1/speech-to-text/jobs/x"
KILLS = 6


def workers(parent: int) -> list[int]:
    """The worker processes of a server."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [
        int(pid) for pid in children if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def polls(url: str) -> float:
    """How many polls the metrics count."""
    lines = requests.get(f"{url}/_mock/metrics", timeout=30).text.splitlines()
    counts = [line for line in lines if line.startswith('miragic_mock_answers_total{operation="status"')]
    return sum(float(line.split()[-1]) for line in counts)


@pytest.mark.skipif(sys.platform != "linux", reason="finds the workers by /proc")
@pytest.mark.parametrize("kind", ["sqlite", "redis"])
def test_killed_workers_are_started_again(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The server stays, says each death on standard error, and its metrics never go back."""
    store = f"sqlite:///{tmp_path / 'mock.db'}" if kind == "sqlite" else request.getfixturevalue("redis_url")
    log: list[str] = []
    answered = 0
    with serving("--workers", "2", "--store", store, log=log) as (facts, process):
        for _ in range(KILLS):
            for _ in range(5):
                with suppress(requests.ConnectionError):  # it was on its way to the worker that died
                    requests.get(facts["url"] + POLL, headers={"X-API-Key": "k"}, timeout=30)
                    answered += 1
            before = workers(process.pid)
            os.kill(before[0], signal.SIGKILL)
            until(lambda before=before: len(set(workers(process.pid)) - set(before)) == 1)  # type: ignore[misc]
        until(lambda: _answers(facts["url"]))
        assert polls(facts["url"]) >= answered
        assert process.poll() is None
    assert process.returncode == 0
    assert log[0].count("was killed by signal 9; it was started again as process") == KILLS


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/_mock/health", timeout=30).status_code == 200
    except requests.ConnectionError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="finds the workers by /proc")
def test_a_server_whose_state_is_gone_ends_and_says_so() -> None:
    """With the memory store a new worker would know none of the jobs that were acknowledged."""
    log: list[str] = []
    with serving(log=log) as (_, process):
        os.kill(workers(process.pid)[0], signal.SIGKILL)
        assert process.wait(30) == 1
    assert "its state was in its memory" in log[0]


def test_pauses_grow_and_are_bounded() -> None:
    """The first death costs no time, further ones more and more, and a long life begins anew."""
    restarts = Restarts()
    pauses: list[Any] = [restarts.pause_s(lived_s=1, was_up=True) for _ in range(40)]
    assert pauses[:4] == [0, 0.1, 0.2, 0.4]
    assert max(pauses) == 5
    assert restarts.pause_s(lived_s=60, was_up=True) == 0


def test_workers_that_never_serve_end_the_server() -> None:
    """A worker that cannot start is not started for ever."""
    restarts = Restarts()
    assert [restarts.pause_s(lived_s=0, was_up=False) is None for _ in range(5)] == [False] * 4 + [True]
