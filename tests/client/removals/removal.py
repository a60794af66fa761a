"""One removal: a small change of the client's source that takes a promise away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Removal:
    """A change that takes a feature away.

    Attributes:
        file: A file of the package.
        old: A text that stands in it exactly once; None for the whole file.
        new: What takes its place; None takes the file away.
        tests: `module::name`, or `vector file/id` for that vector on both clients.
    """

    file: str
    old: str | None
    new: str | None
    tests: tuple[str, ...]


Rows = Mapping[str, Sequence[Removal]]


def without(file: str, old: str | None, new: str | None, *tests: str) -> Removal:
    """Make a removal; with this name the tables read as sentences."""
    return Removal(file, old, new, tests)
