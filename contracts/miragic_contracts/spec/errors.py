"""What is wrong with a specification, and where.

SpecError(ValueError)
"""

from __future__ import annotations


class SpecError(ValueError):
    """A specification that we cannot take as it is.

    `pointer` is the JSON Pointer (RFC 6901) of the element at fault, "" for the whole file; `problem` says
    what was expected, what is there and what to do; `path` is the file, "" where there is none.
    """

    def __init__(self, problem: str, pointer: str = "", path: str = "") -> None:
        super().__init__(problem, pointer, path)
        self.problem = problem
        self.pointer = pointer
        self.path = path

    def __str__(self) -> str:
        where = f"{self.path}#{self.pointer}" if self.pointer else self.path or "the specification"
        return f"{where}: {self.problem}"
