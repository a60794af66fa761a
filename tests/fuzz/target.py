"""A parser of text from outside, as the fuzzers see it: bytes in, and an error where a promise is broken."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hypothesis import strategies as st

CORPUS: Final = Path(__file__).with_name("corpus")
SMALL, LARGE = 3_750, 15_000
"""Sizes in bytes at which the work is compared; a form's header, the smallest of the bounds, holds both."""
# Four times the input may cost four times the work, and some noise; if it were quadratic, sixteen times.
MOST_GROWTH: Final = 9.0
_TRIES: Final = 5
_LONG_ENOUGH_S: Final = 0.002


@dataclass(frozen=True, slots=True)
class Target:
    """A parser, and what its inputs are made of.

    Attributes:
        name: What it is called; its samples lie in the folder of that name.
        check: Gives an input to the parser, and raises where the parser breaks a promise.
        tokens: The words of its language, for inputs that get beyond the first byte.
        worst: Inputs that grow: how each looks at a size.
    """

    name: str
    check: Callable[[bytes], None]
    tokens: tuple[bytes, ...]
    worst: tuple[Callable[[int], bytes], ...]

    def inputs(self) -> st.SearchStrategy[bytes]:
        """Return a strategy for its inputs: the words of its language, and noise between them."""
        pieces = st.one_of(st.sampled_from(self.tokens), st.sampled_from(self.tokens), st.binary(max_size=6))
        return st.lists(pieces, max_size=24).map(b"".join)

    def samples(self) -> Iterator[Path]:
        """Yield the files of its corpus."""
        folder = CORPUS / self.name
        yield from sorted(folder.iterdir()) if folder.is_dir() else ()

    def growth(self, worst: Callable[[int], bytes]) -> float:
        """Return how many times the work an input costs that is four times as long."""
        small, large = worst(SMALL), worst(LARGE)
        runs = 1
        while (spent := self._spent_s(small, runs)) < _LONG_ENOUGH_S and runs < 4096:
            runs *= 4
        least_small = min(spent, *(self._spent_s(small, runs) for _ in range(_TRIES)))
        least_large = min(self._spent_s(large, runs) for _ in range(_TRIES))
        return least_large / least_small

    def _spent_s(self, data: bytes, runs: int) -> float:
        began = time.process_time()
        for _ in range(runs):
            self.check(data)
        return time.process_time() - began


def repeated(piece: bytes, before: bytes = b"", after: bytes = b"") -> Callable[[int], bytes]:
    """Return an input that repeats a piece as often as a size allows."""
    return lambda size: before + piece * (size // len(piece)) + after


def as_text(data: bytes) -> str:
    """Return an input as a text, in which any byte may stand."""
    return data.decode("utf-8", "surrogateescape")
