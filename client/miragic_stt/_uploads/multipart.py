"""The upload as a multipart/form-data body (RFC 7578) that streams, rewinds, and knows how far it was read.

The closing boundary is handed over alone, after everything before it was taken. So while `handed_over` is
false, the server cannot have seen a complete body.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from typing import Final

from .._api import FILE_FIELD
from .._errors import AudioError
from .audio import Audio

# Large enough that calls cost nothing beside the sending, small enough that a deadline is kept between two.
BLOCK_BYTES: Final = 1 << 20


class MultipartBody:
    """Form fields, then one file. It is read like a binary file; iterating gives blocks of 1 MiB.

    Attributes:
        content_type: The value of the Content-Type header, with the boundary.
    """

    def __init__(
        self,
        audio: Audio,
        fields: Mapping[str, str],
        *,
        boundary: str | None = None,
    ) -> None:
        """Make the body; the audio is read later.

        Args:
            audio: The opened audio.
            fields: The form fields.
            boundary: What separates the parts; None draws one at random.
        """
        # Drawn, so that no audio can hold the boundary, not even on purpose.
        boundary = boundary or secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._audio = audio
        self._opening = _opening(audio, fields, boundary)
        self._closing = f"\r\n--{boundary}--\r\n".encode()
        self._length = len(self._opening) + audio.size_bytes + len(self._closing)
        self._position = 0
        self._taken_from_stream = False

    @property
    def handed_over(self) -> bool:
        """Whether the last byte was handed to the reader."""
        return self._position == self._length

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        while block := self.read(BLOCK_BYTES):
            yield block

    def tell(self) -> int:
        """Return how many bytes were handed over since the start or the last rewind."""
        return self._position

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, fewer at a seam between parts; all that is left if `size` is negative.

        Raises:
            AudioError: The audio ended before its length, or cannot be read; the upload must not go on.
        """
        if size < 0:
            return b"".join(self)
        audio_at = self._position - len(self._opening)
        if audio_at < 0:
            block = self._opening[self._position : self._position + size]
        elif audio_at < self._audio.size_bytes:
            block = self._read_audio(audio_at, min(size, self._audio.size_bytes - audio_at))
        else:
            closing_at = audio_at - self._audio.size_bytes
            block = self._closing[closing_at : closing_at + size]
        self._position += len(block)
        return block

    def rewind(self) -> bool:
        """Go back to the first byte; return False if the stream below cannot."""
        if self._audio.start is not None:
            try:
                self._audio.stream.seek(self._audio.start)
            except (
                Exception
            ):  # the stream was closed meanwhile, say; the error to report is that of the request
                return False
        elif self._taken_from_stream:
            return False
        self._position = 0
        return True

    def _read_audio(self, at: int, size: int) -> bytes:
        if at < len(self._audio.head):
            return self._audio.head[at : at + size]
        self._taken_from_stream = True
        try:
            block = self._audio.stream.read(size)
        except Exception as error:  # a stream that is not ours may raise anything
            reason = str(error) or type(error).__name__
            raise AudioError(f"{self._audio.name!r} cannot be read any further: {reason}") from error
        if block and (not isinstance(block, bytes) or len(block) > size):
            raise AudioError(f"{self._audio.name!r} gave something else than the {size} bytes asked of it")
        if not block:
            raise AudioError(
                f"{self._audio.name!r} ended after {at} of {self._audio.size_bytes} bytes: "
                "it was cut while it was sent"
            )
        return block


def _opening(audio: Audio, fields: Mapping[str, str], boundary: str) -> bytes:
    """Return everything before the audio. The fields go first: a server that streams needs them then."""
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    parts.append(
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="{FILE_FIELD}"; filename="{_escaped(audio.name)}"\r\n'
        f"Content-Type: {_one_line(audio.content_type)}\r\n\r\n"
    )
    # Names from a file system may hold bytes that are not UTF-8; they must not stop the upload.
    return "".join(parts).encode("utf-8", "replace")


def _escaped(file_name: str) -> str:
    # As browsers do (HTML, "multipart/form-data encoding algorithm"): UTF-8, these three characters escaped.
    return file_name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")


def _one_line(value: str) -> str:
    return value.replace("\r", " ").replace("\n", " ")
