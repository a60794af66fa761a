"""Uploads kept so that they can be fetched back: small ones in memory, larger ones as files.

Rule: content is found by tenant and digest, both hexadecimal and checked, so that no name a client chose ever
becomes a path; and the sum of all is bounded, the oldest going first.
"""

from __future__ import annotations

import io
import itertools
import re
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Final, NamedTuple

from .protocol import Bounds, Recording
from .scratch import Scratch

_CHUNK: Final = 256 * 1024
_HEX: Final = re.compile(r"[0-9a-f]{1,128}|server")


def blob_path(folder: Path, tenant_id: str, sha256: str) -> Path:
    """Return where a tenant's upload lies under `folder`.

    Raises:
        ValueError: The tenant id or the digest is not lower-case hexadecimal.
    """
    for part in (tenant_id, sha256):
        if not _HEX.fullmatch(part):
            raise ValueError(f"expected lower-case hexadecimal, got {part!r}")
    return folder / tenant_id / sha256


def copy_file(content: BinaryIO, target: Path) -> None:
    """Write `content` to `target` in constant memory; other readers see all of it or nothing."""
    # Written beside its place and then renamed, which replaces a file in one step. With `delete=True` it
    # would be gone when the block ends, before it is renamed.
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".part-", delete=False) as part:
        try:
            shutil.copyfileobj(content, part, _CHUNK)
        except BaseException:
            part.close()
            Path(part.name).unlink()
            raise
    Path(part.name).replace(target)


class Blob(NamedTuple):
    """An upload that is to be kept.

    Attributes:
        key: Its tenant and its digest.
        size_bytes: Its size.
        kept: Its bytes, or the file that they are in.
    """

    key: tuple[str, str]
    size_bytes: int
    kept: bytes | Path


class MemoryBlobs:
    """Uploads of one process; the files of the larger ones live in a temporary folder until `close`.

    Safe to use from any thread; no thread waits while another copies an upload.
    """

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._lock = Lock()
        self._kept: OrderedDict[tuple[str, str], tuple[int, bytes | Path]] = OrderedDict()
        self._total_bytes = 0
        self._numbers = itertools.count(1)
        self._folder: Scratch | None = None
        self.evicted = 0

    @contextmanager
    def taken(self, tenant_id: str, recording: Recording | None) -> Iterator[Blob | None]:
        """Copy an upload, so that `keep` has no more to do than to note it; None where it is not to be kept.

        When the block ends with an error, its file is removed.
        """
        blob = None if recording is None else self._copied((tenant_id, recording.sha256), recording)
        try:
            yield blob
        except BaseException:
            if blob is not None and isinstance(blob.kept, Path):
                blob.kept.unlink(missing_ok=True)
            raise

    def keep(self, blob: Blob | None) -> None:
        """Keep an upload that was copied; older ones make space for it."""
        if blob is None:
            return
        with self._lock:
            if blob.key in self._kept:  # another request has brought the same upload meanwhile
                if isinstance(blob.kept, Path):
                    blob.kept.unlink(missing_ok=True)
                return
            self._kept[blob.key] = blob.size_bytes, blob.kept
            self._total_bytes += blob.size_bytes
            while self._total_bytes > self._bounds.blobs_bytes:
                self._remove(next(iter(self._kept)))
                self.evicted += 1

    def take_back(self, blob: Blob | None) -> None:
        """Forget an upload, if it was kept."""
        with self._lock:
            if blob is not None and self._kept.get(blob.key, (0, None))[1] is blob.kept:
                self._remove(blob.key)
                self._total_bytes = sum(size_bytes for size_bytes, _ in self._kept.values())

    def _copied(self, key: tuple[str, str], recording: Recording) -> Blob | None:
        size_bytes = recording.size_bytes
        if key in self._kept or size_bytes > min(self._bounds.blob_bytes, self._bounds.blobs_bytes):
            return None
        if size_bytes <= self._bounds.blob_memory_bytes:
            return Blob(key, size_bytes, recording.content.read())
        path = blob_path(self._open_folder(), *key)
        # Under a name of its own until it is kept: two requests may bring the same upload at once.
        path = path.with_name(f"{path.name}-{next(self._numbers)}")
        copy_file(recording.content, path)
        return Blob(key, size_bytes, path)

    def open(self, tenant_id: str, sha256: str) -> BinaryIO | None:
        """Return the content from its start, or None."""
        with self._lock:
            # Opened under the lock: an eviction in between would have unlinked the file.
            _, kept = self._kept.get((tenant_id, sha256), (0, None))
            if kept is None:
                return None
            return io.BytesIO(kept) if isinstance(kept, bytes) else kept.open("rb")

    def drop(self, tenant_id: str) -> None:
        """Forget all that belongs to a tenant."""
        with self._lock:
            for key in [key for key in self._kept if key[0] == tenant_id]:
                self._remove(key)

    def close(self) -> None:
        """Forget everything and remove the temporary folder."""
        with self._lock:
            self._kept.clear()
            self._total_bytes = 0
            if self._folder is not None:
                self._folder.close()
                self._folder = None

    def _remove(self, key: tuple[str, str]) -> None:
        size_bytes, kept = self._kept.pop(key)
        self._total_bytes -= size_bytes
        if isinstance(kept, Path):
            kept.unlink(missing_ok=True)

    def _open_folder(self) -> Path:
        with self._lock:
            if self._folder is None:
                self._folder = Scratch()
            return self._folder.path
