"""A multipart form, read as it arrives: its texts, and its file in a spool.

Rule: whatever a client sends, the worst that happens is a 400 or a 413. Everything is bounded: the number of
parts, their headers, the texts, the file. Source: RFC 7578.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes

from multipart import (  # type: ignore[import-untyped]  # the library has no annotations to offer
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)

from ..exchange.messages import Readable, Request
from ..exchange.refusals import RefusedError, closed
from ..exchange.texts import as_utf8
from .form import Form
from .spool import Spool

_CHUNK: Final = 256 * 1024
_MAX_DRAINED_BYTES: Final = 256 * 1024 * 1024
_EXTENDED_NAME: Final = re.compile(
    r"filename\*\s*=\s*\"?(?P<charset>[A-Za-z0-9!#$%&+^_`{}~-]*)'[^']*'(?P<value>[^\s;\"]*)", re.IGNORECASE
)
# RFC 8187 (section 3.2.1) and its predecessor know two. Any name of a codec would do for Python, among them
# some that raise what they like, and `punycode`, which takes the square of the time.
_CHARSETS: Final = {"": "utf-8", "utf-8": "utf-8", "iso-8859-1": "iso-8859-1"}


@dataclass(frozen=True, slots=True)
class FormBounds:
    """The most that a form may have.

    Attributes:
        parts: Parts in all.
        headers: Headers of each part.
        header_bytes: Bytes of each part's headers.
        text_bytes: Bytes of all texts.
    """

    parts: int = 64
    headers: int = 16
    header_bytes: int = 16 * 1024
    text_bytes: int = 1024 * 1024


FORM_BOUNDS: Final = FormBounds()


@dataclass(slots=True)
class Received:
    """What a form held.

    Attributes:
        texts: The texts of the declared fields, by name.
        file: The recording, None where there was none.
        file_name: The client's name for it, "" where it gave none.
        others: The names of the fields that the form does not declare.
        transcript: What was made of the file, None while nothing was.
    """

    texts: dict[str, str] = field(default_factory=dict)
    file: Spool | None = None
    file_name: str = ""
    others: dict[str, None] = field(default_factory=dict)
    transcript: str | None = None

    def close(self) -> None:
        """Give the file back."""
        if self.file is not None:
            self.file.close()


def receive(request: Request, form: Form, *, max_file_bytes: int, keep_bytes: int) -> Received:
    """Return the form in a request's body.

    Args:
        request: The request.
        form: The form that it should have.
        max_file_bytes: The largest file that is taken.
        keep_bytes: The largest file that is kept; a larger one is only measured.

    Raises:
        RefusedError: 415 for a body that is no such form, 413 for a file or text that is too large, 408 for
            one that does not come, 400 for one that is malformed or has a declared field twice.
    """
    boundary = _boundary(request.headers.get("Content-Type") or "", form.media_type)
    # Refused by what is announced, before a byte is read. The rest of the form has its share, so that a file
    # of exactly the largest size is taken.
    if request.length is not None and request.length > max_file_bytes + FORM_BOUNDS.text_bytes:
        raise _too_large(form.file, max_file_bytes)
    received = Received()
    try:
        _read(request.body, boundary, form, received, max_file_bytes, keep_bytes)
    except BaseException as error:
        received.close()
        if isinstance(error, MultipartError):
            raise RefusedError(400, closed(f"The multipart form is malformed: {error}")) from error
        if isinstance(error, TimeoutError):
            raise RefusedError(408, "The body came too slowly, or not at all.") from error
        if isinstance(error, OSError):
            raise RefusedError(400, "The body broke off before its end.") from error
        raise
    return received


def drain(body: Readable) -> None:
    """Read what is left of a body, up to a bound: a client that still sends it reads no answer before."""
    left = _MAX_DRAINED_BYTES
    try:
        while left > 0 and (piece := body.read(_CHUNK)):
            left -= len(piece)
    except OSError:
        return  # the client has gone and waits for no answer


def _boundary(content_type: str, media_type: str) -> str:
    kind, options = parse_options_header(content_type)
    if kind != media_type:
        got = ascii(kind[:80]) if kind else "no Content-Type"
        raise RefusedError(415, f"Send the form as {media_type}; got {got}.")
    boundary: str = options.get("boundary", "")
    if not boundary:
        raise RefusedError(400, "The Content-Type has no boundary; let your HTTP library write that header.")
    return boundary


def _read(
    body: Readable, boundary: str, form: Form, received: Received, max_file_bytes: int, keep_bytes: int
) -> None:
    # Headers are read as Latin-1, which never fails; `as_utf8` decodes names afterwards.
    parser = PushMultipartParser(
        boundary.encode("utf-8", "replace"),
        max_header_size=FORM_BOUNDS.header_bytes,
        max_header_count=FORM_BOUNDS.headers,
        max_segment_count=FORM_BOUNDS.parts,
        header_charset="latin-1",
    )
    events = parser.parse_blocking(body.read, _CHUNK)
    text_bytes = 0
    for segment in events:
        if not isinstance(segment, MultipartSegment):
            continue
        name = as_utf8(segment.name or "")
        if name in received.texts or (name == form.file and received.file is not None):
            raise RefusedError(400, f"{name[:80]!a} is in the form twice; send it once.")
        if name == form.file:
            received.file_name = _file_name(segment)
            received.file = Spool(keep_bytes=keep_bytes)
            _spool(events, received.file, form, max_file_bytes)
        elif name in form.fields:
            value = b"".join(_pieces(events, name, FORM_BOUNDS.text_bytes - text_bytes))
            text_bytes += len(value)
            received.texts[name] = value.decode("utf-8", "replace")
        else:
            received.others[name] = None  # a set that keeps the order: the same form gets the same warnings
            for _ in _pieces(events, name, max_file_bytes):
                pass


def _spool(events: Iterator[object], spool: Spool, form: Form, max_file_bytes: int) -> None:
    for piece in events:
        if not isinstance(piece, bytes | bytearray):
            break
        spool.write(piece)
        if spool.size_bytes > max_file_bytes:
            raise _too_large(form.file, max_file_bytes)
    spool.finish()


def _pieces(events: Iterator[object], name: str, most: int) -> Iterator[bytes]:
    """Yield the pieces of one part, up to its end."""
    for piece in events:
        if not isinstance(piece, bytes | bytearray):
            return
        most -= len(piece)
        if most < 0:
            raise RefusedError(
                413, f"{name[:80]!a} is too large: give its text fewer than {FORM_BOUNDS.text_bytes} bytes."
            )
        yield bytes(piece)


def _too_large(name: str, max_file_bytes: int) -> RefusedError:
    return RefusedError(413, f"{name} is too large: this server takes {max_file_bytes} bytes.")


def _file_name(segment: MultipartSegment) -> str:
    """Return the client's name for the file, from `filename*` where that is sound, else from `filename`."""
    # RFC 7578 (section 4.2) forbids `filename*` in forms, and some clients send it all the same (RFC 8187).
    disposition = segment.header("Content-Disposition") or ""
    extended = _EXTENDED_NAME.search(disposition) if "*" in disposition else None
    if extended:
        try:
            return unquote_to_bytes(extended["value"]).decode(_CHARSETS[extended["charset"].lower()])
        except (KeyError, UnicodeDecodeError):
            pass
    return as_utf8(segment.filename or "")
