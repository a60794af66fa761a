"""What the SQLite store lets go to stay within its bounds, and how much that was.

Rule: everything here is called within the transaction of the change that made it necessary.
"""

from __future__ import annotations

from collections import Counter
from typing import Final, Literal

from .protocol import Evicted
from .sqlite_file import SqliteFile

_SHARE: Final = 100


class SqliteEvictions:
    """The counts of what was evicted, kept in the file, and the bounds of tables that have a `place`."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file
        self._additions: Counter[str] = Counter()

    def note(self, what: Literal["jobs", "tenants", "counters", "blobs"], n: int) -> None:
        """Count `n` more of what was let go."""
        if n:
            sql = "INSERT INTO evicted VALUES (?, ?) ON CONFLICT (what) DO UPDATE SET n = n + excluded.n"
            self._file.run(sql, what, n)

    def counts(self) -> Evicted:
        """Return what was let go since the file was made."""
        return Evicted(**dict(self._file.rows("SELECT what, n FROM evicted")))

    def bound(self, table: Literal["jobs", "counters"], bound: int) -> None:
        """Let the oldest rows of a table go, after an addition to it."""
        self._additions[table] += 1
        # Looked at after every hundredth part of the bound, because counting rows is what costs.
        share = max(1, bound // _SHARE)
        if self._additions[table] % share:
            return
        (there,) = self._file.row(f"SELECT count(*) FROM {table}") or (0,)
        if there > bound:
            surplus = there - bound + share - 1
            sql = f"DELETE FROM {table} WHERE place IN (SELECT place FROM {table} ORDER BY place LIMIT ?)"
            self._file.run(sql, surplus)
            self.note(table, surplus)
