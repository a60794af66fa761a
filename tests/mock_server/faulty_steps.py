"""Failures between any two steps of a store: a statement of SQLite, a command of Redis, a line of memory."""

from __future__ import annotations

import linecache
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import redis
from miragic_mock.errors import StoreError
from miragic_mock.stores import Store
from miragic_mock.stores.memory import MemoryStore
from miragic_mock.stores.redis import RedisStore
from miragic_mock.stores.sqlite import SqliteStore

MEMORY_MODULES = {"memory.py", "memory_counters.py", "memory_tenant.py", "blobs.py"}


class Steps:
    """Counts steps, and lets the one of a number fail.

    Attributes:
        number: Which step fails, from 1; 0 for none.
        counted: How many there were.
    """

    def __init__(self, number: int) -> None:
        self.number, self.counted = number, 0
        self._thread = threading.get_ident()

    def fails(self) -> bool:
        """Count a step, and return whether it is the one that fails."""
        if threading.get_ident() != self._thread:
            return False
        self.counted += 1
        return self.counted == self.number

    @property
    def has_failed(self) -> bool:
        return 0 < self.number <= self.counted


def failing(store: Store, number: int) -> AbstractContextManager[Steps]:
    """Let a step of a store fail, as long as the block lasts."""
    if isinstance(store, SqliteStore):
        return _failing_sqlite(store, Steps(number))
    if isinstance(store, RedisStore):
        return _failing_redis(Steps(number))
    assert isinstance(store, MemoryStore)
    return _failing_memory(Steps(number))


class _Database:
    def __init__(self, database: sqlite3.Connection, steps: Steps) -> None:
        self._database, self._steps = database, steps

    def execute(self, sql: str, values: tuple[object, ...]) -> sqlite3.Cursor:
        if self._steps.fails():
            raise sqlite3.OperationalError(f"a failure before {sql[:20]}")
        return self._database.execute(sql, values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


@contextmanager
def _failing_sqlite(store: SqliteStore, steps: Steps) -> Iterator[Steps]:
    file: Any = store._file
    database = file._db
    file._db = _Database(database, steps)
    try:
        yield steps
    finally:
        file._db = database


@contextmanager
def _failing_redis(steps: Steps) -> Iterator[Steps]:
    """Fails before a command is sent, or after it was done, when its answer is awaited."""
    connection: Any = redis.Connection
    send, read = connection.send_packed_command, connection.read_response

    def failing_send(self: Any, *arguments: Any, **options: Any) -> Any:
        if steps.fails():
            self.disconnect()
            raise redis.ConnectionError("a failure before a command is sent")
        return send(self, *arguments, **options)

    def failing_read(self: Any, *arguments: Any, **options: Any) -> Any:
        answer = read(self, *arguments, **options)
        if steps.fails():
            self.disconnect()
            raise redis.TimeoutError("a failure after a command was done")
        return answer

    connection.send_packed_command, connection.read_response = failing_send, failing_read
    try:
        yield steps
    finally:
        connection.send_packed_command, connection.read_response = send, read


@contextmanager
def _failing_memory(steps: Steps) -> Iterator[Steps]:
    """Fails before a line, but for those that clean up after another failure."""

    def local(frame: FrameType, event: str, _: object) -> Callable[..., Any]:
        # Not where a `with` block ends: a failure there would leave its lock taken, as only a tracer can.
        source = linecache.getline(frame.f_code.co_filename, frame.f_lineno).lstrip()
        is_step = event == "line" and not source.startswith("with ")
        if is_step and not steps.has_failed and steps.fails():
            raise StoreError(f"a failure before line {frame.f_lineno} of {frame.f_code.co_filename}")
        return local

    def globally(frame: FrameType, _event: str, _: object) -> Callable[..., Any] | None:
        path = Path(frame.f_code.co_filename)
        is_of_store = path.name in MEMORY_MODULES and path.parent.name == "stores"
        # What time it is cannot fail, and is asked before there is a request to answer.
        return local if is_of_store and frame.f_code.co_name != "now" else None

    before = sys.gettrace()
    sys.settrace(globally)
    try:
        yield steps
    finally:
        sys.settrace(before)
