"""What the mock's tests share: jobs, stores, and a mock behind each door with a client for it."""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import redis
from miragic_contracts.spec import Spec, default_spec_path, load_spec
from miragic_mock import Mock, MockServer, connect, intercept
from miragic_mock.control.api import Control
from miragic_mock.domain.jobs.job import Job, Upload
from miragic_mock.domain.jobs.plan import resolve
from miragic_mock.engine.injection.doors import GRANIAN, INTERCEPT, THREADS
from miragic_mock.engine.options import Options, engine_of
from miragic_mock.language.plans import parse_plan
from miragic_mock.stores import DEFAULT_BOUNDS, Bounds, Store, open_store
from miragic_mock.stores.memory import MemoryStore
from miragic_mock.stores.redis import RedisStore
from miragic_mock.wsgi.flask_app import app_of, create_app

from .clients import Api, Caller, Time
from .processes import serving

TENANT = "ab" * 16

# Machines are shared and slow at times: a property is about what is true, not about how fast it was.
hypothesis.settings.register_profile("mock", deadline=None, derandomize=os.environ.get("CI") == "true")
hypothesis.settings.load_profile("mock")


# jobs and stores -----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def make_job() -> Callable[..., Job]:
    """Makes a job with a plan; everything else has a sensible value that may be overridden."""
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


# a mock on a clock that stands still ---------------------------------------------------------------------


@pytest.fixture(scope="session")
def spec() -> Spec:
    """The contract that comes with the package."""
    return load_spec()


@pytest.fixture
def make_api(spec: Spec) -> Iterator[Callable[..., Api]]:
    """Makes a mock on a clock of its own; the arguments go to `create_app`."""
    stores = []

    def make(**arguments: Any) -> Api:
        time = Time()
        store = arguments.pop("store", None) or open_store()
        stores.append(store)
        return Api(create_app(**{"spec": spec, "clock": time, "store": store} | arguments), time)

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def api(make_api: Callable[..., Api]) -> Api:
    """A mock with nothing changed from its defaults."""
    return make_api()


@pytest.fixture
def api_of() -> Iterator[Callable[[Options], Api]]:
    """Makes the mock that options describe; its clock is the real one."""
    engines = []

    def make(options: Options) -> Api:
        engines.append(engine_of(options))
        return Api(app_of(engines[-1], Control(engines[-1])), Time())

    yield make
    for engine in engines:
        engine.store.close()


@pytest.fixture
def edited_spec(tmp_path: Path) -> Callable[..., Spec]:
    """The contract with some of its text replaced, each piece of which must be there."""

    def edit(*replacements: tuple[str, str]) -> Spec:
        text = default_spec_path().read_text(encoding="utf-8")
        for before, after in replacements:
            assert before in text, before
            text = text.replace(before, after)
        path = tmp_path / "edited.yaml"
        path.write_text(text, encoding="utf-8")
        return load_spec(path)

    return edit


# every door, with a mock behind it -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def thread_server() -> Iterator[Mock]:
    """A mock on a socket of this process."""
    with MockServer() as mock:
        yield mock


@pytest.fixture(scope="module")
def granian() -> Iterator[Mock]:
    """A mock that `miragic-mock serve` runs."""
    with serving() as (facts, _), connect(facts["url"]) as mock:
        yield mock


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
    """Makes a client of a mock without a socket, in a `with` block; takes the options of `intercept`."""

    @contextmanager
    def opened(**options: Any) -> Iterator[Caller]:
        with intercept(**options) as mock:
            yield Caller(mock, INTERCEPT)

    return opened


@pytest.fixture
def served() -> Callable[..., AbstractContextManager[Caller]]:
    """Makes a client of a mock on a socket of this process, in a `with` block; takes its options."""

    @contextmanager
    def opened(**options: Any) -> Iterator[Caller]:
        with MockServer(**options) as mock:
            yield Caller(mock, THREADS)

    return opened
