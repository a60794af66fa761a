"""Finding a key in a text, however it is spelt there.

A text is undone, not the key spelt in every way: escapes, hexadecimal digits and base64 are decoded where
they stand, the result is searched, and undone again, a few times. What is searched are ASCII letters and
digits alone, in lower case, so that other cases and separators make no difference. Every step goes through
the text once, so the work grows with the text and not faster, whatever it says.

This module imports only the standard library, since the mock searches for keys too.
"""

from __future__ import annotations

import binascii
import html
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

DEEPEST: Final = 4
"""How many encodings of different kinds are undone one in another."""

_SHORTEST_WORD: Final = 6
"""Fewer letters than this are too common: such a key, mostly punctuation, is found only as it is."""

_GRAM: Final = _SHORTEST_WORD
_MANY: Final = 16
"""From this number of beginnings on, one walk over the text is faster than a search for each."""

# JSON's, JavaScript's and C's escapes after any number of backslashes; percent signs encoded any number of
# times; HTML's references, their ampersands too. A run of backslashes is entered only at its beginning, else
# a text of nothing else would be walked once for each.
_ESCAPE: Final = re.compile(
    r"""(?<!\\)\\+(?:u(?:([0-9a-f]{4})|\{0*([0-9a-f]{1,6})\})|x([0-9a-f]{2})|[bfnrt/])
    | %(?:25)*(?:u00)?([0-9a-f]{2})
    | &(?:amp;)*(?:\#(?:x0*([0-9a-f]{1,6})|0*([0-9]{1,7}));?|([a-z][a-z0-9]{1,30};))
    | \b0x(?=[0-9a-f]{2}(?![0-9a-z]))""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_NO_WORD: Final = re.compile("[^0-9A-Za-z]+")
_HEX: Final = re.compile("[0-9a-f]{12,}")
# The last part lets lines be joined, as MIME breaks them.
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{8,}(?:\r?\n[A-Za-z0-9+/_-]{8,})*={0,2}")
_LINE_BREAK: Final = re.compile(r"\r?\n")
_SPACED: Final = re.compile(r"(?:[^\W_][\W_]+)+[^\W_]", re.ASCII)
_STANDARD: Final = str.maketrans("-_", "+/")

Span = tuple[int, int]


class Spelling(NamedTuple):
    """A word that stands for a key.

    Attributes:
        word: What is searched for.
        key: The key as it would stand there, from its end where the word is reversed.
        number: Which of the keys.
    """

    word: str
    key: str
    number: int

    def fits(self, piece: str) -> bool:
        """Return whether a piece of text that has the letters of the word is the key.

        A key without a digit may be made of words, which a sentence may have in this order too: then what
        stands between the letters must be as in the key, nothing at all, or something between all of them.
        """
        return (
            any(c in "0123456789" for c in self.word)
            or piece.lower() in self.key.lower()
            or piece.isalnum()
            or _SPACED.fullmatch(piece) is not None
        )


@dataclass(frozen=True, slots=True)
class Spellings:
    """The words of all keys.

    Attributes:
        words: Those that are searched for among letters alone, by their first few letters and their length.
        exact: Keys with hardly any letters, which are found only as they are.
    """

    words: dict[str, dict[int, dict[str, Spelling]]]
    exact: tuple[Spelling, ...]

    @classmethod
    def of(cls, keys: Iterable[str]) -> Spellings:
        """Return the spellings of keys, numbered in their order."""
        words: dict[str, dict[int, dict[str, Spelling]]] = {}
        exact = []
        for number, key in enumerate(keys):
            # A key may itself look like something encoded, so it is searched for as it is and undone.
            for spelt in dict.fromkeys((key, _unescaped(key))):
                word = _letters(spelt)
                if len(word) < _SHORTEST_WORD:
                    exact.append(Spelling(spelt, spelt, number))
                    continue
                for spelling in (
                    Spelling(word, spelt, number),
                    Spelling(word[::-1], spelt[::-1], number),
                ):
                    by_length = words.setdefault(spelling.word[:_GRAM], {})
                    by_length.setdefault(len(word), {}).setdefault(spelling.word, spelling)
        return cls(words, tuple(exact))

    def found(self, letters: str) -> Iterator[tuple[int, Spelling]]:
        """Yield where words are among letters."""
        if len(self.words) < _MANY:
            grams = ((at, gram) for gram in self.words for at in _places(letters, gram))
        else:
            pieces = ((at, letters[at : at + _GRAM]) for at in range(len(letters) - _GRAM + 1))
            grams = ((at, piece) for at, piece in pieces if piece in self.words)
        for at, gram in grams:
            for length, spellings in self.words[gram].items():
                if spelling := spellings.get(letters[at : at + length]):
                    yield at, spelling


def spans_in(text: str, spellings: Spellings, depth: int = DEEPEST) -> list[tuple[int, int, Spelling]]:
    """Return where keys are in a text, in no order, and in which spelling; some may overlap."""
    if not (spellings.words or spellings.exact):
        return []
    letters = _letters(text)
    spans = [(*span, spelling) for span, spelling in _plain(text, letters, spellings)]
    if not depth:
        return spans
    for decoded, place in _undone(text, letters):
        for start, end, spelling in spans_in(decoded, spellings, depth - 1):
            spans.append((*place(start, end), spelling))
    return spans


def _plain(text: str, letters: str, spellings: Spellings) -> Iterator[tuple[Span, Spelling]]:
    """Yield keys whose letters stand in a text as they are."""
    hits = list(spellings.found(letters))
    if hits:
        place = _Map(text, _NO_WORD, _nothing)
        for at, spelling in hits:
            start, end = place(at, at + len(spelling.word))
            if spelling.fits(text[start:end]):
                yield _widened(text, start, end, spelling.key), spelling
    for spelling in spellings.exact:
        for at in _places(text, spelling.word):
            yield (at, at + len(spelling.word)), spelling


def _widened(text: str, start: int, end: int, key: str) -> Span:
    """Return a place with the punctuation at the ends of the key, where that stands beside it."""
    head = key[: len(key) - len(re.sub("^[^0-9A-Za-z]+", "", key))]
    tail = key[len(re.sub("[^0-9A-Za-z]+$", "", key)) :] if key else ""
    if head and text.endswith(head, 0, start):
        start -= len(head)
    if tail and text.startswith(tail, end):
        end += len(tail)
    return start, end


def _undone(text: str, letters: str) -> Iterator[tuple[str, Callable[[int, int], Span]]]:
    """Yield what a text says when something in it is decoded, and what finds a place of that in the text."""
    unescaped = _unescaped(text)
    if unescaped != text:
        yield unescaped, _Map(text, _ESCAPE, _character)
    for run in _HEX.finditer(letters):
        for shift in (0, 1):
            digits = run[0][shift : len(run[0]) - (len(run[0]) - shift) % 2]
            yield (
                bytes.fromhex(digits).decode("latin-1"),
                _Coded(_Map(text, _NO_WORD, _nothing), run.start() + shift, 2, 1),
            )
    for run in _BASE64.finditer(text):
        joined = _LINE_BREAK.sub("", run[0]).rstrip("=").translate(_STANDARD)
        lines = _Map(run[0], _LINE_BREAK, _nothing)
        # The run may begin before what was encoded, at any of four places in a group.
        for shift in range(4):
            group = joined[shift:]
            group = group[: len(group) - (len(group) % 4 == 1)]
            data = binascii.a2b_base64(group + "=" * (-len(group) % 4))
            yield data.decode("latin-1"), _Coded(lines, shift, 4, 3, run.start(), text)


class _Map:
    """Finds the place in a text of a place in what a pattern's replacement made of it."""

    def __init__(self, text: str, pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str]) -> None:
        self._made_of = text, pattern, replace
        self._starts: list[int] = []
        self._ends: list[int] = []

    def __call__(self, start: int, end: int) -> Span:
        # Made when the first place is asked for: most texts hold no key.
        if not self._starts:
            self._make()
        return self._starts[start], self._ends[end - 1]

    def _make(self) -> None:
        text, pattern, replace = self._made_of
        done = 0
        for match in pattern.finditer(text):
            self._copy(done, match.start())
            length = len(replace(match))
            self._starts += [match.start()] * length
            self._ends += [match.end()] * length
            done = match.end()
        self._copy(done, len(text))

    def _copy(self, start: int, end: int) -> None:
        self._starts += range(start, end)
        self._ends += range(start + 1, end + 1)


@dataclass(frozen=True, slots=True)
class _Coded:
    """Finds the place of bytes among the digits that encode them.

    Attributes:
        digits: Finds a place of digits.
        shift: How many digits stand before the first byte.
        per_group: How many digits a group has.
        group_bytes: How many bytes a group encodes.
        at: Where the digits begin.
        padded: The text in which padding may follow; "" for none.
    """

    digits: _Map
    shift: int
    per_group: int
    group_bytes: int
    at: int = 0
    padded: str = ""

    def __call__(self, start: int, end: int) -> Span:
        first = start * self.per_group // self.group_bytes
        last = -(-end * self.per_group // self.group_bytes)
        begin, stop = self.digits(self.shift + first, self.shift + last)
        stop += self.at
        padding = self.padded[stop : stop + 2]
        return begin + self.at, stop + len(padding) - len(padding.lstrip("="))


def _letters(text: str) -> str:
    return _NO_WORD.sub("", text).lower()


def _nothing(_: re.Match[str]) -> str:
    return ""


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    """Return the character that an escape stands for, a space for a line break and the like."""
    if match[6]:
        return _chr(int(match[6]))
    if match[7]:
        return html.unescape(f"&{match[7]}")
    digits = match[1] or match[2] or match[3] or match[4] or match[5]
    if digits:
        return _chr(int(digits, 16))
    return "/" if match[0].endswith("/") else " " if match[0].startswith("\\") else ""


def _chr(number: int) -> str:
    return chr(number) if number < 0x110000 else "\ufffd"


def _places(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)
