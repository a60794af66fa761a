"""Whose an SQLite file is, found out without changing a byte of it.

Rule: a file that is not ours is refused before SQLite opens it to write: that alone would turn its log on.
Source: https://www.sqlite.org/fileformat.html, section 1.3.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from ..errors import StoreError, UnusableError
from .sqlite_failures import failure_of

APPLICATION_ID: Final = 0x4D695374
"""Ours: "MiSt" in ASCII."""

SCHEMA_VERSION: Final = 3

_MAGIC: Final = b"SQLite format 3\0"
_HEADER_BYTES: Final = 100
_WRITE_VERSION_AT: Final = 18
_LOGGED: Final = 2
_ELSEWHERE: Final = "name another file"


def check_owner(path: Path, tables: frozenset[str]) -> bool:
    """Return whether there is a database of ours in `path`; false for none yet.

    Raises:
        UnusableError: Something else is there, or a database of another version of this mock.
    """
    place = f"the database {path}"
    header = _header(path, place)
    if not header:
        return False
    if not header.startswith(_MAGIC) or len(header) < _HEADER_BYTES:
        raise UnusableError(place, "not a database", "the file is no SQLite database", _ELSEWHERE)
    application, version, found = _contents(path, is_logged=header[_WRITE_VERSION_AT] == _LOGGED)
    foreign = sorted(found - tables)
    if foreign or application not in (0, APPLICATION_ID):
        has = f"it has a table {foreign[0]!r}" if foreign else f"its application_id is {application:#x}"
        raise UnusableError(place, "foreign", f"it belongs to another program: {has}", _ELSEWHERE)
    if application == 0 and version == 0 and not found and not _log(path).exists():
        return False  # a database without anything in it
    if application == 0 or version != SCHEMA_VERSION:
        age = "a newer" if version > SCHEMA_VERSION else "another"
        detail = f"it was written by {age} version of this mock (tables {version}, expected {SCHEMA_VERSION})"
        raise UnusableError(place, "version", detail, "use that version, remove it or name another file")
    return True


def _header(path: Path, place: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEADER_BYTES)
    except IsADirectoryError as error:
        raise UnusableError(place, "folder", "it is a folder", "name a file in it") from error
    except PermissionError as error:
        # Windows says the same of a folder.
        if path.is_dir():
            raise UnusableError(place, "folder", "it is a folder", "name a file in it") from error
        raise UnusableError(place, "permission", "it may not be read", "let the mock read it") from error
    except FileNotFoundError as error:
        if path.parent.is_dir():
            return b""
        detail = f"unable to open it: there is no folder {path.parent}"
        raise UnusableError(place, "missing parent", detail, "make that folder first") from error
    except OSError as error:
        raise StoreError(f"{place}: {error.strerror or error}; {_ELSEWHERE}") from error


def _contents(path: Path, *, is_logged: bool) -> tuple[int, int, frozenset[str]]:
    """Return the application id, the version and the tables."""
    # `immutable` keeps SQLite from making files beside this one, which reading a file with a log does else.
    # Without a log a lock makes no file, and is needed: another process may be making the tables just now.
    uri = f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if is_logged else ''}"
    sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    try:
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as database:
            database.execute("BEGIN")
            found = frozenset(name for (name,) in database.execute(sql))
            ((application,),) = database.execute("PRAGMA application_id").fetchall()
            ((version,),) = database.execute("PRAGMA user_version").fetchall()
            return application & 0xFFFFFFFF, version, found
    except sqlite3.Error as error:
        raise failure_of(path, error) from error


def _log(path: Path) -> Path:
    return path.with_name(path.name + "-wal")
