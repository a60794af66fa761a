"""What comes back from one request, as values: an answer, or the failure to get one.

What an answer means for the call is decided in `verdicts`.
"""

from __future__ import annotations

import email.utils
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from .bounds import read_object

_REQUEST_ID_HEADERS: Final = ("x-request-id", "request-id", "cf-ray")
# A date of HTTP has 29 characters (RFC 9110, 5.6.7), a number of seconds fewer.
_TIME_AT_MOST_CHARS: Final = 64


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer.

    Attributes:
        headers: Names in lower case.
        body: Decoded bytes, as far as they came.
        received_at: Wall clock, seconds since 1970, when the head of the answer was in.
        problem: Why the body is incomplete; None if it came whole.
    """

    status_code: int
    headers: Mapping[str, str]
    body: bytes
    received_at: float
    problem: str | None = None

    @property
    def is_success(self) -> bool:
        """Whether the status is a 2xx."""
        return 200 <= self.status_code < 300

    @property
    def request_id(self) -> str | None:
        """The server's name for the exchange, where it gave one."""
        return next((self.headers[name] for name in _REQUEST_ID_HEADERS if name in self.headers), None)

    @property
    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 are replaced."""
        return self.body.decode("utf-8", "replace")

    @property
    def document(self) -> Mapping[str, object] | None:
        """The JSON object in the body; None if it holds none, or not all of it, or one nested too deep."""
        return read_object(self.body)

    @property
    def retry_after_s(self) -> float | None:
        """Seconds that Retry-After asks to wait (RFC 9110, 10.2.3); None if there is no sensible one."""
        value = self.headers.get("retry-after", "").strip()
        if not value or len(value) > _TIME_AT_MOST_CHARS:
            return None
        try:
            seconds = float(value)
        except ValueError:
            return self._seconds_until(value)
        # float() also takes "nan", "inf" and a sign.
        return seconds if 0 <= seconds < math.inf else None

    def _seconds_until(self, http_date: str) -> float | None:
        moment = _epoch_seconds(http_date)
        if moment is None:
            return None
        # Measured against the server's own clock where it shows it: then it does not matter that ours is
        # wrong.
        sent_at = _epoch_seconds(self.headers.get("date", ""))
        return max(0.0, moment - (self.received_at if sent_at is None else sent_at))


@dataclass(frozen=True, slots=True)
class TransportFailure:
    """No answer came.

    Attributes:
        kind: `connection` if it was refused, reset or never made; `timeout` if it stalled.
        reason: The exception of the library below as text. The exception itself is not kept: its frames and
            its copy of the request hold the key.
    """

    kind: Literal["connection", "timeout"]
    reason: str


Outcome = Answer | TransportFailure


def _epoch_seconds(http_date: str) -> float | None:
    if len(http_date) > _TIME_AT_MOST_CHARS:
        return None
    try:
        return email.utils.parsedate_to_datetime(http_date).timestamp()
    except (TypeError, ValueError, IndexError, OverflowError, OSError):
        # The last ones are of dates and zones beyond the calendar.
        return None
