"""What both transports share: the headers they send, and answers made bounded and free of the key."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Final

from .._answers.answer import Answer, TransportFailure
from .._answers.bounds import shortened
from .._api import KEY_HEADER
from .._protocol import Body
from .._secrets import ApiKey

# A transcript of a whole day of speech stays below 1 MB.
MAX_ANSWER_BYTES: Final = 8 << 20
# More than these, and longer ones, mean nothing to this client; http.client itself reads no more than 100.
HEADERS: Final = 100
HEADER_CHARS: Final = 4000
PIECE_BYTES: Final = 64 << 10
TOO_LARGE: Final = f"more than {MAX_ANSWER_BYTES} bytes"
TOO_LATE: Final = "the deadline passed"


def request_headers(key: ApiKey, body: Body | None, library: str) -> dict[str, str]:
    """Return the headers of a request, the key among them."""
    headers = {
        KEY_HEADER: key.reveal(),
        "Accept": "application/json",
        "User-Agent": f"miragic-stt ({library})",
    }
    if body is not None:
        headers["Content-Type"] = body.content_type
        # Stated, or the libraries would send the body in chunks, which some servers refuse.
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
    """Return the answer, with the key masked wherever the server repeated it."""
    return Answer(
        status_code,
        {
            key.hide_in(name.lower()): key.hide_in(value[:HEADER_CHARS])
            for name, value in islice(headers.items(), HEADERS)
        },
        key.hide_in_bytes(body),
        received_at,
        problem,
    )


def make_failure(key: ApiKey, error: Exception, *, is_timeout: bool) -> TransportFailure:
    """Return the failure that an exception of the library below stands for, as text without the key."""
    return TransportFailure("timeout" if is_timeout else "connection", key.hide_in(described(error)))


def described(error: Exception) -> str:
    """Return the exception in words, and no more of them than an explanation has."""
    try:
        text = str(error)
    except Exception:  # IncompleteRead cannot write down the thousands of digits of a length that it missed
        text = ""
    return shortened(f"{type(error).__name__}: {text}" if text else type(error).__name__)
