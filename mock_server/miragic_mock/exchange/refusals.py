"""A request that the API refuses, as an exception: the status, and what to say.

Rule: any part of the mock may raise it; one place, the engine, turns it into the contract's error document.
"""

from __future__ import annotations

from ..errors import MockError
from .messages import Headers


class RefusedError(MockError):
    """The answer is an error.

    Attributes:
        status: The HTTP status.
        message: What was expected, what came and what to do; None for the sentence of the contract's example.
        code: The word for programs; None for the one in the contract's example.
        headers: Headers that go with the answer.
    """

    def __init__(
        self, status: int, message: str | None = None, *, code: str | None = None, headers: Headers = ()
    ):
        self.status = status
        self.message = message
        self.code = code
        self.headers = headers
        super().__init__(message or f"refused with {status}")

    def __reduce__(self) -> tuple[object, ...]:
        # An exception pickles by the arguments of `Exception`, which leaves out those given by keyword.
        state = {"code": self.code, "headers": self.headers}
        return type(self), (self.status, self.message), state


def closed(text: str) -> str:
    """Return a text as a sentence: with a full stop, unless it ends with a mark of its own."""
    return text if text.endswith((".", "?", "!", "…")) else f"{text}."
