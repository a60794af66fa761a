"""Keeping API keys out of everything that is written.

Keys are found by value, not by the name of a header: an answer may repeat a key, plain or encoded. The marker
in a key's place says which key it was, and works in a shell: `$MIRAGIC_API_KEY`. How a key is found in spite
of its spelling is in `spellings`; what else of a stranger's text is made harmless, in `harmless`.

ContractError
└── KeyLeakError
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from .errors import ContractError
from .spellings import Spelling, Spellings, spans_in

# Shorter values are words that answers hold anyway; no real key is that short.
SHORTEST_KEY: Final = 8

# In a POSIX shell `%?` takes off the last character, so a copied curl command sends the truncated key again.
FIRST_MARKER: Final = "$MIRAGIC_API_KEY"
SECOND_MARKER: Final = "$MIRAGIC_SECOND_API_KEY"
TRUNCATED_MARKER: Final = "${MIRAGIC_API_KEY%?}"
OTHER_MARKER: Final = "$MIRAGIC_OTHER_API_KEY"
MARKERS: Final = (FIRST_MARKER, SECOND_MARKER, TRUNCATED_MARKER, OTHER_MARKER)


class KeyLeakError(ContractError):
    """A key was found in something about to be written. `artefact` says in what, never the key itself."""

    def __init__(self, artefact: str) -> None:
        super().__init__(artefact)
        self.artefact = artefact

    def __str__(self) -> str:
        return (
            f"expected {self.artefact} to hold no API key, found one: nothing was written; please report this"
        )


@dataclass(frozen=True, slots=True)
class Redactor:
    """Replaces each key, however it is spelt, by the key's marker.

    Attributes:
        keys: The keys with their markers.
    """

    keys: tuple[tuple[str, str], ...] = ()
    _spellings: Spellings = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_spellings", Spellings.of(key for key, _ in self.keys))

    def __repr__(self) -> str:
        return f"Redactor({len(self.keys)} keys)"

    def text(self, text: str) -> str:
        """Return a text without keys."""
        found = self._found(text)
        if not found:
            return text
        pieces: list[str] = []
        done = 0
        for start, end, marker in found:
            pieces += (text[done:start], marker)
            done = end
        return "".join((*pieces, text[done:]))

    def data(self, data: bytes) -> bytes:
        """Return bytes without keys."""
        # Every byte is one character of Latin-1, and a key is found by its ASCII.
        return self.text(data.decode("latin-1")).encode("latin-1")

    def cleaned(self, text: str, artefact: str) -> str:
        """Return a text without keys, searched once more.

        Raises:
            KeyLeakError: A key is left. That is a defect of ours, and no report is better than that one.
        """
        clean = self.text(text)
        # Replacing one key may put the letters of another together.
        if self._found(clean):
            raise KeyLeakError(artefact)
        return clean

    def _found(self, text: str) -> list[tuple[int, int, str]]:
        """Return where keys are, from left to right, with their markers; none overlaps another."""
        spans = spans_in(text, self._spellings)
        if not spans:
            return []
        # A key may be a part of the very marker: "miragic-api-key" is one that people use.
        ours = list(_markers_in(text))
        kept: list[tuple[int, int, str]] = []
        for start, end, spelling in sorted(spans, key=_leftmost_longest):
            if any(begin <= start and end <= stop for begin, stop in ours):
                continue
            if kept and start < kept[-1][1]:
                begin, stop, marker = kept[-1]
                kept[-1] = (begin, max(stop, end), marker)
            else:
                kept.append((start, end, self.keys[spelling.number][1]))
        return kept


def redactor(keys: Mapping[str, str]) -> Redactor:
    """Make a redactor of markers by key. Keys shorter than `SHORTEST_KEY` are left alone."""
    long_enough = ((key, marker) for key, marker in keys.items() if len(key) >= SHORTEST_KEY)
    # Longer ones first, since one may be part of another.
    return Redactor(tuple(sorted(long_enough, key=lambda item: (-len(item[0]), item[0]))))


def redactor_for(first: str | None, second: str | None = None, others: Iterable[str] = ()) -> Redactor:
    """Make a redactor for the keys of a run, the truncated key of probes, and others of a recording."""
    # The last one wins where two keys are equal, so the first key comes last.
    keys = dict.fromkeys(others, OTHER_MARKER)
    keys |= {(first or "")[:-1]: TRUNCATED_MARKER, second or "": SECOND_MARKER, first or "": FIRST_MARKER}
    return redactor(keys)


def _leftmost_longest(span: tuple[int, int, Spelling]) -> tuple[int, int, int]:
    start, end, spelling = span
    return start, -end, spelling.number


def _markers_in(text: str) -> Iterator[tuple[int, int]]:
    for marker in MARKERS:
        at = text.find(marker)
        while at >= 0:
            yield at, at + len(marker)
            at = text.find(marker, at + 1)
