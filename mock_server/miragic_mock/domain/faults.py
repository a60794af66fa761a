"""What can go wrong with an exchange, as values, and when it does, as arithmetic.

Rule: nothing here touches a wire, a clock or a random source. A fault is an `effect` (what goes wrong) and a
condition (which requests it hits); the edge asks `hits` and applies the effect. How faults are written is
`fault_text`'s matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Literal

STATUSES: Final = (400, 401, 402, 403, 404, 405, 408, 409, 413, 415, 422, 429, 500, 501, 502, 503, 504)
"""The HTTP statuses a fault may answer with."""


@dataclass(frozen=True, slots=True)
class Status:
    """Answer with an HTTP status instead of doing the work.

    `retry_after_s` adds a Retry-After header, in whole seconds or (`retry_as` `"date"`) as an HTTP date.
    `body` None means the API's JSON error, but a page for 502, as a gateway would send. `code` and `message`
    override those of the JSON error. `byte` answers as soon as that many bytes of an upload have come; None
    answers before any is read.
    """

    status: int
    retry_after_s: float | None = None
    retry_as: Literal["seconds", "date"] = "seconds"
    body: Literal["json", "html", "text", "empty"] | None = None
    code: str | None = None
    message: str | None = None
    byte: int | None = None

    @property
    def form(self) -> Literal["json", "html", "text", "empty"]:
        """What the body is like."""
        return self.body or ("html" if self.status == HTTPStatus.BAD_GATEWAY else "json")


@dataclass(frozen=True, slots=True)
class Delay:
    """Answer `by_s` seconds later than otherwise.

    `byte` stalls instead: that many bytes of an upload are read, and for so long no more.
    """

    by_s: float = 1.0
    byte: int | None = None


@dataclass(frozen=True, slots=True)
class Uniform:
    """Answer later by a time drawn evenly between `low_s` and `high_s`."""

    low_s: float = 0.0
    high_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Answer later by a time whose logarithm is normal: half below `median_s`, a tail that grows with
    `sigma`.

    Times are cut off at an hour.
    """

    median_s: float = 1.0
    sigma: float = 0.5


@dataclass(frozen=True, slots=True)
class Hang:
    """Do nothing and say nothing for `for_s` seconds (None: until the client goes), then close.

    `byte` reads that many bytes of an upload first.
    """

    for_s: float | None = None
    byte: int | None = None


@dataclass(frozen=True, slots=True)
class Drip:
    """Send the body `chunk` bytes at a time, `pause_s` seconds apart."""

    chunk: int = 1
    pause_s: float = 0.1


@dataclass(frozen=True, slots=True)
class Reset:
    """Reset the connection: before reading, after `byte` bytes of the upload, or in mid-answer."""

    when: Literal["before", "upload", "after"] = "before"
    byte: int = 0


@dataclass(frozen=True, slots=True)
class AnswerLost:
    """Do the work (the job is made and charged), then drop the connection without answering."""


@dataclass(frozen=True, slots=True)
class Truncate:
    """Announce the whole body and close after `keep` bytes of it."""

    keep: int = 10


@dataclass(frozen=True, slots=True)
class ContentLength:
    """Announce a Content-Length `delta` bytes greater than the body, or smaller when negative."""

    delta: int = 10


@dataclass(frozen=True, slots=True)
class MalformedJson:
    """Answer with JSON that breaks off in the middle, under a correct Content-Length."""


@dataclass(frozen=True, slots=True)
class PythonRepr:
    """Answer as the vendor's page prints its example: a Python literal instead of JSON."""


@dataclass(frozen=True, slots=True)
class ContentType:
    """Answer the right body under the media type `type`."""

    type: str = "text/html"


@dataclass(frozen=True, slots=True)
class UnknownStatus:
    """Show `status` in place of PENDING; PROCESSING has been seen on a sibling API of the vendor's."""

    status: str = "PROCESSING"


@dataclass(frozen=True, slots=True)
class StatusBack:
    """Show a finished job as PENDING again."""


@dataclass(frozen=True, slots=True)
class Stale:
    """Answer as the job was `by_s` seconds and `polls` polls ago: a replica that lags behind."""

    by_s: float = 0.0
    polls: int = 1


@dataclass(frozen=True, slots=True)
class ExtraField:
    """Add the field `name` with the text `value` to the answer's data."""

    name: str = "unexpected"
    value: str = "surprise"


@dataclass(frozen=True, slots=True)
class MissingField:
    """Leave the field `name` out of the answer's data."""

    name: str = "status"


Effect = (
    Status
    | Delay
    | Uniform
    | Lognormal
    | Hang
    | Drip
    | Reset
    | AnswerLost
    | Truncate
    | ContentLength
    | MalformedJson
    | PythonRepr
    | ContentType
    | UnknownStatus
    | StatusBack
    | Stale
    | ExtraField
    | MissingField
)


def byte_of(effect: Effect) -> int | None:
    """After how many bytes of an upload `effect` strikes; None for an effect of another moment."""
    if isinstance(effect, Reset):
        return effect.byte if effect.when == "upload" else None
    return getattr(effect, "byte", None)


def only_on(effect: Effect) -> Literal["create", "status"] | None:
    """The one operation that `effect` can strike; None where it can strike any."""
    if byte_of(effect) is not None:
        return "create"
    return "status" if isinstance(effect, Stale | StatusBack) else None


@dataclass(frozen=True, slots=True)
class Fault:
    """An effect and the requests it hits; every condition given must hold.

    Requests are counted from 1 per fault and tenant (or job), among those of operation `on`. The first `skip`
    are spared; of the rest the `first` n (None: all), and of those every `every`-th, are hit, in the first
    `within_s` seconds since the fault was set (None: for ever), each with probability `p`. A tenant's fault
    is set when it is planned; one of a job's plan when the job is made, and for submissions when the first
    comes that it could strike.
    """

    effect: Effect
    on: Literal["any", "create", "status"] = "any"
    skip: int = 0
    first: int | None = None
    every: int = 1
    within_s: float | None = None
    p: float = 1.0

    def concerns(self, operation: str) -> bool:
        """Whether requests of `operation` (`"create"` or `"status"`) count for this fault."""
        return self.on in ("any", operation) and only_on(self.effect) in (None, operation)

    def hits(self, n: int, *, elapsed_s: float, chance: float) -> bool:
        """Whether request number `n` (1-based) is hit.

        `elapsed_s` is the time since the fault was set, on the tenant's clock; `chance` a number from 0 up to
        but not including 1, derived for this request (`identity.chance`).
        """
        nth = n - self.skip
        return (
            nth >= 1
            and (self.first is None or nth <= self.first)
            and nth % self.every == 0
            and (self.within_s is None or elapsed_s < self.within_s)
            and chance < self.p
        )

    def expected_hits(self) -> int | None:
        """How many hits this fault plans, None when no number is planned (chance, time or no end)."""
        if self.first is None or self.within_s is not None or self.p < 1:
            return None
        return self.first // self.every
