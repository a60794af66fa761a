"""What the tests of the doors share: every door with a mock behind it, and a client that goes through any."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from miragic_mock import Mock, MockServer, connect, intercept
from miragic_mock.engine.injection.doors import GRANIAN, INTERCEPT, THREADS, Door

SUBMIT, POLL = "/api/v1/speech-to-text/generate", "/api/v1/speech-to-text/jobs/"


@dataclass(frozen=True)
class Caller:
    """A client of one mock that uses nothing but `requests`."""

    mock: Mock
    door: Door

    def submit(
        self, plan: str = "", *, content: bytes = b"sound" * 1000, name: str = "a.mp3", timeout: float = 10
    ) -> requests.Response:
        headers = {"X-API-Key": self.mock.api_key} | ({"X-Mock-Plan": plan} if plan else {})
        return requests.post(
            self.mock.url + SUBMIT,
            files={"file": (name, content)},
            data={"audio_format": "mp3"},
            headers=headers,
            timeout=timeout,
        )

    def submitted(self, plan: str = "", **more: Any) -> str:
        answer = self.submit(plan, **more)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["jobId"])

    def poll(self, job_id: str, *, timeout: float = 10) -> requests.Response:
        headers = {"X-API-Key": self.mock.api_key}
        return requests.get(self.mock.url + POLL + job_id, headers=headers, timeout=timeout)

    def statuses(self, job_id: str, times: int) -> list[str]:
        return [str(self.poll(job_id).json()["data"]["status"]) for _ in range(times)]


@pytest.fixture(scope="module")
def thread_server() -> Iterator[Mock]:
    """A mock on a socket of this process."""
    with MockServer() as mock:
        yield mock


@pytest.fixture(scope="module")
def granian() -> Iterator[Mock]:
    """A mock that `miragic-mock serve` runs."""
    command = [sys.executable, "-m", "miragic_mock", "serve", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, process.communicate()[1]
            with connect(json.loads(line)["url"]) as mock:
                yield mock
        finally:
            process.terminate()
            process.communicate()


@pytest.fixture(params=["intercept", "threads", "granian"])
def caller(request: pytest.FixtureRequest) -> Iterator[Caller]:
    """A client of a tenant of its own, through each door in turn."""
    if request.param == "intercept":
        with intercept() as mock:
            yield Caller(mock.tenant(), INTERCEPT)
        return
    name, door = {"threads": ("thread_server", THREADS), "granian": ("granian", GRANIAN)}[request.param]
    whole: Mock = request.getfixturevalue(name)
    mock = whole.tenant()
    yield Caller(mock, door)
    mock.end()


@pytest.fixture
def intercepted() -> Callable[..., AbstractContextManager[Caller]]:
    """`with intercepted(plan=...) as caller:` is a client of a mock without a socket."""

    @contextmanager
    def opened(**options: Any) -> Iterator[Caller]:
        with intercept(**options) as mock:
            yield Caller(mock, INTERCEPT)

    return opened


@pytest.fixture
def served() -> Callable[..., AbstractContextManager[Caller]]:
    """`with served(plan=...) as caller:` is a client of a mock on a socket of this process."""

    @contextmanager
    def opened(**options: Any) -> Iterator[Caller]:
        with MockServer(**options) as mock:
            yield Caller(mock, THREADS)

    return opened
