"""What was said between a client and a server, as frozen values: the only thing that rules ever judge.

A trace holds no API key: what writes it puts a marker (see `redaction`) wherever a key stood, in requests
and in answers, so that a rule can still see that a key was there.
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
    """Which API key a request carried. `TRUNCATED` is the first one without its last character, `OTHER`
    one of which nothing is known (recorded traffic).
    """

    FIRST = "first"
    SECOND = "second"
    NONE = "none"
    EMPTY = "empty"
    WRONG = "wrong"
    TRUNCATED = "truncated"
    OTHER = "other"


class Intent(enum.StrEnum):
    """What a request was to find out. The first three are a customer's; those that follow must be refused."""

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
    """Why there is no answer. Only `FRAMING` is the server's doing; the first three mean that nothing
    was sent.
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
        """The text of one field; None where it was not sent."""
        return next((value for key, value in self.fields if key == name), None)


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `path` is the target below the base URL, query included."""

    method: str
    path: str
    headers: Headers = ()
    form: Form | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. `document` is the body as JSON where `json_problem` is "", else None.

    `size_bytes` is the body's size as it was received; `is_whole` is False where we stopped reading a body
    that would not end. `is_kept` is False where a journal only kept what the body said of the job: then
    `document` holds no more than its id and state, `headers` no more than was noted, and there is no body.
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
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body for people."""
        return self.body.decode("utf-8", "replace")

    def header(self, name: str) -> str | None:
        """A header's value, its name in any case (RFC 9110, section 5.1); repeated ones joined by a comma."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came of it.

    `number` counts from 1. `job` is the number of the job it concerns, counted from 1 in the order of
    submission; None where it concerns none. `sent_at_s` and `received_at_s` are seconds since the trace
    began. Exactly one of `answer` and `trouble` is there.
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
    """The exchanges of one run, in the order they were sent.

    `started_at_s` is the moment of second 0 in seconds since 1970. `timeout_s` is how long jobs were given
    to end, from their submission; None where nobody waited for them (recorded traffic).
    """

    base_url: str
    started_at_s: float
    exchanges: tuple[Exchange, ...] = ()
    timeout_s: float | None = None
    has_second_key: bool = False


def read_answer(
    status: int, headers: Iterable[tuple[str, str]], body: bytes, *, size_bytes: int, is_whole: bool = True
) -> Answer:
    """An answer with its body read as JSON, as strictly as RFC 8259 has it."""
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
    """An HTTP date (RFC 9110, section 5.6.7) in seconds since 1970; None where it is none."""
    try:
        date = email.utils.parsedate_tz(value)
        return float(email.utils.mktime_tz(date)) if date else None
    except (ValueError, OverflowError):
        return None


def _read_json(body: bytes) -> tuple[Any, str, tuple[str, ...]]:
    """The document, why it is none, and the names that an object has more than once."""
    repeated: dict[str, None] = {}

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            repeated.update({name: None for name in names if names.count(name) > 1})
        return found

    if not body.strip():
        return None, "the body is empty", ()
    try:
        text = body.decode("utf-8")
        document = json.loads(text, object_pairs_hook=members, parse_constant=_refuse_constant)
        document = _of_whole_characters(document) if "\\u" in text else document
    except UnicodeDecodeError as exc:
        return None, f"not UTF-8 (RFC 8259, section 8.1): byte {exc.start} of the body", ()
    except (ValueError, RecursionError) as exc:
        return None, f"not JSON (RFC 8259): {exc}", ()
    return document, "", tuple(repeated)


def _of_whole_characters(document: Any) -> Any:
    """The document with U+FFFD for each surrogate that lacks its other half, as browsers write it. JSON lets
    one be escaped (RFC 8259, section 8.2), but no validator and no file takes it.
    """
    text = json.dumps(document, ensure_ascii=False)
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return document if whole == text else json.loads(whole)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number (section 6)")
