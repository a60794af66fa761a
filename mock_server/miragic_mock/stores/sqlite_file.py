"""A connection to an SQLite file, with its tables made and its transactions nested.

Rule: all statements go through here, one thread at a time, and what the database cannot do comes out as a
`StoreError`.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import Any, Final, Literal

from ..errors import StoreError, UnusableError
from .sqlite_failures import failure_of
from .sqlite_owner import APPLICATION_ID, SCHEMA_VERSION, check_owner

_OLDEST_SQLITE: Final = (3, 35)
_WAL_ATTEMPTS: Final = 50
_WAL_PAGES: Final = 4_000

# AUTOINCREMENT: without it the place of a newest row that was deleted is given again. Counters hold moments,
# too (`Store.since`): a column of INTEGER affinity keeps a fraction. `counts_poll` is a trigger because a
# statement of SQLite changes one table only.
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS tenants (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    doc TEXT NOT NULL,
    expires_at REAL,
    is_declared INTEGER NOT NULL,
    made INTEGER NOT NULL DEFAULT 0,
    charged INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS jobs (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    tenant TEXT NOT NULL,
    number INTEGER NOT NULL,
    due_at REAL,
    received_at REAL NOT NULL,
    polls INTEGER NOT NULL DEFAULT 0,
    shown_at REAL NOT NULL DEFAULT 0,
    doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS jobs_number ON jobs (tenant, number);
CREATE INDEX IF NOT EXISTS jobs_due ON jobs (tenant, due_at, number) WHERE due_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS jobs_received ON jobs (received_at);
CREATE TABLE IF NOT EXISTS counters (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    n INTEGER NOT NULL,
    UNIQUE (tenant, name));
CREATE TABLE IF NOT EXISTS exchanges (
    tenant TEXT NOT NULL,
    number INTEGER NOT NULL,
    polled TEXT,
    poll INTEGER,
    real_at REAL NOT NULL DEFAULT 0,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, number)) WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS counts_poll AFTER INSERT ON exchanges WHEN new.poll IS NOT NULL BEGIN
    UPDATE jobs SET polls = new.poll, shown_at = max(shown_at, new.real_at) WHERE id = new.polled; END;
CREATE TABLE IF NOT EXISTS blobs (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    content BLOB,
    UNIQUE (tenant, sha256));
CREATE INDEX IF NOT EXISTS blobs_size ON blobs (size_bytes);
CREATE TABLE IF NOT EXISTS probes (place INTEGER PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS evicted (what TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
"""
_TABLES: Final = frozenset(re.findall(r"CREATE TABLE IF NOT EXISTS (\w+)", _SCHEMA))


class SqliteFile:
    """The database in `path`, made when it is not there; safe to use from any thread.

    No step waits longer than `busy_timeout_s` for other threads of this process, and as long again for other
    processes.

    Raises:
        StoreError: The file cannot be opened, is no database of this mock, or SQLite is older than 3.35; from
            any method: the database did not do what was asked.
    """

    def __init__(self, path: Path, *, synchronous: Literal["normal", "full"], busy_timeout_s: float) -> None:
        if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
            raise StoreError(f"SQLite 3.35 or newer is needed, and this is {sqlite3.sqlite_version}")
        self._path = path
        is_ours = check_owner(path, _TABLES)
        self._busy_timeout_s = busy_timeout_s
        self._lock = RLock()
        self._depth = 0
        try:
            # `isolation_level=None`: else Python begins transactions by itself, deferred ones.
            self._db = sqlite3.connect(
                path, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise self._failure(error) from error
        try:
            self._prepare(synchronous, is_ours=is_ours)
        except StoreError:
            self._db.close()
            raise

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a statement and return all its rows; outside a transaction it is a transaction of its own."""
        self._take()
        try:
            # All rows, also of statements run for their effect: one with RETURNING is over, and its lock
            # given back, only when its rows were read.
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._failure(error) from error
        finally:
            self._lock.release()

    def row(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        """Run a statement to its end and return its first row, or None."""
        rows = self.rows(sql, *values)
        return rows[0] if rows else None

    def run(self, sql: str, *values: object) -> None:
        """Run a statement for its effect."""
        self.rows(sql, *values)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do all of a block or nothing, alone in writing; an inner block is part of the outermost."""
        self._take()
        try:
            if self._depth:
                yield
                return
            # A plain BEGIN reads first and takes the right to write later: where another process has written
            # in between, SQLite then fails at once, whatever the timeout says.
            self.run("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield
                self.run("COMMIT")
            except BaseException:
                # After some errors, such as a full disk, SQLite has rolled back by itself.
                if self._db.in_transaction:
                    with suppress(StoreError):
                        self.run("ROLLBACK")
                raise
            finally:
                self._depth = 0
        finally:
            self._lock.release()

    def close(self) -> None:
        """Close the file; its log is folded into it when no other process has it open."""
        with self._lock:
            self._db.close()

    def _take(self) -> None:
        if not self._lock.acquire(timeout=self._busy_timeout_s):
            waited = f"other requests have waited for it for more than {self._busy_timeout_s:g} s"
            raise UnusableError(f"the database {self._path}", "locked", waited, "ask again")

    def _prepare(self, synchronous: str, *, is_ours: bool) -> None:
        if is_ours:
            self._check()
        self.run(f"PRAGMA synchronous = {synchronous}")
        self.run(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
        if not is_ours:
            # Before the log is turned on, so that the file itself says from its first moment whose it is.
            with self.transaction():
                for statement in _SCHEMA.split(";\n"):
                    self.run(statement)
                self.run(f"PRAGMA application_id = {APPLICATION_ID}")
                self.run(f"PRAGMA user_version = {SCHEMA_VERSION}")
        # Turning a new file to write-ahead logging needs it alone: SQLite answers "locked" at once instead of
        # waiting when two processes try, so a transaction that does wait comes first.
        if self.row("PRAGMA journal_mode") != ("wal",):
            self._turn_to_wal()

    def _check(self) -> None:
        found = self.row("PRAGMA quick_check(1)")
        if found != ("ok",):
            what = found[0] if found else "quick_check says nothing"
            raise failure_of(self._path, _corrupt(f"it is damaged: {what}"))

    def _turn_to_wal(self) -> None:
        for attempt in range(_WAL_ATTEMPTS):
            try:
                self.run("PRAGMA journal_mode = wal")
                return
            except StoreError:
                if attempt == _WAL_ATTEMPTS - 1:
                    raise
                with self.transaction():
                    pass

    def _failure(self, error: sqlite3.Error) -> StoreError:
        return failure_of(self._path, error)


def _corrupt(text: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(text)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error
