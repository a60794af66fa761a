"""What the mock's tests share: a real Redis server, stores on each back end, and values to put in them."""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import redis
from miragic_mock.domain.job import Job, Upload
from miragic_mock.domain.plan import resolve
from miragic_mock.language.plans import parse_plan
from miragic_mock.stores import DEFAULT_BOUNDS, Bounds, Store, open_store
from miragic_mock.stores.memory import MemoryStore
from miragic_mock.stores.redis import RedisStore

TENANT = "ab" * 16

# Machines are shared and slow at times: a property is about what is true, not about how fast it was.
hypothesis.settings.register_profile("mock", deadline=None, derandomize=os.environ.get("CI") == "true")
hypothesis.settings.load_profile("mock")


@pytest.fixture(scope="session")
def make_job() -> Callable[..., Job]:
    """A job with the given plan; everything else has a sensible value that may be overridden."""
    numbers = itertools.count(1)

    def make(plan: str = "", *, duration_s: float | None = None, **values: Any) -> Job:
        n = next(numbers)
        upload = Upload("hello.mp3", "mp3", 1234, "5a" * 32, duration_s)
        resolved = resolve((("header", parse_plan(plan)),))
        defaults: dict[str, Any] = {
            "id": f"00000000-0000-4000-8000-{n:012d}",
            "tenant": TENANT,
            "created_at": 1000.0,
            "upload": upload,
            "question": "Transcribe this audio:",
            "user_id": "11111111-1111-4111-8111-111111111111",
            "plan": resolved.plan,
            "plan_source": resolved.source,
            "text": "hello world" if resolved.plan.text is None else resolved.plan.text,
        }
        return Job(**defaults | values)

    return make


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a Redis server of our own, started for this module's tests."""
    server = shutil.which("redis-server")
    if server is None:
        reason = "redis-server is not on PATH: install the distribution's redis-server package"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("redis")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen([*command, "--dir", str(folder)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        ready = any("Ready to accept connections" in line for line in process.stdout)
        assert ready, f"redis-server ended with {process.wait()}"
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture(params=["memory", "packed", "sqlite", "redis"])
def open_fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Store]]:
    """Opens an empty store of each kind in turn; closes what it opened."""
    opened: list[Store] = []
    names = itertools.count(1)
    url = request.getfixturevalue("redis_url") if request.param == "redis" else ""

    def make(bounds: Bounds = DEFAULT_BOUNDS) -> Store:
        name = f"store{next(names)}"
        if request.param == "memory":
            store = open_store("memory:", bounds=bounds)
        elif request.param == "packed":
            store = MemoryStore(bounds=bounds, whole=0)
        elif request.param == "sqlite":
            store = open_store(f"sqlite:///{(tmp_path / name).as_posix()}.db", bounds=bounds)
        else:
            store = RedisStore(url, bounds=bounds, prefix=f"{tmp_path.name}-{os.getpid()}-{name}:")
        opened.append(store)
        return store

    yield make
    for store in opened:
        store.close()
    if request.param == "redis":
        client = redis.Redis.from_url(url)
        client.flushall()
        client.close()


@pytest.fixture
def store(open_fresh: Callable[..., Store]) -> Store:
    """An empty store of each kind in turn."""
    return open_fresh()
