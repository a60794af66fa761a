"""What keeps an SQLite file from being used, and what to do about it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ..errors import StoreError, UnusableError

_REASONS: Final[Mapping[int, tuple[str, str]]] = {
    sqlite3.SQLITE_FULL: ("full", "make space on its disk"),
    sqlite3.SQLITE_IOERR: ("unwritable", "make sure that its disk has space and is sound"),
    sqlite3.SQLITE_BUSY: ("locked", "another process holds it: ask again, or end what holds it"),
    sqlite3.SQLITE_LOCKED: ("locked", "another process holds it: ask again, or end what holds it"),
    sqlite3.SQLITE_READONLY: ("read-only", "let the mock write to the file and to its folder"),
    sqlite3.SQLITE_PERM: ("permission", "let the mock write to the file and to its folder"),
    sqlite3.SQLITE_CANTOPEN: ("permission", "let the mock read and write the file and its folder"),
    sqlite3.SQLITE_AUTH: ("permission", "let the mock read and write the file and its folder"),
    sqlite3.SQLITE_NOTADB: ("not a database", "name another file"),
    sqlite3.SQLITE_CORRUPT: ("damaged", "restore a copy, or remove it and what lies beside it (-wal, -shm)"),
}


def failure_of(path: Path, error: sqlite3.Error) -> StoreError:
    """Return what an error of SQLite's means for the file in `path`."""
    # The low byte is the kind; the rest says more exactly which.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    place = f"the database {path}"
    if code not in _REASONS:
        return StoreError(f"{place}: {error}")
    reason, remedy = _REASONS[code]
    return UnusableError(place, reason, str(error), remedy)
