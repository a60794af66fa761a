"""The audio to upload, opened and looked at before any money is spent.

What cannot become a transcription is refused here: no bytes at all, text instead of bytes, a format that the
service does not take or that is not the declared one, a stream of unknown length.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from typing import BinaryIO, Final, Protocol, cast

from .._api import CONTENT_TYPES
from .._errors import AudioError

_HEAD_BYTES: Final = 64
# The header of a WAV file takes 44 bytes at least: RIFF (12), the format (24), the head of the samples (8).
_WAV_HEADER_BYTES: Final = 44

# Formats that the service does not take, recognised so that the message can name them: magic, its place,
# name.
_OTHER_FORMATS: Final = (
    (b"OggS", 0, "Ogg"),
    (b"fLaC", 0, "FLAC"),
    (b"ftyp", 4, "MP4/M4A"),
    (b"\x1aE\xdf\xa3", 0, "WebM/Matroska"),
    (b"FORM", 0, "AIFF"),
    (b"#!AMR", 0, "AMR"),
    (b"caff", 0, "CAF"),
)


class ReadableAudio(Protocol):
    """A binary stream. Its length must be known: from `seek`, or from `len()` of it."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; no bytes at the end."""


AudioData = str | os.PathLike[str] | bytes | bytearray | memoryview | ReadableAudio
AudioSource = AudioData | tuple[str, AudioData] | tuple[str, AudioData, str]


@dataclass(frozen=True, slots=True)
class Audio:
    """An upload that is known to hold audio of a known format and length.

    Attributes:
        head: Bytes already taken from a stream that cannot be rewound; empty for one that can.
        start: Where in the stream the audio begins; None if the stream cannot be rewound.
        size_bytes: Length of the audio, `head` included.
        owned: Whether this client opened the stream, and so closes it.
    """

    name: str
    format: str
    content_type: str
    size_bytes: int
    stream: BinaryIO
    head: bytes
    start: int | None
    owned: bool

    def close(self) -> None:
        """Close the stream if this client opened it."""
        if self.owned:
            self.stream.close()


def open_audio(source: AudioSource, *, audio_format: str | None = None) -> Audio:
    """Open the audio and find out its format and length.

    Args:
        source: A path, bytes, a binary stream, or a tuple (name, any of these[, content type]). A stream is
            read from where it stands, and left open.
        audio_format: `mp3` or `wav`; None takes it from the first bytes.

    Raises:
        AudioError: It cannot be read, is empty, has no known length, is opened as text, or its format is
            unknown, not accepted, or not the one declared.
    """
    declared = _declared(audio_format)
    name, data, content_type = _parts(source)
    stream, owned = _stream(data, name)
    try:
        start, size_bytes, head = _measured(stream)
        found = _recognised(head, size_bytes, declared)
    except AudioError:
        _release(stream, owned)
        raise
    except Exception as error:  # a stream that is not ours may raise anything: closed, a broken archive
        _release(stream, owned)
        raise AudioError(f"the audio cannot be read: {str(error) or type(error).__name__}") from error
    return Audio(
        name=name or f"audio.{found}",
        format=found,
        content_type=content_type or CONTENT_TYPES[found],
        size_bytes=size_bytes,
        stream=stream,
        head=b"" if start is not None else head,
        start=start,
        owned=owned,
    )


def source_name(source: AudioSource) -> str | None:
    """Return what the audio is called, without opening it: its given name or file name, or None."""
    return _parts(source)[0]


def _parts(source: AudioSource) -> tuple[str | None, AudioData, str | None]:
    if isinstance(source, tuple):
        if len(source) not in (2, 3) or not isinstance(source[0], str):
            raise AudioError("a tuple must be (name, data) or (name, data, content type)")
        content_type = source[2] if len(source) == 3 else None
        if not isinstance(content_type, str | None):
            raise AudioError(f"the content type in a tuple must be a text, not {content_type!r}")
        return source[0], source[1], content_type
    path = source if isinstance(source, str | os.PathLike) else getattr(source, "name", None)
    # An open file descriptor has a number for a name.
    return (os.path.basename(path) or None) if isinstance(path, str | os.PathLike) else None, source, None


def _stream(data: AudioData, name: str | None) -> tuple[BinaryIO, bool]:
    """Return the bytes as a stream, and whether it was opened here."""
    if isinstance(data, str | os.PathLike):
        try:
            return open(data, "rb"), True
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise AudioError(f"{os.fspath(data)!r} cannot be opened: {reason}") from error
    if isinstance(data, bytes | bytearray | memoryview):
        return io.BytesIO(data), True
    if not hasattr(data, "read"):
        raise AudioError(
            f"audio must be a path, bytes, a binary stream or a tuple (name, data), not {type(data).__name__}"
        )
    if isinstance(data, io.TextIOBase):
        raise AudioError(f"{name or 'the stream'} is opened as text; open it with mode 'rb'")
    # Not every such object is a BinaryIO. Only `read` is needed: `_measured` finds out whether it can seek.
    return cast(BinaryIO, data), False


def _measured(stream: BinaryIO) -> tuple[int | None, int, bytes]:
    """Return where the audio starts (None if it cannot be rewound), how long it is, and its first bytes."""
    if not _is_seekable(stream):
        length = _length_of_pipe(stream)
        return None, length, _first_bytes(stream)
    start = stream.tell()
    size_bytes = stream.seek(0, os.SEEK_END) - start
    stream.seek(start)
    if size_bytes <= 0 and start > 0:
        raise AudioError("the stream stands at its end: call seek(0) on it first")
    head = _first_bytes(stream)
    stream.seek(start)
    return start, size_bytes, head


def _is_seekable(stream: BinaryIO) -> bool:
    seekable = getattr(stream, "seekable", None)
    return bool(seekable()) if callable(seekable) else hasattr(stream, "seek") and hasattr(stream, "tell")


def _length_of_pipe(stream: BinaryIO) -> int:
    try:
        return len(stream)  # type: ignore[arg-type]  # a stream may have a length; whether it does is the question
    except TypeError:
        raise AudioError(
            "the length of the stream is unknown, and an upload has to state it: "
            "read it into bytes or a file first"
        ) from None


def _first_bytes(stream: BinaryIO) -> bytes:
    head = b""
    while len(head) < _HEAD_BYTES:
        block = stream.read(_HEAD_BYTES - len(head))
        if not isinstance(block, bytes):
            raise AudioError(f"the stream reads as {type(block).__name__}, not bytes; open it in binary mode")
        if not block:
            break
        head += block
    return head


def _declared(audio_format: str | None) -> str | None:
    if audio_format is None:
        return None
    declared = str(audio_format).strip().lower().removeprefix(".")
    if declared not in CONTENT_TYPES:
        raise AudioError(f"audio_format must be one of {', '.join(CONTENT_TYPES)}, not {audio_format!r}")
    return declared


def _recognised(head: bytes, size_bytes: int, declared: str | None) -> str:
    """Return the format of the audio, from its first bytes, or as declared where these say nothing."""
    if size_bytes <= 0 or not head:
        raise AudioError("the audio is empty")
    found = recognise_format(head)
    if found is None:
        if declared is None:
            raise AudioError(
                "the audio is neither MP3 nor WAV by its first bytes; if you know better, state its format "
                "(audio_format=, on the command line --format)"
            )
        return declared
    if found not in CONTENT_TYPES:
        raise AudioError(
            f"the audio is {found}; the service takes {' and '.join(CONTENT_TYPES)}: convert it first"
        )
    if declared not in (None, found):
        raise AudioError(f"the format is stated as {declared!r}, but the audio is {found}")
    if found == "wav" and size_bytes <= _WAV_HEADER_BYTES:
        raise AudioError(f"the WAV file ends within its header, after {size_bytes} bytes: it holds no sound")
    return found


def recognise_format(head: bytes) -> str | None:
    """Return `mp3`, `wav`, or the name of another known format, by the first bytes of a file, or None."""
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return "wav"
    if head.startswith(b"ID3") or _is_mp3_frame(head):
        return "mp3"
    return next((name for magic, at, name in _OTHER_FORMATS if head.startswith(magic, at)), None)


def _is_mp3_frame(head: bytes) -> bool:
    # The header of a frame (ISO 11172-3, 2.4.1.3): 11 set bits, two of version (01 is reserved), two of
    # layer (01 is layer III; an AAC stream begins alike, but has 00), then four of bit rate and two of
    # sample rate, where all ones are invalid.
    if len(head) < 3 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 0b11, head[1] >> 1 & 0b11
    bitrate, rate = head[2] >> 4, head[2] >> 2 & 0b11
    return version != 0b01 and layer == 0b01 and bitrate != 0b1111 and rate != 0b11


def _release(stream: BinaryIO, owned: bool) -> None:
    if owned:
        stream.close()
