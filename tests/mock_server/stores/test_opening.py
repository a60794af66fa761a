"""What a store's URL means, and what is said when it means nothing."""

from __future__ import annotations

import gc
import itertools
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from miragic_mock.domain.job import Ended, Job
from miragic_mock.domain.tenants import Tenant
from miragic_mock.errors import StoreError
from miragic_mock.stores import Bounds, open_store
from miragic_mock.stores.memory import MemoryStore
from miragic_mock.stores.redis import RedisStore
from miragic_mock.stores.sqlite import SqliteStore

MakeJob = Callable[..., Job]


@pytest.mark.parametrize("url", ["memory:", "memory", "memory://"])
def test_memory_is_for_one_process(url: str) -> None:
    """The store in memory says that it cannot be shared."""
    store = open_store(url, bounds=Bounds(jobs=7))
    assert isinstance(store, MemoryStore)
    assert not store.is_shared
    assert store.bounds.jobs == 7


def test_sqlite_is_shared_and_outlives_its_process(tmp_path: Path, make_job: MakeJob) -> None:
    """What one opening of the file stored, the next one finds, its polls too."""
    url = f"sqlite:///{(tmp_path / 'a b.db').as_posix().replace(' ', '%20')}"
    store = open_store(url)
    assert isinstance(store, SqliteStore)
    assert store.is_shared
    job = store.add_job(make_job())
    store.poll(job.tenant, job.id)
    store.close()
    again = open_store(url)
    assert again.poll(job.tenant, job.id) == (job, 2)
    again.close()
    assert (tmp_path / "a b.db").exists()


def test_a_relative_sqlite_file_lies_in_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three slashes go before a path relative to the working folder."""
    monkeypatch.chdir(tmp_path)
    open_store("sqlite:///here.db").close()
    assert (tmp_path / "here.db").exists()


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("postgres://db", "expected memory:, sqlite:///FILE or redis://HOST:PORT/DB"),
        ("", "expected memory:"),
        ("sqlite:///", "expected sqlite:///FILE"),
        ("sqlite://host/file", "expected sqlite:///FILE"),
        ("sqlite:///f?synchronous=off", "synchronous=full"),
        ("sqlite:///f?mode=ro", "expected sqlite:///FILE"),
        ("redis://localhost:notaport/0", "expected redis://HOST:PORT/DB"),
    ],
)
def test_a_url_that_means_nothing_is_refused(url: str, hint: str) -> None:
    """The error says what a URL looks like."""
    with pytest.raises(StoreError, match="expected") as caught:
        open_store(url)
    assert hint in str(caught.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """A file of another kind is left alone and named."""
    path = tmp_path / "notes.txt"
    path.write_text("these are my notes, not a database\n" * 40)
    with pytest.raises(StoreError, match=r"notes\.txt"):
        open_store(f"sqlite:///{path.as_posix()}")
    assert path.read_text().startswith("these are my notes")


def test_tables_of_another_version_are_refused(tmp_path: Path) -> None:
    """A file written by another version is not guessed at: the error says what to do."""
    path = tmp_path / "old.db"
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(StoreError, match="remove it or name another file"):
        open_store(f"sqlite:///{path.as_posix()}")
    gc.collect()


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A database cannot be made in a folder that does not exist."""
    with pytest.raises(StoreError, match="unable to open"):
        open_store(f"sqlite:///{(tmp_path / 'no' / 'such.db').as_posix()}")


def test_a_closed_database_says_so(tmp_path: Path) -> None:
    """What a database refuses comes out as our own error."""
    store = open_store(f"sqlite:///{(tmp_path / 'x.db').as_posix()}")
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.tenants()


@pytest.fixture
def taken(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A new file in which somebody else, on the way to making its tables, has begun to write."""
    connection = sqlite3.connect(tmp_path / "new.db", isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


def test_opening_waits_for_whoever_makes_the_file(taken: sqlite3.Connection, tmp_path: Path) -> None:
    """SQLite answers "locked" at once when a file cannot be turned to its log; we wait our turn instead."""
    turn = threading.Timer(0.1, taken.rollback)
    turn.start()
    store = open_store(f"sqlite:///{(tmp_path / 'new.db').as_posix()}")
    assert store.count("aa", "n") == 1
    store.close()
    turn.join()


def test_opening_does_not_wait_for_ever(
    taken: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that stays taken is an error that says so."""
    monkeypatch.setattr("miragic_mock.stores.sqlite_file._WAL_ATTEMPTS", 1)
    with pytest.raises(StoreError, match="database is locked"):
        open_store(f"sqlite:///{(tmp_path / 'new.db').as_posix()}")


def test_a_redis_that_does_not_answer_is_refused() -> None:
    """Opening fails at once when nobody listens."""
    with pytest.raises(StoreError, match="Redis"):
        open_store("redis://127.0.0.1:1/0")


def test_two_replicas_share_one_redis(redis_url: str, make_job: MakeJob) -> None:
    """A job made through one connection is polled through another."""
    one, other = (RedisStore(redis_url, prefix="replicas:") for _ in range(2))
    job = one.add_job(make_job())
    assert one.is_shared
    assert other.poll(job.tenant, job.id) == (job, 1)
    assert one.poll(job.tenant, job.id) == (job, 2)
    one.close()
    other.close()


def test_redis_forgets_its_scripts_and_goes_on(redis_url: str, make_job: MakeJob) -> None:
    """A Redis that was restarted, and so knows no script any more, is told them again."""
    store = RedisStore(redis_url, prefix="restarted:")
    job = store.add_job(make_job())
    store._redis.script_flush()
    assert store.poll(job.tenant, job.id) == (job, 1)
    store.close()


def test_without_its_library_redis_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """A base installation says what to install."""
    monkeypatch.delitem(sys.modules, "miragic_mock.stores.redis", raising=False)
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(StoreError, match=r"pip install 'miragic-stt-toolkit\[redis\]'"):
        open_store("redis://127.0.0.1:6379/0")


def test_a_change_that_never_gets_through_is_an_error(
    redis_url: str, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When others change the same thing again and again, Redis gives up with an error instead of for ever."""
    monkeypatch.setattr("miragic_mock.stores.redis._CHANGE_ATTEMPTS", 3)
    one, other = (RedisStore(redis_url, prefix="contended:") for _ in range(2))
    job = one.add_job(make_job())
    calls = itertools.count(1)

    def change_tenant(tenant: Tenant) -> Tenant:
        other.change_tenant(tenant.id, lambda before: replace(before, seed=next(calls)))
        return replace(tenant, name="mine")

    def change_job(before: Job) -> Job:
        other.change_job(job.tenant, job.id, lambda there: replace(there, ended=Ended(float(next(calls)))))
        return replace(before, text="mine")

    with pytest.raises(StoreError, match="changed by others 3 times"):
        one.change_tenant(job.tenant, change_tenant)
    with pytest.raises(StoreError, match="changed by others 3 times"):
        one.change_job(job.tenant, job.id, change_job)
    one.close()
    other.close()
