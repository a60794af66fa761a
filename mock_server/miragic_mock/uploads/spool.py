"""Where an upload lies while its request lasts: in memory when small, on disk when not, measured either way.

Rule: memory stays bounded however large the upload is, and so does disk beyond what is to be kept.
"""

from __future__ import annotations

import tempfile
from hashlib import sha256
from io import BytesIO, FileIO
from pathlib import Path
from typing import BinaryIO, Final

_IN_MEMORY_BYTES: Final = 1024 * 1024


class Spool:
    """A file that is written once, in pieces, and then read."""

    __slots__ = ("_digest", "_keep_bytes", "_on_disk", "content", "size_bytes")

    def __init__(self, *, keep_bytes: int) -> None:
        """Make an empty file; beyond `keep_bytes` only its head, its size and its digest are kept."""
        self._keep_bytes = keep_bytes
        self._digest = sha256()
        self._on_disk = False
        self.content: BinaryIO = BytesIO()
        self.size_bytes = 0

    def write(self, piece: bytes | bytearray) -> None:
        """Add a piece at the end."""
        self._digest.update(piece)
        before, self.size_bytes = self.size_bytes, self.size_bytes + len(piece)
        if before > self._keep_bytes:
            return
        if not self._on_disk and self.size_bytes > _IN_MEMORY_BYTES:
            self._move_to_disk()
        self.content.write(piece)

    def finish(self) -> None:
        """Make what was written readable from its start."""
        if not self.is_whole:
            # A hole in a file stands for what was not kept: readers of headers want the true length.
            if not self._on_disk:
                self._move_to_disk()
            self.content.truncate(self.size_bytes)
        self.content.seek(0)

    @property
    def sha256(self) -> str:
        """The digest of all that was written, in hexadecimal."""
        return self._digest.hexdigest()

    @property
    def is_whole(self) -> bool:
        """Whether everything that was written can be read again."""
        return self.size_bytes <= self._keep_bytes

    def path(self, suffix: str = "") -> Path:
        """Return the path of a file with the content, which others can open until `close`."""
        if not self._on_disk:
            self._move_to_disk(suffix)
        path = Path(self.content.name)
        if path.suffix != suffix:
            # Closed for the moment: Windows renames no file that is open.
            self.content.close()
            path = path.rename(path.with_suffix(suffix))
            self.content = FileIO(path, "r+b")
        return path

    def close(self) -> None:
        """Give the memory and the file back."""
        self.content.close()
        if self._on_disk:
            Path(self.content.name).unlink(missing_ok=True)

    def _move_to_disk(self, suffix: str = "") -> None:
        # Kept by name, since a hook opens it by name, which Windows allows only after this handle has let go
        # of the right to delete.
        position = self.content.tell()
        with tempfile.NamedTemporaryFile(prefix="miragic-upload-", suffix=suffix, delete=False) as file:
            pass
        on_disk = FileIO(file.name, "r+b")
        self.content.seek(0)
        on_disk.write(self.content.read())
        on_disk.seek(position)
        self.content, self._on_disk = on_disk, True
