"""A store that fails while the mock runs: said so, in the contract's shape, and never a crash."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
from miragic_mock.errors import StoreError
from miragic_mock.stores import open_store
from miragic_mock.stores.redis import RedisStore
from miragic_mock.stores.sqlite import SqliteStore

BUSY_S = 0.2
# How long Redis may take for any answer: enough for a slow machine, since only one poll waits for it in vain.
SILENT_S = 2


@pytest.mark.parametrize("lost", ["tenants", "jobs", "counters", "exchanges"])
def test_a_call_that_the_store_fails_answers_503(
    make_api: Callable[..., Any], tmp_path: Path, lost: str
) -> None:
    """Whichever part fails, the answer says why and when to ask again, and has an id like any other."""
    file = tmp_path / "mock.db"
    api = make_api(store=open_store(f"sqlite:///{file.as_posix()}"))
    job_id = api.submitted()
    with closing(sqlite3.connect(file)) as other:
        other.execute(f"DROP TABLE {lost}")
    answer = api.submit() if lost == "counters" else api.poll(job_id)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert f"no such table: {lost}" in answer.get_json()["error"]["message"]
    assert answer.headers["X-Request-Id"]
    assert api.client.get("/_mock/health").status_code == 200
    assert [n for (_, status), n in api.engine.tally.answers().items() if status == 503] == [1]


def test_a_store_that_is_gone_is_not_ready(make_api: Callable[..., Any], tmp_path: Path) -> None:
    """Readiness and every other control call say that the store does not answer."""
    store = open_store(f"sqlite:///{(tmp_path / 'mock.db').as_posix()}")
    api = make_api(store=store)
    store.close()
    for path in ("ready", "jobs", ""):
        answer = api.client.get(f"/_mock/{path}")
        assert answer.status_code == 503
        assert "closed database" in answer.get_json()["error"]["message"]


# a database that is locked --------------------------------------------------------------------------------


def test_a_database_that_stays_locked_answers_503_until_it_is_free(
    make_api: Callable[..., Any], tmp_path: Path
) -> None:
    """Each of many requests is told so; afterwards all works, and what was refused has left no trace."""
    file = tmp_path / "mock.db"
    api = make_api(store=SqliteStore(file, busy_timeout_s=BUSY_S))
    job_id = api.submitted("done-after=1h")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: Api503(api.poll(job_id)), range(16)))
        assert {answer.status for answer in answers} == {503}
        assert {answer.retry_after for answer in answers} == {"1"}
        assert all("locked" in answer.text or "have waited" in answer.text for answer in answers)
        other.execute("ROLLBACK")
    assert [api.poll(job_id).headers["X-Request-Id"] for _ in range(2)] == [f"{job_id}-1", f"{job_id}-2"]
    assert api.submit().status_code == 201


class Api503:
    """The parts of an answer that the test looks at."""

    def __init__(self, answer: Any) -> None:
        self.status, self.retry_after = answer.status_code, answer.headers.get("Retry-After")
        self.text = answer.get_json()["error"]["message"]


def test_no_request_waits_for_all_that_wait_before_it(tmp_path: Path) -> None:
    """Each of eight threads that find the file locked waits once for the others and once for the file."""
    file = tmp_path / "mock.db"
    store = SqliteStore(file, busy_timeout_s=BUSY_S)
    lock = store._file._lock = WatchedLock(store._file._lock)
    with closing(sqlite3.connect(file, isolation_level=None)) as other, closing(store):
        other.execute("BEGIN IMMEDIATE")

        def timeouts(_: int) -> list[float]:
            with lock.watched() as timeouts, pytest.raises(StoreError):
                store.count("aa", "n")
            return timeouts

        # The lock is taken for the transaction, and again by the same thread for its first statement, which
        # waits for the file and fails.
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(timeouts, range(8)))
        assert set(map(tuple, found)) <= {(BUSY_S,), (BUSY_S, BUSY_S)}


class WatchedLock:
    """A lock that tells with which timeouts a thread has asked for it."""

    def __init__(self, lock: Any) -> None:
        self._lock = lock
        self._watching = threading.local()

    @contextmanager
    def watched(self) -> Iterator[list[float]]:
        self._watching.timeouts = timeouts = []
        yield timeouts

    def acquire(self, timeout: float = -1) -> bool:
        getattr(self._watching, "timeouts", []).append(timeout)
        return bool(self._lock.acquire(timeout=timeout))

    def release(self) -> None:
        self._lock.release()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


# a Redis that goes away -----------------------------------------------------------------------------------


class Server:
    """A Redis server that keeps what it acknowledges, and can be killed, stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self._port = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.start()

    def start(self) -> None:
        options = ["--port", str(self._port), "--bind", "127.0.0.1", "--dir", str(self._folder)]
        keep = ["--save", "", "--appendonly", "yes", "--appendfsync", "always"]
        self.process = subprocess.Popen(["redis-server", *options, *keep], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert any("Ready to accept connections" in line for line in self.process.stdout)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def connections(self) -> int:
        """How many others are connected."""
        with redis.Redis.from_url(self.url) as asking:
            return len(asking.client_list()) - 1


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    if shutil.which("redis-server") is None:
        reason = "redis-server is not on PATH: install the distribution's redis-server package"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    server = Server(tmp_path)
    yield server
    server.kill()


def test_a_redis_that_was_away_is_used_again(make_api: Callable[..., Any], server: Server) -> None:
    """Requests get 503 with Retry-After while it is away, and find it as soon as it is back.

    It does not matter which connections were open before, and all that was acknowledged is there once.
    """
    store = open_store(server.url)
    api = make_api(store=store)
    job_id = api.submitted("done-after=1h")
    with ThreadPoolExecutor(6) as pool:  # several connections are open
        named = Counter(pool.map(lambda _: api.poll(job_id).headers["X-Request-Id"], range(24)))
    assert named == Counter(f"{job_id}-{n}" for n in range(1, 25))
    server.kill()
    for answer in (api.poll(job_id), api.submit(), api.poll(job_id)):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert "Redis" in answer.get_json()["error"]["message"]
    assert api.client.get("/_mock/ready").status_code == 503
    server.start()
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: api.poll(job_id), range(12)))
    assert {answer.status_code for answer in answers} == {200}
    names = sorted(int(answer.headers["X-Request-Id"].rpartition("-")[2]) for answer in answers)
    assert names == list(range(25, 37))
    assert api.submit().status_code == 201
    assert api.client.get("/_mock/ready").status_code == 200
    store.close()
    assert server.connections() == 0


def test_a_redis_that_hangs_is_not_waited_for_long(
    make_api: Callable[..., Any], server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that takes connections and does not answer is given its time once; nothing is sent twice."""
    sent: list[object] = []
    send = redis.Connection.send_packed_command
    api = make_api(store=RedisStore(server.url, timeout_s=SILENT_S))
    job_id = api.submitted("done-after=1h")
    api.poll(job_id)
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        monkeypatch.setattr(
            redis.Connection,
            "send_packed_command",
            lambda *args, **options: sent.append(args) or send(*args, **options),
        )
        answer = api.poll(job_id)
        assert len(sent) == 1
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    # The poll that nobody heard the answer of may have been counted, once at most.
    assert api.poll(job_id).headers["X-Request-Id"] in (f"{job_id}-2", f"{job_id}-3")


# uploads that are not kept --------------------------------------------------------------------------------


def test_redis_shows_and_keeps_its_bound_of_uploads(make_api: Callable[..., Any], server: Server) -> None:
    """Redis keeps uploads of up to 8 MiB, as `/_mock/` says.

    The link of a larger one leads to a 404 that says so, and its job is like any other.
    """
    api = make_api(store=open_store(server.url))
    shown = api.client.get("/_mock/").get_json()
    assert shown["store"]["bounds"]["blob_bytes"] == 8 * 1024 * 1024
    for size, status in ((8 * 1024 * 1024, 200), (8 * 1024 * 1024 + 1, 404)):
        job = api.job(api.submitted("done-after=0s", content=bytes(size)))
        assert job["status"] == "COMPLETED"
        path = urlsplit(job["audioUrl"]).path
        answer = api.client.get(path)
        assert answer.status_code == status
        if status == 404:
            assert "not kept" in answer.get_json()["error"]["message"]
        else:
            assert len(answer.data) == size
