"""Uploads kept so that they can be fetched back: small ones in memory, larger ones as files.

Rule: content is found by tenant and digest, both hexadecimal and checked, so that no name a client chose ever
becomes a path; and the sum of all is bounded, the oldest going first.
"""

from __future__ import annotations

import io
import re
import shutil
import tempfile
from collections import OrderedDict
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Final

from .protocol import Bounds
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


class MemoryBlobs:
    """Uploads of one process; the files of the larger ones live in a temporary folder until `close`.

    Safe to use from any thread; no thread waits while another copies an upload.
    """

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._lock = Lock()
        self._kept: OrderedDict[tuple[str, str], tuple[int, bytes | Path]] = OrderedDict()
        self._total_bytes = 0
        self._folder: Scratch | None = None
        self.evicted = 0

    def put(self, tenant_id: str, sha256: str, content: BinaryIO, size_bytes: int) -> bool:
        """Keep `content`; false when it is larger than the bounds allow."""
        if size_bytes > min(self._bounds.blob_bytes, self._bounds.blobs_bytes):
            return False
        key = (tenant_id, sha256)
        if key in self._kept:
            return True
        kept: bytes | Path
        if size_bytes <= self._bounds.blob_memory_bytes:
            kept = content.read()
        else:
            kept = blob_path(self._open_folder(), tenant_id, sha256)
            copy_file(content, kept)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = (size_bytes, kept)
                self._total_bytes += size_bytes
            while self._total_bytes > self._bounds.blobs_bytes:
                self._remove(next(iter(self._kept)))
                self.evicted += 1
        return True

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
