"""What both transports put on the wire, and what they make of what comes back: bounded, without the key."""

from __future__ import annotations

from collections.abc import Mapping

from .._answers.answer import Answer, TransportFailure
from .._api import KEY_HEADER
from .._secrets import ApiKey
from .._uploads.multipart import MultipartBody

# A transcript of a whole day of speech stays below 1 MB.
MAX_ANSWER_BYTES = 8 << 20
PIECE_BYTES = 64 << 10
TOO_LARGE = f"more than {MAX_ANSWER_BYTES} bytes"
TOO_LATE = "the deadline passed"


def request_headers(key: ApiKey, body: MultipartBody | None, library: str) -> dict[str, str]:
    """The headers of a request, the key among them."""
    headers = {
        KEY_HEADER: key.reveal(),
        "Accept": "application/json",
        "User-Agent": f"miragic-stt ({library})",
    }
    if body is not None:
        headers["Content-Type"] = body.content_type
        headers["Content-Length"] = str(len(body))
    return headers


def make_answer(
    key: ApiKey,
    status_code: int,
    headers: Mapping[str, str],
    body: bytes,
    received_at: float,
    problem: str | None,
) -> Answer:
    """The answer, with the key masked wherever the server repeated it."""
    return Answer(
        status_code,
        {name.lower(): key.hide_in(value) for name, value in headers.items()},
        key.hide_in_bytes(body),
        received_at,
        problem,
    )


def make_failure(key: ApiKey, error: Exception, *, is_timeout: bool) -> TransportFailure:
    """The failure that an exception of the library below stands for, as text without the key."""
    return TransportFailure("timeout" if is_timeout else "connection", key.hide_in(described(error)))


def described(error: Exception) -> str:
    """The exception in words."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
