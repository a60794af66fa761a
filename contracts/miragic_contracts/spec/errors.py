"""The error that every reader of a specification raises.

SpecError(ValueError)
"""

from __future__ import annotations


class SpecError(ValueError):
    """A specification is not as we need it.

    Attributes:
        problem: What was expected, what is there and what to do.
        pointer: The JSON Pointer (RFC 6901) of the element at fault, "" for the whole file.
        path: The file, "" where there is none.
    """

    def __init__(self, problem: str, pointer: str = "", path: str = "") -> None:
        # All three go to the base class: an exception is copied and pickled by its `args`.
        super().__init__(problem, pointer, path)
        self.problem = problem
        self.pointer = pointer
        self.path = path

    def __str__(self) -> str:
        where = f"{self.path}#{self.pointer}" if self.pointer else self.path or "the specification"
        return f"{where}: {self.problem}"
