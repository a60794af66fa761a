"""Counters and moments of the SQLite store.

Rule: whatever changes them is called within the transaction of the request that they belong to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..errors import OutdatedError
from .protocol import Count
from .sqlite_evictions import SqliteEvictions
from .sqlite_file import SqliteFile

# A new row each time, so that the order of rows is the order in which counters were last counted.
_KEEP: Final = "INSERT OR REPLACE INTO counters (tenant, name, n) VALUES (?, ?, ?)"


class SqliteCounters:
    """The counters of all tenants, `bound` at most."""

    def __init__(self, file: SqliteFile, bound: int, evictions: SqliteEvictions) -> None:
        self._file = file
        self._bound = bound
        self._evictions = evictions

    def count(self, tenant_id: str, name: str) -> int:
        """Add one to a counter and return the result."""
        n = int(self.counted(tenant_id, name)) + 1
        self._keep(tenant_id, name, n)
        return n

    def counted(self, tenant_id: str, name: str) -> float:
        """Return what a counter has come to, or the moment it holds."""
        sql = "SELECT n FROM counters WHERE tenant = ? AND name = ?"
        row = self._file.row(sql, tenant_id, name)
        return 0 if row is None else row[0]

    def keep(self, tenant_id: str, counts: Sequence[Count]) -> None:
        """Bring counters to where a request brings them.

        Raises:
            OutdatedError: One is not where it was found.
        """
        for name, before, after in counts:
            value = self.counted(tenant_id, name)
            if before is not None and value != before:
                raise OutdatedError(tenant_id)
            self._keep(tenant_id, name, value + 1 if before is None else after)

    def _keep(self, tenant_id: str, name: str, value: float) -> None:
        self._file.run(_KEEP, tenant_id, name, value)
        self._evictions.bound("counters", self._bound)
