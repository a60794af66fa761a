"""A store that fails while the mock runs: said so, in the contract's shape, and never a crash."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
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
    """While another program holds the file, each of many requests is told so in bounded time, whoever waits
    before it; afterwards all works, and what was refused has left no trace."""
    file = tmp_path / "mock.db"
    api = make_api(store=SqliteStore(file, busy_timeout_s=BUSY_S))
    job_id = api.submitted("done-after=1h")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: Api503(api.poll(job_id)), range(16)))
        # Two rounds of eight, each of which waits for the others and for the file, and is told so.
        assert time.monotonic() - started < 2 * 3 * BUSY_S + 5
        assert {answer.status for answer in answers} == {503}
        assert {answer.retry_after for answer in answers} == {"1"}
        assert all("locked" in said or "have waited" in said for said in (one.text for one in answers))
        other.execute("ROLLBACK")
    assert [api.poll(job_id).headers["X-Request-Id"] for _ in range(2)] == [f"{job_id}-1", f"{job_id}-2"]
    assert api.submit().status_code == 201


class Api503:
    """What is looked at of an answer."""

    def __init__(self, answer: Any) -> None:
        self.status, self.retry_after = answer.status_code, answer.headers.get("Retry-After")
        self.text = answer.get_json()["error"]["message"]


def test_no_request_waits_for_all_that_wait_before_it(tmp_path: Path) -> None:
    """Of eight threads that find the file locked the last is told after twice the time that one waits."""
    file = tmp_path / "mock.db"
    store = SqliteStore(file, busy_timeout_s=BUSY_S)
    with closing(sqlite3.connect(file, isolation_level=None)) as other, closing(store):
        other.execute("BEGIN IMMEDIATE")

        def waited_s(_: int) -> float:
            started = time.monotonic()
            with pytest.raises(StoreError):
                store.count("aa", "n")
            return time.monotonic() - started

        with ThreadPoolExecutor(8) as pool:
            assert max(pool.map(waited_s, range(8))) < 5 * BUSY_S


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
    """503 with Retry-After while it is away. When it is back the first request finds it, whatever connections
    were open before, and all that was acknowledged is there once."""
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


def test_a_redis_that_hangs_is_not_waited_for_long(make_api: Callable[..., Any], server: Server) -> None:
    """A server that takes connections and does not answer is given its time once; nothing is sent twice."""
    api = make_api(store=RedisStore(server.url, timeout_s=BUSY_S))
    job_id = api.submitted("done-after=1h")
    api.poll(job_id)
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        started = time.monotonic()
        answer = api.poll(job_id)
        assert time.monotonic() - started < BUSY_S + 2
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    # The poll that nobody heard the answer of may have been counted, once at most.
    assert api.poll(job_id).headers["X-Request-Id"] in (f"{job_id}-2", f"{job_id}-3")


# uploads that are not kept --------------------------------------------------------------------------------


def test_redis_shows_and_keeps_its_bound_of_uploads(make_api: Callable[..., Any], server: Server) -> None:
    """`/_mock/` tells that Redis keeps uploads up to 8 MiB; the link of a larger one leads to a 404 that says
    so, and its job is like any other."""
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
