"""How long a recording is, read from its header.

Rule: reading is bounded in bytes and in steps whatever the file claims, and no file makes it raise: what
cannot be read is None.
"""

from __future__ import annotations

import io
from typing import BinaryIO, Final, cast

from tinytag import TinyTag, TinyTagException

MAX_DURATION_S: Final = 7 * 86_400.0
"""The longest recording that a header is believed to be: a week."""

_MAX_BYTES: Final = 512 * 1024
_MAX_STEPS: Final = 50_000


class _Bounded:
    """A file that may be read only so much and so often, so that a crafted header cannot cost time."""

    def __init__(self, content: BinaryIO) -> None:
        self._content = content
        self._bytes_left = _MAX_BYTES
        self._steps_left = _MAX_STEPS

    def read(self, size: int = -1) -> bytes:
        self._step()
        if size < 0 or size > self._bytes_left:
            size = self._bytes_left
        self._bytes_left -= size
        return self._content.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._step()
        return self._content.seek(offset, whence)

    def tell(self) -> int:
        return self._content.tell()

    def _step(self) -> None:
        self._steps_left -= 1
        if self._steps_left < 0 or self._bytes_left <= 0:
            raise TinyTagException("the header is longer than we read")


def duration_s(content: BinaryIO) -> float | None:
    """Return seconds of audio in `content`, None when its header does not tell.

    WAV and MP3 (constant and variable rate), and whatever else the reader knows by its first bytes. A WAV
    whose header claims more data than there is, as one written to a pipe does, is measured by its size. The
    position of `content` afterwards is its start.
    """
    bounded = cast(BinaryIO, _Bounded(content))  # tinytag asks a file for read, seek and tell only
    try:
        found = TinyTag.get(file_obj=bounded, tags=False)
    except TinyTagException:
        return None
    finally:
        content.seek(0)
    length_s = found.duration
    if length_s is not None and found.bitrate and (found.mime_type or "").startswith("audio/wav"):
        length_s = min(length_s, (found.filesize or 0) * 8 / (found.bitrate * 1000))
    return length_s if length_s is not None and 0 < length_s <= MAX_DURATION_S else None
