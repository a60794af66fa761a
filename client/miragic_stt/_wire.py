"""What both transports put on the wire, and the bounds they set on what comes back."""

from __future__ import annotations

from ._api import KEY_HEADER
from ._multipart import MultipartBody
from ._secrets import ApiKey

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
