"""An SQLite file as a store: shared, left alone where it is another's, and waited for."""

from __future__ import annotations

import gc
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from miragic_mock.domain.jobs.job import Job
from miragic_mock.domain.tenants import Tenant
from miragic_mock.errors import StoreError
from miragic_mock.stores import open_store
from miragic_mock.stores.sqlite import SqliteStore

from ..submitting import add_job

MakeJob = Callable[..., Job]


def test_sqlite_is_shared_and_outlives_its_process(tmp_path: Path, make_job: MakeJob) -> None:
    """What one opening of the file stored, the next one finds, its polls too."""
    url = f"sqlite:///{(tmp_path / 'a b.db').as_posix().replace(' ', '%20')}"
    store = open_store(url)
    assert isinstance(store, SqliteStore)
    assert store.is_shared
    job = add_job(store, make_job())
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
    assert store.add_tenant(Tenant("aa")) == Tenant("aa")
    store.close()
    turn.join()


def test_opening_does_not_wait_for_ever(
    taken: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that stays taken is an error that says so."""
    monkeypatch.setattr("miragic_mock.stores.sqlite_file._WAL_ATTEMPTS", 1)
    with pytest.raises(StoreError, match="database is locked"):
        open_store(f"sqlite:///{(tmp_path / 'new.db').as_posix()}")
