"""What a store refuses to open: files and keys that are not ours, are of another version, or are damaged."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import redis
from miragic_mock.domain.jobs.job import Job
from miragic_mock.domain.tenants import Tenant
from miragic_mock.errors import UnusableError
from miragic_mock.stores import open_store
from miragic_mock.stores.redis import RedisStore
from miragic_mock.stores.sqlite import SqliteStore
from miragic_mock.stores.sqlite_owner import APPLICATION_ID, SCHEMA_VERSION

from ..submitting import add_job

FOREIGN = {
    "a table": "CREATE TABLE notes (text TEXT)",
    "a table in a log": "PRAGMA journal_mode = wal; CREATE TABLE notes (text TEXT)",
    "a table like ours and another": "CREATE TABLE jobs (id TEXT); CREATE TABLE notes (text TEXT)",
    "an application_id": "CREATE TABLE jobs (id TEXT); PRAGMA application_id = 252006674",
    "a table of no version": "CREATE TABLE jobs (id TEXT)",
    "another table in ours": f"CREATE TABLE notes (text TEXT); PRAGMA application_id = {APPLICATION_ID};"
    f"PRAGMA user_version = {SCHEMA_VERSION}",
    "an older version": "CREATE TABLE jobs (id TEXT); PRAGMA user_version = 2",
    "a newer version": f"CREATE TABLE jobs (id TEXT); PRAGMA application_id = {APPLICATION_ID};"
    f"PRAGMA user_version = {SCHEMA_VERSION + 1}",
}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("what", FOREIGN)
def test_a_database_that_is_not_ours_is_left_as_it_is(tmp_path: Path, what: str) -> None:
    """It is refused byte for byte as it was, with nothing beside it."""
    path = tmp_path / "theirs.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(FOREIGN[what])
    before = contents(tmp_path)
    with pytest.raises(UnusableError, match="name another file") as caught:
        SqliteStore(path)
    assert caught.value.reason in ("foreign", "version")
    assert contents(tmp_path) == before


def test_a_database_of_theirs_in_use_is_left_as_it_is(tmp_path: Path) -> None:
    """Neither the file nor the log that its owner has open is touched."""
    path = tmp_path / "theirs.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript("PRAGMA journal_mode = wal; CREATE TABLE notes (text TEXT)")
        before = contents(tmp_path)
        with pytest.raises(UnusableError):
            SqliteStore(path)
        assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: path.write_bytes(b"PK\x03\x04" * 100), "not a database"),
        (lambda path: path.write_bytes(b"x"), "not a database"),
        (lambda path: path.mkdir(), "folder"),
        (lambda path: path.parent.rmdir(), "missing parent"),
    ],
)
def test_what_is_no_database_is_named(tmp_path: Path, make: Callable[[Path], Any], reason: str) -> None:
    """The error says what is there instead, and what to do."""
    folder = tmp_path / "in"
    folder.mkdir()
    make(folder / "x.db")
    with pytest.raises(UnusableError) as caught:
        open_store(f"sqlite:///{(folder / 'x.db').as_posix()}")
    assert caught.value.reason == reason
    assert str(folder / "x.db") in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    """A file without permission is told from one that is damaged."""
    path = tmp_path / "x.db"
    SqliteStore(path).close()
    path.chmod(0)
    with pytest.raises(UnusableError) as caught:
        SqliteStore(path)
    assert caught.value.reason == "permission"


def test_a_database_of_ours_says_so(tmp_path: Path) -> None:
    """The file itself carries our id and the version of its tables, and is opened again."""
    path = tmp_path / "ours.db"
    store = SqliteStore(path)
    with path.open("rb") as file:
        header = file.read(100)
    assert int.from_bytes(header[68:72], "big") == APPLICATION_ID
    assert int.from_bytes(header[60:64], "big") == SCHEMA_VERSION
    store.close()
    SqliteStore(path).close()


def test_an_empty_file_is_made_ours(tmp_path: Path) -> None:
    """A file that a tool has made beforehand, with nothing in it, is taken."""
    path = tmp_path / "empty.db"
    path.touch()
    SqliteStore(path).close()
    SqliteStore(path).close()


def test_a_damaged_database_is_refused_at_start(tmp_path: Path, make_job: Callable[..., Job]) -> None:
    """Damage is found when the file is opened, before anything is kept in it."""
    path = tmp_path / "ours.db"
    with closing(SqliteStore(path)) as store:
        for _ in range(200):
            add_job(store, make_job())
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 6_000] = b"\xee" * 6_000
    path.write_bytes(content)
    with pytest.raises(UnusableError, match="restore a copy") as caught:
        SqliteStore(path)
    assert caught.value.reason == "damaged"


def test_keys_that_are_not_ours_are_left_as_they_are(redis_url: str) -> None:
    """A prefix under which somebody else keeps something, or another version of us, is refused."""
    with redis.Redis.from_url(redis_url) as client:
        client.set("theirs*:session", "x")
        client.zadd("older:tenants", {"server": 1})
        client.set("newer:version", "99")
        client.set("theirs", "no key of the prefix `theirs*:`")
        before = {key: client.dump(key) for key in client.scan_iter()}
        for prefix, reason in (("theirs*:", "foreign"), ("older:", "version"), ("newer:", "version")):
            with pytest.raises(UnusableError) as caught:
                RedisStore(redis_url, prefix=prefix)
            assert caught.value.reason == reason
        assert {key: client.dump(key) for key in client.scan_iter()} == before
        client.flushall()


def test_keys_of_ours_carry_their_version(redis_url: str) -> None:
    """The version is written with the first tenant, also after all was removed, and is taken again."""
    with redis.Redis.from_url(redis_url) as client:
        store = RedisStore(redis_url, prefix="versioned:")
        for _ in range(2):
            store.add_tenant(Tenant("aa"))
            assert client.get("versioned:version") == str(SCHEMA_VERSION).encode()
            RedisStore(redis_url, prefix="versioned:").close()
            client.flushall()
        store.close()
