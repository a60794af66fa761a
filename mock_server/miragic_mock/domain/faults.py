"""What can go wrong with an exchange: one table, in which a kind of fault is one row.

To add a kind, write its class (the fields are its parameters), name it in the union of what it acts on, and
give it a row in `KINDS`. mypy then points at the place in `engine.injection` that has to carry it out.

Rule: nothing here touches a wire, a clock or a random source. Which requests a fault hits is the matter of
`conditions`, and how faults are written that of `language.faults`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Literal, get_args

from .fault_kind import Chance, Kind, Moment, Need
from .parameters import Choice, Duration, Number, Text, Whole, parameter

STATUSES: Final = (400, 401, 402, 403, 404, 405, 408, 409, 413, 415, 422, 429, 500, 501, 502, 503, 504)
"""The HTTP statuses a fault may answer with."""

Body = Literal["json", "html", "text", "empty"]

_LONGEST_WAIT_S: Final = 3600.0
_MOST: Final = 1_000_000_000

_WAIT: Final = Duration(_LONGEST_WAIT_S)
_COUNT: Final = Whole(1, _MOST, "a whole number")
_SIZE: Final = Whole(0, 1 << 40, "a number of bytes")


@dataclass(frozen=True, slots=True)
class Status:
    """An HTTP status instead of the work."""

    status: int
    retry_after_s: float | None = parameter(
        None, Duration(86_400.0), "send a Retry-After header of so many seconds"
    )
    retry_as: Literal["seconds", "date"] = parameter(
        "seconds", Choice(("seconds", "date")), "how Retry-After is written"
    )
    # Not `Body`: ruff takes a Literal for immutable, as its RUF009 wants it, and an alias of one not.
    body: Literal["json", "html", "text", "empty"] | None = parameter(
        None, Choice(get_args(Body)), "the form of the body; left out, the API's JSON error, for 502 a page"
    )
    code: str | None = parameter(None, Text(), "the error code in the JSON error, instead of the usual one")
    message: str | None = parameter(None, Text(), "the message in the JSON error, instead of the usual one")
    byte: int | None = parameter(
        None, _SIZE, "answer once so many bytes of an upload have come, not before any is read"
    )

    @property
    def form(self) -> Body:
        """The form of the body; a 502 comes from a gateway, and those answer with pages."""
        return self.body or ("html" if self.status == HTTPStatus.BAD_GATEWAY else "json")


@dataclass(frozen=True, slots=True)
class Delay:
    """An answer that comes late, or an upload that is stalled."""

    by_s: float = parameter(1.0, _WAIT, "how long")
    byte: int | None = parameter(
        None, _SIZE, "stall the upload for that time after so many bytes, instead of the answer"
    )


@dataclass(frozen=True, slots=True)
class Uniform:
    """A delay that is drawn evenly between two times."""

    low_s: float = parameter(0.0, _WAIT, "the shortest delay")
    high_s: float = parameter(1.0, _WAIT, "the longest delay")

    def drawn(self, chance: Chance) -> Delay:
        """Return the delay that `chance` draws."""
        return Delay(chance.uniform(self.low_s, self.high_s))


@dataclass(frozen=True, slots=True)
class Lognormal:
    """A delay whose logarithm is normal, as those of real networks nearly are."""

    median_s: float = parameter(1.0, _WAIT, "half of the delays are shorter")
    sigma: float = parameter(0.5, Number(5, "a spread"), "how long the tail is")

    def drawn(self, chance: Chance) -> Delay:
        """Return the delay that `chance` draws, an hour at most."""
        if self.median_s == 0:  # `math.log(0)` raises
            return Delay(0.0)
        return Delay(min(chance.lognormvariate(math.log(self.median_s), self.sigma), _LONGEST_WAIT_S))


@dataclass(frozen=True, slots=True)
class Hang:
    """A connection on which nothing is said."""

    for_s: float | None = parameter(None, _WAIT, "then close; left out, until the client goes")
    byte: int | None = parameter(None, _SIZE, "read so many bytes of an upload first")


@dataclass(frozen=True, slots=True)
class Drip:
    """A body that comes in small pieces."""

    chunk: int = parameter(1, _COUNT, "bytes in a piece")
    pause_s: float = parameter(0.1, _WAIT, "time between two pieces")


@dataclass(frozen=True, slots=True)
class SlowHeaders:
    """A head that comes in small pieces, as that of an overloaded proxy may."""

    chunk: int = parameter(1, _COUNT, "bytes in a piece")
    pause_s: float = parameter(0.1, _WAIT, "time between two pieces")


@dataclass(frozen=True, slots=True)
class Reset:
    """A connection that is reset (RST)."""

    when: Literal["before", "upload", "after"] = parameter(
        "before",
        Choice(("before", "upload", "after")),
        "before a byte is read, in the middle of the upload, or in the middle of the answer",
    )
    byte: int = parameter(0, _SIZE, "with when=upload, after so many bytes of it")


@dataclass(frozen=True, slots=True)
class AnswerLost:
    """Work whose answer never arrives."""


@dataclass(frozen=True, slots=True)
class Truncate:
    """A body that breaks off."""

    keep: int = parameter(10, _SIZE, "bytes of the body that are sent")


@dataclass(frozen=True, slots=True)
class ContentLength:
    """A Content-Length that is wrong."""

    delta: int = parameter(
        10, Whole(-_MOST, _MOST, "a number of bytes"), "how much larger than the body; smaller when negative"
    )


@dataclass(frozen=True, slots=True)
class MalformedJson:
    """JSON that breaks off in the middle, under a correct Content-Length."""


@dataclass(frozen=True, slots=True)
class PythonRepr:
    """A Python literal instead of JSON: the form in which the vendor's page prints its example."""


@dataclass(frozen=True, slots=True)
class ContentType:
    """A right body under a wrong media type."""

    type: str = parameter("text/html", Text(), "the media type")


@dataclass(frozen=True, slots=True)
class UnknownStatus:
    """A status that the vendor's page does not name; PROCESSING has been seen on a sibling API."""

    status: str = parameter("PROCESSING", Text(), "what is shown in place of PENDING")


@dataclass(frozen=True, slots=True)
class StatusBack:
    """A finished job that is PENDING again."""


@dataclass(frozen=True, slots=True)
class Stale:
    """An answer of a replica that lags behind."""

    by_s: float = parameter(0.0, _WAIT, "how long ago")
    polls: int = parameter(1, Whole(0, _MOST, "a number of polls"), "how many polls ago")


@dataclass(frozen=True, slots=True)
class ExtraField:
    """A field that the contract does not declare."""

    name: str = parameter("unexpected", Text(), "the name of the field, in the answer's data")
    value: str = parameter("surprise", Text(), "its text")


@dataclass(frozen=True, slots=True)
class MissingField:
    """A field that is not there."""

    name: str = parameter("status", Text(), "the name of the field, in the answer's data or beside it")


OnDocument = MalformedJson | PythonRepr | UnknownStatus | ExtraField | MissingField
"""Effects that alter the JSON of an answer (`engine.injection.tampering`)."""

OnAnswer = OnDocument | ContentType | Stale | StatusBack
"""Effects that make another answer of the right one (`engine.injection.answers`)."""

Drawn = Uniform | Lognormal
"""Effects that are drawn before they strike, and are delays then."""

# `match` with `assert_never` runs over these unions: mypy reports a member that no branch carries out.
OnWire = (
    Delay | Uniform | Lognormal | Hang | Drip | SlowHeaders | Reset | AnswerLost | Truncate | ContentLength
)
"""Effects on the bytes on their way out (`engine.injection.script`)."""

Effect = Status | OnAnswer | OnWire


def _problem_of_status(effect: Status) -> str | None:
    if effect.retry_as == "date" and effect.retry_after_s is None:
        # A shape without a time would be ignored in silence.
        return "retry-after beside retry-as"
    if effect.form != "json" and (effect.code, effect.message) != (None, None):
        return "body=json beside code or message"
    return None


KINDS: Final[tuple[Kind[Any], ...]] = (
    Kind(
        "",
        Status,
        "Answer with this HTTP status instead of doing the work.",
        ("503", "429(retry-after=2)", "413(byte=1000)"),
        moment=lambda _: Moment.INSTEAD,
        byte=lambda effect: effect.byte,
        waits_for_upload=True,
        need=lambda effect: None if effect.byte is None else Need.EARLY,
        problem=_problem_of_status,
    ),
    Kind(
        "delay",
        Delay,
        "Answer later than otherwise, or stop reading an upload for a while.",
        ("delay(by=2s)", "delay(by=2s,byte=1000)"),
        byte=lambda effect: effect.byte,
        stall_s=lambda effect: effect.by_s,
        spoils_errors=True,
    ),
    Kind(
        "uniform",
        Uniform,
        "Answer later by a time that is drawn evenly between two.",
        ("uniform(low=1s,high=2s)",),
        spoils_errors=True,
        problem=lambda effect: "low no greater than high" if effect.low_s > effect.high_s else None,
    ),
    Kind(
        "lognormal",
        Lognormal,
        "Answer later by a time whose logarithm is normal: half below the median, and an hour at most.",
        ("lognormal(median=2s)",),
        spoils_errors=True,
    ),
    Kind("drip", Drip, "Send the body in small pieces with a pause between them.", spoils_errors=True),
    Kind(
        "slow-headers",
        SlowHeaders,
        "Send status line and headers in small pieces with a pause between them, then the body at once.",
        need=lambda _: Need.HEAD,
        spoils_errors=True,
    ),
    Kind(
        "hang",
        Hang,
        "Do nothing and say nothing, then close the connection.",
        ("hang", "hang(byte=1000)"),
        moment=lambda _: Moment.INSTEAD,
        byte=lambda effect: effect.byte,
        waits_for_upload=True,
        need=lambda _: Need.DROP,
        is_unreadable=True,
    ),
    Kind(
        "reset",
        Reset,
        "Reset the connection: before reading, in the middle of an upload, or in the middle of the answer.",
        ("reset", "reset(when=upload,byte=1000)", "reset(when=after)"),
        moment=lambda effect: Moment.INSTEAD if effect.when == "before" else Moment.AFTER,
        byte=lambda effect: effect.byte if effect.when == "upload" else None,
        need=lambda _: Need.RESET,
        spoils_errors=True,
        is_unreadable=True,
        problem=lambda effect: "when=upload beside byte" if effect.byte and effect.when != "upload" else None,
    ),
    Kind(
        "answer-lost",
        AnswerLost,
        "Do the work (the job is made and charged), then drop the connection without answering.",
        need=lambda _: Need.DROP,
        is_unreadable=True,
    ),
    Kind(
        "truncate",
        Truncate,
        "Announce the whole body and close in the middle of it.",
        need=lambda _: Need.CUT,
        spares=lambda effect, size_bytes: size_bytes <= effect.keep,
        is_unreadable=True,
    ),
    Kind(
        "content-length",
        ContentLength,
        "Announce another length than the body has.",
        ("content-length(delta=5)", "content-length(delta=-5)"),
        need=lambda _: Need.CUT,
        spoils_errors=True,
        is_unreadable=True,
        problem=lambda effect: None if effect.delta else "a delta other than 0",
    ),
    Kind(
        "malformed-json",
        MalformedJson,
        "Answer with JSON that breaks off in the middle, under a correct Content-Length.",
        is_unreadable=True,
    ),
    Kind(
        "python-repr",
        PythonRepr,
        "Answer with a Python literal instead of JSON, as the vendor's page prints its example.",
        is_unreadable=True,
    ),
    Kind("content-type", ContentType, "Answer the right body under another media type."),
    Kind(
        "unknown-status",
        UnknownStatus,
        "Show a status that the vendor's page does not name in place of PENDING.",
    ),
    # Only on polls: a submission's answer shows no state that an earlier one could take the place of.
    Kind("status-back", StatusBack, "Show a finished job as PENDING again.", only_on="status"),
    Kind(
        "stale",
        Stale,
        "Answer as the job was some time or some polls ago, as a replica does that lags behind.",
        only_on="status",
    ),
    Kind("extra-field", ExtraField, "Add a field to the answer's data."),
    Kind("missing-field", MissingField, "Leave a field out of the answer's data."),
)
"""Every kind of fault, in the order in which people read about them."""

_BY_EFFECT: Final[dict[type[Effect], Kind[Any]]] = {kind.effect: kind for kind in KINDS}


def _check_table() -> None:
    """Make sure that unions and rows say the same: a kind half added would be accepted and never strike."""
    named, rows = set(get_args(Effect)), [kind.effect for kind in KINDS]
    astray = {kind.__name__ for kind in named.symmetric_difference(rows)}
    idle = {kind.name for kind in KINDS if kind.spoils_errors and kind.effect not in get_args(OnWire)}
    if astray or idle or len(rows) != len(named):
        raise TypeError(
            "faults: expected each effect once in a union and once in KINDS, and spoils_errors only for what "
            f"acts on the wire; got {sorted(astray | idle) or rows}"
        )


_check_table()


def kind_of(effect: Effect) -> Kind[Any]:
    """Return the row of an effect."""
    return _BY_EFFECT[type(effect)]


def moment_of(effect: Effect) -> Moment:
    """Return when an effect strikes."""
    return Moment.UPLOAD if byte_of(effect) is not None else kind_of(effect).moment(effect)


def byte_of(effect: Effect) -> int | None:
    """Return after how many bytes of an upload an effect strikes; None for an effect of another moment."""
    return kind_of(effect).byte(effect)


def only_on(effect: Effect) -> Literal["create", "status"] | None:
    """Return the one operation that an effect can strike; None where it can strike any."""
    return "create" if moment_of(effect) is Moment.UPLOAD else kind_of(effect).only_on
