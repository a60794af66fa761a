"""Finding a key in what came from outside, however it is spelt there.

Escapes are undone a few times over. After each time the ASCII letters and digits alone, in lower case, are
searched for those of the key: as it is, reversed, in hexadecimal digits and in base64. So cases, separators
and line breaks make no difference. Each step goes through the data once: the work grows with it, no faster.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

# How many times escapes are undone. One time undoes any number of one kind, one in another.
_ROUNDS: Final = 8
# Fewer letters are too common: such a key, mostly punctuation, is found only as it is.
_SHORTEST_WORD: Final = 6

_LETTERS: Final = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_OTHERS: Final = bytes(set(range(256)) - set(_LETTERS))
_LOWER: Final = bytes(range(256)).lower()
_STANDARD: Final = bytes.maketrans(b"-_", b"+/")

# JSON's, JavaScript's and C's escapes after any number of backslashes; percent signs encoded any number of
# times; HTML's references, their ampersands too. A run of backslashes is entered only at its beginning, else
# data of nothing else would be walked once for each. The same holds for zeros and for "amp;".
_ESCAPE: Final = re.compile(
    rb"""(?<!\\)\\+(?:u(?:([0-9a-f]{4})|\{0{0,8}([0-9a-f]{1,6})\})|x([0-9a-f]{2})|[bfnrtv/])
    | %(?:25)*(?:u00)?([0-9a-f]{2})
    | &(?:amp;)*(?:\#(?:x0{0,8}([0-9a-f]{1,6})|0{0,8}([0-9]{1,7}));?|([a-z][a-z0-9]{1,30};))""",
    re.VERBOSE | re.IGNORECASE,
)
_CODED: Final = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
_SPACED: Final = re.compile(rb"(?:[^\W_][\W_]+)+[^\W_]")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, repr=False)
class Spellings:
    """What stands for a key.

    Attributes:
        key: The key, its letters in lower case.
        words: What is searched for among letters, and whether it is the key itself, in one direction.
        exact: The key if it has hardly any letters, and is found only as it is; else empty.
    """

    key: bytes
    words: tuple[tuple[bytes, bool], ...]
    exact: bytes

    @classmethod
    def of(cls, key: bytes) -> Spellings:
        """Return the spellings of a key."""
        if len(_letters(key)) < _SHORTEST_WORD:
            return cls(key.lower(), (), key)
        words = {_letters(spelt): True for spelt in (key, key[::-1])}
        for spelt in (key, key[::-1], key.lower(), key.upper(), key.hex().encode()):
            for coded in (spelt.hex().encode(), *_in_base64(spelt)):
                words.setdefault(_letters(coded), False)
        return cls(key.lower(), tuple(words.items()), b"")

    def spans_in(self, data: bytes, *, coded: bool = True) -> list[Span]:
        """Return where the key is, in no order; spans may overlap.

        Args:
            data: Anything, in UTF-8 or another encoding that ASCII is part of.
            coded: Whether to look into what may be base64 or hexadecimal digits.
        """
        layers, spans = [data], list(self._plain(data, coded=coded))
        found = [spans]
        while (undone := _ESCAPE.sub(_character, layers[-1])) != layers[-1]:
            if len(layers) > _ROUNDS:
                # Deeper than anybody encodes who does not hide something.
                return [(0, len(data))]
            layers.append(undone)
            found.append(list(self._plain(undone, coded=coded)))
        spans = found.pop()
        for layer, outer in zip(reversed(layers[:-1]), reversed(found), strict=True):
            spans = outer + _mapped(layer, spans)
        return spans

    def _plain(self, data: bytes, *, coded: bool) -> Iterator[Span]:
        letters = _letters(data)
        hits = [(at, at + len(word), is_key) for word, is_key in self.words for at in _places(letters, word)]
        if hits:
            places = [place for place, byte in enumerate(data) if byte in _LETTERS]
            for start, end, is_key in hits:
                span = places[start], places[end - 1] + 1
                if not is_key or self._fits(data[slice(*span)]):
                    yield span
        if self.exact:
            yield from ((at, at + len(self.exact)) for at in _places(data, self.exact))
        if coded:
            yield from (run.span() for run in _CODED.finditer(data) if self._is_coded_in(run[0]))

    def _fits(self, piece: bytes) -> bool:
        """Return whether a piece that has the letters of the key is the key.

        A key without a digit may be made of words that a sentence has in this order too: then what stands
        between the letters must be as in the key, nothing at all, or something between all of them.
        """
        return (
            any(digit in self.key for digit in b"0123456789")
            or piece.lower() in (self.key, self.key[::-1])
            or piece.lower() in self.key
            or piece.lower() in self.key[::-1]
            or piece.isalnum()
            or _SPACED.fullmatch(piece) is not None
        )

    def _is_coded_in(self, run: bytes) -> bool:
        return any(self.spans_in(decoded, coded=False) for decoded in _decoded(run))


def struck(data: bytes, spans: Iterable[Span], mask: bytes) -> bytes:
    """Return the data with a mask in the place of the spans."""
    pieces, done = [], 0
    for start, end in sorted(spans):
        if start >= done:
            pieces += [data[done:start], mask]
        done = max(done, end)
    return b"".join((*pieces, data[done:]))


def _letters(data: bytes) -> bytes:
    return data.translate(_LOWER, _OTHERS)


def _in_base64(data: bytes) -> Iterator[bytes]:
    """Yield what base64 makes of the data, wherever in a group of three bytes it begins."""
    for before in range(3):
        coded = base64.b64encode(bytes(before) + data)
        # The first and the last digits depend on the bytes around.
        bits_end = (before + len(data)) * 8 // 6
        yield coded[-(-before * 8 // 6) : bits_end]


def _decoded(run: bytes) -> Iterator[bytes]:
    digits = run.rstrip(b"=").translate(_STANDARD)
    # The run may begin before what was encoded, at any of four places in a group.
    for shift in range(4):
        group = digits[shift:]
        group = group[: len(group) - (len(group) % 4 == 1)]
        yield binascii.a2b_base64(group + b"=" * (-len(group) % 4))
    # Two digits each, from the first or from the second of them.
    for shift in range(2):
        pair = digits[shift:]
        try:
            yield bytes.fromhex(pair[: len(pair) // 2 * 2].decode("ascii"))
        except ValueError:
            continue


def _mapped(layer: bytes, spans: list[Span]) -> list[Span]:
    """Return where in a layer the spans begin and end that were found in it with its escapes undone."""
    if not spans:
        return []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for match in _ESCAPE.finditer(layer):
        length = len(_character(match))
        starts += [*range(done, match.start()), *[match.start()] * length]
        ends += [*range(done + 1, match.start() + 1), *[match.end()] * length]
        done = match.end()
    starts += range(done, len(layer))
    ends += range(done + 1, len(layer) + 1)
    return [(starts[start], ends[end - 1]) for start, end in spans]


def _character(match: re.Match[bytes]) -> bytes:
    """Return what an escape stands for, in UTF-8; a space for a line break and the like."""
    if match[6]:
        return _utf8(int(match[6]))
    if match[7]:
        return html.unescape(f"&{match[7].decode('ascii')}").encode("utf-8", "replace")
    digits = match[1] or match[2] or match[3] or match[4] or match[5]
    if digits:
        return _utf8(int(digits, 16))
    return b"/" if match[0].endswith(b"/") else b" "


def _utf8(number: int) -> bytes:
    return chr(number).encode("utf-8", "surrogatepass") if number < 0x110000 else b"?"


def _places(data: bytes, word: bytes) -> Iterator[int]:
    at = data.find(word)
    while at >= 0:
        yield at
        at = data.find(word, at + len(word))
