"""The language between the protocol and its drivers: steps go out, turns come back. No I/O on this side.

A conversation is a generator. It yields what it wants done, receives the result and the time, and returns
what the caller asked for. A driver that can send, sleep and read a clock can run every one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from typing import Generic, Literal, Protocol, TypeVar, cast

from ._progress import ProgressEvent

T = TypeVar("T")

OnRead = Callable[[int, int], None]


class Body(Protocol):
    """The body of an upload, as far as the protocol and a transport need it."""

    @property
    def content_type(self) -> str:
        """The value of the Content-Type header."""

    @property
    def handed_over(self) -> bool:
        """Whether the last byte was handed to the transport."""

    def __len__(self) -> int: ...

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes; no bytes at the end."""

    def tell(self) -> int:
        """Return how many bytes were handed over since the start or the last rewind."""

    def rewind(self) -> bool:
        """Go back to the first byte; return False where that cannot be done."""


@dataclass(frozen=True, slots=True)
class SendRequest:
    """Send this request. The driver adds the key, follows no redirect and repeats nothing.

    The result is an `_answers.answer.Outcome`.

    Attributes:
        connect_s: Seconds to connect, and to hand over each block of the body.
        read_s: Seconds between two pieces of the answer.
        deadline: Reading of the call's clock at which all of it must be over; infinity for no limit.
        on_read: Called after each block of the body was handed over, with the bytes so far and in all.
    """

    method: Literal["GET", "POST"]
    url: str
    connect_s: float
    read_s: float
    deadline: float
    body: Body | None = None
    on_read: OnRead | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Let this many seconds pass."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Perform:
    """Run this action, which may block on a disk. The result is what it returns."""

    action: Callable[[], object]


Step = SendRequest | Wait | Perform | ProgressEvent


@dataclass(frozen=True, slots=True)
class Turn:
    """What a driver gives back after a step.

    Attributes:
        now: Reading of the call's clock, in seconds.
        result: The outcome of a request, or the value of an action; None after anything else.
        stopped: Whether the caller asked to stop waiting.
    """

    now: float
    result: object = None
    stopped: bool = False


Conversation = Generator[Step, Turn, T]


class Dialogue(Generic[T]):
    """A conversation under way, for drivers.

    Attributes:
        step: What is to be done next; None once the conversation is over.
    """

    def __init__(self, conversation: Conversation[T]) -> None:
        self._conversation = conversation
        self._value: T | None = None
        self.step: Step | None = None
        self._advance(partial(next, conversation))

    @property
    def value(self) -> T:
        """What the conversation returned."""
        return cast(T, self._value)

    def answer(self, turn: Turn) -> None:
        """Go on with the result of the step."""
        self._advance(partial(self._conversation.send, turn))

    def fail(self, error: BaseException) -> None:
        """Go on from where the step failed: the conversation may add what it knows, or clean up."""
        # The frames of the error are those of a transport, and their variables hold the key. Error trackers
        # send the variables of every frame, so these frames must not go any further.
        self._advance(partial(self._conversation.throw, error.with_traceback(None)))

    def close(self) -> None:
        """Give the conversation up."""
        self._conversation.close()

    def _advance(self, move: Callable[[], Step]) -> None:
        try:
            self.step = move()
        except StopIteration as error:
            # What a generator returns comes as the value of its StopIteration (PEP 380).
            self.step, self._value = None, error.value
