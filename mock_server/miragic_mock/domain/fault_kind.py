"""What has to be known of a kind of fault: a row of the table in `faults`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Generic, Literal, TypeVar


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
        problem: what else parameters need to make sense together, None for nothing.
        ways: how it is written for each way it works, where it has several; () for its name alone.
    """

    name: str
    effect: type[E]
    sentence: str
    ways: tuple[str, ...] = ()
    moment: Callable[[E], Moment] = lambda _: Moment.AFTER
    byte: Callable[[E], int | None] = _nothing
    stall_s: Callable[[E], float | None] = _nothing
    waits_for_upload: bool = False
    need: Callable[[E], Need | None] = _nothing
    only_on: Literal["create", "status"] | None = None
    spoils_errors: bool = False
    spares: Callable[[E, int], bool] = lambda _, size_bytes: False
    is_unreadable: bool = False
    problem: Callable[[E], str | None] = _nothing

    @property
    def examples(self) -> tuple[str, ...]:
        """How it is written, once for each way it works."""
        return self.ways or (self.name,)
