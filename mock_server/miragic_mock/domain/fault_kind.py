"""The type of a row in the table of faults (`faults.KINDS`), and the words that its columns use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Generic, Literal, Protocol, TypeVar


class Moment(Enum):
    """When an effect strikes."""

    INSTEAD = "before any work is done"
    UPLOAD = "while an upload is read"
    AFTER = "when the work is done"


class Need(StrEnum):
    """What an effect asks of a door, beyond answering late or with other words."""

    EARLY = "answer while an upload is still coming"
    CUT = "close the connection in the middle of an answer"
    DROP = "close the connection without an answer"
    RESET = "reset the connection"
    HEAD = "send the head of an answer in pieces"


# A protocol, since this room imports neither `random` nor `time`: what is drawn is drawn from an argument.
class Chance(Protocol):
    """The part of a seeded random source that drawn waits use."""

    def uniform(self, a: float, b: float, /) -> float:
        """Return a number drawn evenly between `a` and `b`."""

    def lognormvariate(self, mu: float, sigma: float, /) -> float:
        """Return a number whose logarithm is normal with mean `mu` and deviation `sigma`."""


E = TypeVar("E")


def _nothing(_: object) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Kind(Generic[E]):
    """One kind of fault: a row of the table.

    Attributes:
        name: the word that it is written by; "" for the statuses, each of which is a word.
        effect: its class, whose fields are the parameters.
        sentence: what it does, for people.
        moment: when it strikes, where it does not strike in the middle of an upload.
        byte: after how many bytes of an upload it strikes; None where it does not strike in one.
        stall_s: how long it stops reading that upload; None where it ends the work.
        waits_for_upload: whether it strikes before the work and yet reads an upload to its end, so that the
            client gets to read the answer.
        need: what it asks of a door, None for what any door can do.
        only_on: the one operation that it can strike, None for any.
        spoils_errors: whether it can strike an answer that is an error anyhow; for what acts on the wire.
        spares: whether it finds nothing to strike in a body of so many bytes.
        is_unreadable: whether it leaves a client without an answer it can read.
        problem: what is missing for the parameters to make sense together, None where nothing is.
        ways: one example for each way it works; () where its name alone is the only one.
    """

    name: str
    effect: type[E]
    sentence: str
    ways: tuple[str, ...] = ()
    # Functions of the effect and not constants: the same kind may strike at several moments, and need another
    # door at each (`reset` before, in and after an upload).
    moment: Callable[[E], Moment] = lambda _: Moment.AFTER
    byte: Callable[[E], int | None] = _nothing
    stall_s: Callable[[E], float | None] = _nothing
    waits_for_upload: bool = False
    need: Callable[[E], Need | None] = _nothing
    only_on: Literal["create", "status"] | None = None
    # False by default: a fault that waits for an answer to spoil must not be used up by a refusal. A lost
    # answer, for one, is planned to leave a job behind, and a refusal makes none.
    spoils_errors: bool = False
    spares: Callable[[E, int], bool] = lambda _, size_bytes: False
    is_unreadable: bool = False
    problem: Callable[[E], str | None] = _nothing

    @property
    def examples(self) -> tuple[str, ...]:
        """How it is written, once for each way it works."""
        return self.ways or (self.name,)
