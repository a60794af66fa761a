"""The exchanges between a client and a server, as frozen values: the only thing that rules judge.

Rule: a trace holds no API key. Wherever a key stood, in requests and in answers, there is a marker (see
`redaction`), so that a rule can still see that a key was there.
"""

from __future__ import annotations

import email.utils
import enum
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Headers = tuple[tuple[str, str], ...]


class Key(enum.StrEnum):
    """Which API key a request carried.

    `TRUNCATED` is the first key without its last character, `OTHER` a key in recorded traffic of which
    nothing is known.
    """

    FIRST = "first"
    SECOND = "second"
    NONE = "none"
    EMPTY = "empty"
    WRONG = "wrong"
    TRUNCATED = "truncated"
    OTHER = "other"


class Intent(enum.StrEnum):
    """What a request was for. The first three are a customer's; those after them must be refused."""

    SUBMIT = "submit"
    SUBMIT_NOISE = "submit bytes that are no recording"
    POLL = "poll"
    NO_FILE = "submit without a file"
    NO_FORMAT = "submit without a format"
    WRONG_FORMAT = "submit with a format that is not in the contract"
    WRONG_METHOD = "use a method that the path does not have"
    UNKNOWN_JOB = "look at a job that never was"
    MALFORMED_JOB = "look at an id that is no id"
    SUFFIXED_JOB = "look at a real id with a letter too many"
    OTHER = "something else"


class Trouble(enum.StrEnum):
    """Why there is no answer.

    The first three mean that nothing was sent. Only `FRAMING` is the server's doing.
    """

    NAME = "the host name is not known"
    REFUSED = "no connection"
    TLS = "no secure connection"
    TIMEOUT = "no answer in time"
    LOST = "the connection was lost"
    FRAMING = "the answer broke off, or was not HTTP"


@dataclass(frozen=True, slots=True)
class Form:
    """What a submission carried.

    Attributes:
        fields: The parts beside the file, in the order in which they were sent.
        file_name: The file's name; None where no file was sent.
        file_type: What the file's part said of its media type.
        size_bytes: The size of the file.
        file_field: The field of the form that held the file.
    """

    fields: tuple[tuple[str, str], ...] = ()
    file_name: str | None = None
    file_type: str = ""
    size_bytes: int = 0
    file_field: str = "file"

    def field(self, name: str) -> str | None:
        """Return the text of a field, or None if it was not sent."""
        return next((value for key, value in self.fields if key == name), None)


@dataclass(frozen=True, slots=True)
class Request:
    """A request. Its `path` is the target below the base URL, query included."""

    method: str
    path: str
    headers: Headers = ()
    form: Form | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer.

    Attributes:
        status: The status code.
        headers: The headers, in order. A name may be there more than once.
        body: The body as it was received, without keys.
        document: The body as JSON; None where it is none.
        json_problem: Why the body is no JSON, "" where it is.
        repeated_names: The names that some object in the body has more than once.
        size_bytes: The size of the body as it was received.
        is_whole: False where we stopped reading a body that would not end.
        is_kept: False where a journal kept only what the body said of the job. Then `document` holds no more
            than the job's id and state, `headers` no more than was noted, and there is no `body`.
    """

    status: int
    headers: Headers = ()
    body: bytes = field(default=b"", repr=False)
    document: Any = None
    json_problem: str = ""
    repeated_names: tuple[str, ...] = ()
    size_bytes: int = 0
    is_whole: bool = True
    is_kept: bool = True

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body for people."""
        return self.body.decode("utf-8", "replace")

    def header(self, name: str) -> str | None:
        """Return the value of a header, or None.

        Its name counts in any case, and repeated headers are joined by commas (RFC 9110, sections 5.1, 5.3).
        """
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and what came of it. It has either an `answer` or a `trouble`.

    Attributes:
        number: Its place in the trace, counted from 1.
        operation: The `operationId` of the operation that was addressed, "" for none.
        intent: What it was for.
        key: Which key it carried.
        request: The request.
        sent_at_s: When it was sent, in seconds since the trace began.
        received_at_s: When the answer was there, or it was clear that there is none.
        job: The number of the job that it concerns, counted from 1 in the order of submission; None for none.
        answer: The answer.
        trouble: Why there is no answer; None where there is one.
        detail: More about the trouble, for people.
    """

    number: int
    operation: str
    intent: Intent
    key: Key
    request: Request
    sent_at_s: float
    received_at_s: float
    job: int | None = None
    answer: Answer | None = None
    trouble: Trouble | None = None
    detail: str = ""

    @property
    def is_ordinary(self) -> bool:
        """Whether a customer could have sent it."""
        return self.key is Key.FIRST and self.intent in (Intent.SUBMIT, Intent.SUBMIT_NOISE, Intent.POLL)


@dataclass(frozen=True, slots=True)
class Trace:
    """The exchanges of a run.

    Attributes:
        base_url: The server.
        started_at_s: The moment of second 0, in seconds since 1970.
        exchanges: The exchanges, in the order in which they were sent.
        timeout_s: The time that a job had to end, from its submission; None in recorded traffic, where
            nothing waited for jobs.
        has_second_key: Whether the run had a key of a second account.
    """

    base_url: str
    started_at_s: float
    exchanges: tuple[Exchange, ...] = ()
    timeout_s: float | None = None
    has_second_key: bool = False


def read_answer(
    status: int, headers: Iterable[tuple[str, str]], body: bytes, *, size_bytes: int, is_whole: bool = True
) -> Answer:
    """Make an answer, its body read as JSON as strictly as RFC 8259 has it."""
    document, problem, repeated = _read_json(body)
    return Answer(
        status=status,
        headers=tuple((str(name), str(value)) for name, value in headers),
        body=body,
        document=document,
        json_problem=problem,
        repeated_names=repeated,
        size_bytes=size_bytes,
        is_whole=is_whole,
    )


def http_date_s(value: str) -> float | None:
    """Return an HTTP date (RFC 9110, section 5.6.7) in seconds since 1970, or None if it is no date."""
    try:
        # Not `strptime`, whose names of days and months depend on the locale. This reads all three forms that
        # the section allows.
        date = email.utils.parsedate_tz(value)
        return float(email.utils.mktime_tz(date)) if date else None
    except (ValueError, OverflowError):
        return None


def _read_json(body: bytes) -> tuple[Any, str, tuple[str, ...]]:
    """Return the document, why there is none, and the names that an object has more than once."""
    # A dict for its order: the same body gives the same finding.
    repeated: dict[str, None] = {}

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            repeated.update({name: None for name in names if names.count(name) > 1})
        return found

    # Not left to the JSON parser, whose message about an empty text helps nobody.
    if not body.strip():
        return None, "the body is empty", ()
    try:
        # Decoded here: of bytes, Python's parser would guess UTF-16 and UTF-32 too, which RFC 8259, section
        # 8.1, no longer allows. Of a text it refuses a byte order mark, as the same section lets it.
        text = body.decode("utf-8")
        # Python's parser takes NaN, Infinity and repeated names without a word; RFC 8259 does not.
        document = json.loads(text, object_pairs_hook=members, parse_constant=_refuse_constant)
        # Only an escape can bring half a character in: UTF-8 has none, and its decoder refuses them.
        document = _of_whole_characters(document) if "\\u" in text else document
    except UnicodeDecodeError as error:
        return None, f"not UTF-8 (RFC 8259, section 8.1): byte {error.start} of the body", ()
    # A body may nest as deep as it likes. Python's parser also refuses integers of more than 4300 digits, as
    # RFC 8259, section 9, lets it.
    except (ValueError, RecursionError) as error:
        return None, f"not JSON (RFC 8259): {error}", ()
    return document, "", tuple(repeated)


def _of_whole_characters(document: Any) -> Any:
    """Return a document with U+FFFD for each surrogate that lacks its other half, as browsers do.

    JSON allows a lone surrogate as an escape (RFC 8259, section 8.2), but no validator takes it, and no file
    in UTF-8 can hold it.
    """
    text = json.dumps(document, ensure_ascii=False)
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return document if whole == text else json.loads(whole)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number (section 6)")
