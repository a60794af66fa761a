"""Journals of the SQLite store.

Rule: one statement, and so one transaction, appends an exchange and counts the poll that it is.
"""

from __future__ import annotations

from typing import Final

from ..domain.tenants import SERVER
from ..records.journal import Exchange, Journal
from . import codec
from .sqlite_file import SqliteFile

_SHARE: Final = 100

# A trigger counts the poll: SQLite changes one table a statement.
_APPEND: Final = (
    "INSERT INTO exchanges (tenant, number, polled, poll, real_at, doc) "
    "SELECT id, 1 + coalesce((SELECT max(number) FROM exchanges WHERE tenant = id), 0), "
    "?, (SELECT polls + 1 FROM jobs WHERE id = ? AND tenant = tenants.id), ?, ? "
    "FROM tenants WHERE id = ?{} RETURNING number, poll"
)
_APPEND_ALWAYS: Final = _APPEND.format("")
# A document that is gone is NULL here, and NULL equals nothing: its proof does not hold.
_APPEND_IF_SO: Final = _APPEND.format(
    " AND ((SELECT doc FROM tenants WHERE id = ?), doc, "
    "(SELECT doc FROM jobs WHERE id = ? AND tenant = tenants.id AND shown_at <= ?)) = (?, ?, ?)"
)


class SqliteJournal:
    """The exchanges of all tenants, so many of each as `bound` says."""

    def __init__(self, file: SqliteFile, bound: int) -> None:
        self._file = file
        self._bound = bound
        self._share = max(1, bound // _SHARE)

    def append(
        self, tenant_id: str, exchange: Exchange, *, counts_poll: bool = False, proof: tuple[str, ...] = ()
    ) -> Exchange | None:
        """Keep an exchange and return it under its number.

        None means that nothing was kept: there is no such tenant, or the proof does not hold, or
        the job was shown at a later moment.
        """
        polled = exchange.job_id if counts_poll else None
        real_at = exchange.real_at
        values = polled, polled, real_at, codec.exchange_to_text(exchange), tenant_id
        row = (
            self._file.row(_APPEND_IF_SO, *values, SERVER, exchange.job_id, real_at, *proof)
            if proof
            else self._file.row(_APPEND_ALWAYS, *values)
        )
        if row is None:
            return None
        number, poll = row
        self._make_space(tenant_id, number)
        return exchange._replace(number=number, poll=exchange.poll if poll is None else poll)

    def read(self, tenant_id: str) -> Journal:
        """Return the exchanges still kept, and how many were dropped."""
        sql = "SELECT doc, number, poll FROM exchanges WHERE tenant = ? ORDER BY number DESC LIMIT ?"
        rows = self._file.rows(sql, tenant_id, self._bound)
        exchanges = tuple(codec.exchange_from_text(*row) for row in reversed(rows))
        return Journal(exchanges, exchanges[0].number - 1 if exchanges else 0)

    def _make_space(self, tenant_id: str, number: int) -> None:
        # Now and then, since a statement more would double what an exchange costs.
        if number % self._share == 0:
            sql = "DELETE FROM exchanges WHERE tenant = ? AND number <= ?"
            self._file.run(sql, tenant_id, number - self._bound)
