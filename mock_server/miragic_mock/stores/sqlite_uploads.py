"""Uploads of the SQLite store: small ones in the database, larger ones as files in a folder beside it.

Rule: the database says which uploads there are; a file without a row is nothing, and a row whose file was
removed is an upload that is not kept.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ..errors import StoreError
from .blobs import blob_path, copy_file
from .protocol import Bounds, Recording
from .sqlite_evictions import SqliteEvictions
from .sqlite_file import SqliteFile


class TakenUpload(NamedTuple):
    """An upload that is to be kept.

    Attributes:
        tenant_id: Whose it is.
        recording: The upload.
        content: Its bytes, None where they lie in a file.
    """

    tenant_id: str
    recording: Recording
    content: bytes | None


class SqliteUploads:
    """The uploads that are kept, within `bounds`; larger ones lie below `folder`."""

    def __init__(self, file: SqliteFile, folder: Path, bounds: Bounds, evictions: SqliteEvictions) -> None:
        self._file = file
        self._folder = folder
        self._bounds = bounds
        self._evictions = evictions

    @contextmanager
    def taken(self, tenant_id: str, recording: Recording | None) -> Iterator[TakenUpload | None]:
        """Copy an upload, so that `keep` has no more to do than to note it; None where it is not to be kept.

        When the block ends with an error, its file is removed, unless another request has kept it.
        """
        most_bytes = min(self._bounds.blob_bytes, self._bounds.blobs_bytes)
        if recording is None or recording.size_bytes > most_bytes:
            yield None
            return
        if recording.size_bytes <= self._bounds.blob_memory_bytes:
            yield TakenUpload(tenant_id, recording, recording.content.read())
            return
        upload = TakenUpload(tenant_id, recording, None)
        try:
            self._copy(upload)
            yield upload
        except BaseException:
            self._take_back(upload)
            raise

    def keep(self, upload: TakenUpload | None) -> None:
        """Keep an upload that was copied; older ones make space for it. Part of a transaction."""
        if upload is None:
            return
        tenant_id, recording, content = upload
        if content is None and not self._path(upload).exists():
            # Another request that brought the same upload has failed since, and has taken it back.
            recording.content.seek(0)
            self._copy(upload)
        self._file.run(
            "INSERT OR IGNORE INTO blobs (tenant, sha256, size_bytes, content) VALUES (?, ?, ?, ?)",
            *(tenant_id, recording.sha256, recording.size_bytes, content),
        )
        self._make_space()

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

    def _path(self, upload: TakenUpload) -> Path:
        return blob_path(self._folder, upload.tenant_id, upload.recording.sha256)

    def _copy(self, upload: TakenUpload) -> None:
        try:
            copy_file(upload.recording.content, self._path(upload))
        except OSError as error:
            raise StoreError(
                f"an upload cannot be kept in the folder {self._folder}: {error.strerror or error}; make "
                "space there, or let the mock write there"
            ) from error

    def _take_back(self, upload: TakenUpload) -> None:
        sql = "SELECT 1 FROM blobs WHERE tenant = ? AND sha256 = ?"
        # A file that stays all the same is nothing without its row.
        with suppress(StoreError, OSError), self._file.transaction():
            if self._file.row(sql, upload.tenant_id, upload.recording.sha256) is None:
                self._path(upload).unlink(missing_ok=True)

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
