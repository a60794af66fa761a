"""Uploads of the SQLite store: small ones in the database, larger ones as files in a folder beside it.

Rule: the database says which uploads there are; a file without a row is nothing, and a row whose file was
removed is an upload that is not kept.
"""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import BinaryIO

from .blobs import blob_path, copy_file
from .protocol import Bounds
from .sqlite_evictions import SqliteEvictions
from .sqlite_file import SqliteFile


class SqliteUploads:
    """The uploads that are kept, within `bounds`; larger ones lie below `folder`."""

    def __init__(self, file: SqliteFile, folder: Path, bounds: Bounds, evictions: SqliteEvictions) -> None:
        self._file = file
        self._folder = folder
        self._bounds = bounds
        self._evictions = evictions

    def put(self, tenant_id: str, sha256: str, content: BinaryIO, size_bytes: int) -> bool:
        """Keep an upload; false when it is larger than the bounds allow."""
        if size_bytes > min(self._bounds.blob_bytes, self._bounds.blobs_bytes):
            return False
        is_small = size_bytes <= self._bounds.blob_memory_bytes
        if not is_small:
            # Before the transaction, so that no other writer waits for a large file to be copied.
            copy_file(content, blob_path(self._folder, tenant_id, sha256))
        with self._file.transaction():
            self._file.run(
                "INSERT OR IGNORE INTO blobs (tenant, sha256, size_bytes, content) VALUES (?, ?, ?, ?)",
                *(tenant_id, sha256, size_bytes, content.read() if is_small else None),
            )
            self._make_space()
        return True

    def open(self, tenant_id: str, sha256: str) -> BinaryIO | None:
        """Return an upload from its start, or None."""
        row = self._file.row("SELECT content FROM blobs WHERE tenant = ? AND sha256 = ?", tenant_id, sha256)
        if row is None:
            return None
        if row[0] is not None:
            return io.BytesIO(row[0])
        try:
            return blob_path(self._folder, tenant_id, sha256).open("rb")
        except FileNotFoundError:
            return None

    def drop(self, tenant_id: str) -> None:
        """Forget all that belongs to a tenant."""
        self._file.run("DELETE FROM blobs WHERE tenant = ?", tenant_id)
        shutil.rmtree(blob_path(self._folder, tenant_id, "0").parent, ignore_errors=True)

    def _make_space(self) -> None:
        # `total` and not `sum`, which is NULL for no rows.
        (total_bytes,) = self._file.row("SELECT total(size_bytes) FROM blobs") or (0,)
        while total_bytes > self._bounds.blobs_bytes:
            sql = (
                "DELETE FROM blobs WHERE place = (SELECT min(place) FROM blobs) "
                "RETURNING tenant, sha256, size_bytes"
            )
            for tenant_id, sha256, size_bytes in self._file.rows(sql):
                blob_path(self._folder, tenant_id, sha256).unlink(missing_ok=True)
                total_bytes -= size_bytes
            self._evictions.note("blobs", 1)
