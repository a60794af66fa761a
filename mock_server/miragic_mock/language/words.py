"""The words that plans and faults are written in: quoting, numbers, durations, and errors that point.

Rule: a written value is percent-encoded wherever one of its characters could mean something to the grammar,
to an HTTP header or to a file system (Windows included), so one text fits a header, a file name and a
question.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from ..errors import PlanError

_UNIT_S: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
# `\Z`, since `$` also stands before a line break at the end.
_NUMBER: Final = re.compile(r"\d+(\.\d+)?(e[+-]?\d+)?\Z", re.ASCII)
_DURATION: Final = re.compile(r"(?P<amount>[\d.e+-]*?\d)(?P<unit>ms|s|m|h)?\Z", re.ASCII)
_PERCENT: Final = re.compile(r"%(?P<hex>[0-9A-Fa-f]{2})?")
# Neither what separates words here, nor what Windows forbids in a file's name (`< > : " / \ | ? *`).
_PLAIN: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 -_.~!'@#$&+={}^")
_OPEN: Final = "("
_CLOSE: Final = ")"


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of a plan, and where it stands: what an error needs in order to point.

    Attributes:
        raw: The piece as it is written.
        position: Its 0-based offset in the whole text.
        text: The whole text.
    """

    raw: str
    position: int
    text: str

    def fail(self, expected: str, *, nearest: str | None = None) -> PlanError:
        """Return an error that points at this word."""
        return PlanError(
            text=self.text, word=self.raw, position=self.position, expected=expected, nearest=nearest
        )

    def cut(self, start: int, stop: int | None = None) -> Word:
        """Return the part from `start` to `stop`, without surrounding blanks."""
        part = self.raw[start:stop]
        lead = len(part) - len(part.lstrip())
        return Word(part.strip(), self.position + start + lead, self.text)

    def partition(self, separator: str) -> tuple[Word, Word | None]:
        """Return the words before and after the first separator; None for the second where there is none."""
        at = self.raw.find(separator)
        return (self, None) if at < 0 else (self.cut(0, at), self.cut(at + len(separator)))

    def string(self) -> str:
        """Return the value with percent-encoding undone.

        Raises:
            PlanError: A `%` is not followed by two hexadecimal digits, or the bytes are not UTF-8.
        """
        if "%" not in self.raw:
            return self.raw
        if any(match["hex"] is None for match in _PERCENT.finditer(self.raw)):
            raise self.fail("two hexadecimal digits after every % (a percent sign itself is %25)")
        # Bytes first and UTF-8 last: a character may be spread over several percent-encoded bytes.
        data = _PERCENT.sub(lambda match: chr(int(match["hex"], 16)), _latin(self.raw))
        try:
            return data.encode("latin-1").decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            raise self.fail("percent-encoded UTF-8") from None

    def number(self, *, low: float, high: float, what: str) -> float:
        """Return a decimal number from `low` to `high`."""
        expected = f"{what} from {format_number(low)} to {format_number(high)}"
        if not _NUMBER.match(self.raw):
            raise self.fail(expected)
        value = float(self.raw)
        if not low <= value <= high:
            raise self.fail(expected)
        return value

    def integer(self, *, low: int, high: int, what: str) -> int:
        """Return a whole number from `low` to `high`."""
        if not re.fullmatch(r"-?\d{1,18}", self.raw, re.ASCII) or not low <= int(self.raw) <= high:
            raise self.fail(f"{what} from {low} to {high}")
        return int(self.raw)

    def duration_s(self, *, high: float, low: float = 0.0) -> float:
        """Return seconds, from `250ms`, `3s`, `2m`, `1h` or a bare number of seconds."""
        expected = f"a time such as 250ms, 3s, 2m or 1h, {format_duration(low)} to {format_duration(high)}"
        match = _DURATION.match(self.raw)
        if not match or not _NUMBER.match(match["amount"]):
            raise self.fail(expected)
        value = float(match["amount"]) * _UNIT_S[match["unit"] or "s"]
        if not (math.isfinite(value) and low <= value <= high):
            raise self.fail(expected)
        return value

    def one_of(self, choices: Iterable[str], *, what: str) -> str:
        """Return this word, which must be in `choices`."""
        legal = tuple(choices)
        if self.raw not in legal:
            raise unknown(self, legal, what=what)
        return self.raw


def unknown(word: Word, legal: Iterable[str], *, what: str) -> PlanError:
    """Return the error for a word that is not one of `legal`, with the nearest of them."""
    names = tuple(legal)
    return word.fail(f"{what} ({', '.join(names)})", nearest=nearest(word.raw, names))


def nearest(name: str, legal: Iterable[str]) -> str | None:
    """Return the legal name that a name resembles most, or None when it resembles none."""
    close = get_close_matches(name.lower(), tuple(legal), n=1)
    return close[0] if close else None


def quote(value: str) -> str:
    """Return a text so that it survives a plan, a header and a file name; `Word.string` undoes it."""
    quoted = "".join(
        char if char in _PLAIN else "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))
        for char in value
    )
    # Blanks at the ends, too: `Word.cut` strips them, and so does HTTP in a header (RFC 9110, section 5.5).
    head, tail = len(quoted) - len(quoted.lstrip(" ")), len(quoted.rstrip(" "))
    if head >= tail:
        return "%20" * len(quoted)
    return "%20" * head + quoted[head:tail] + "%20" * (len(quoted) - tail)


def split(word: Word, separator: str) -> Iterator[Word]:
    """Yield the non-empty parts between separators that stand outside parentheses."""
    depth, start = 0, 0
    for at, char in enumerate(word.raw):
        if char == _OPEN:
            depth += 1
        elif char == _CLOSE:
            depth = max(depth - 1, 0)  # a closing parenthesis by itself is text, as in a smiley
        elif char == separator and depth == 0:
            yield from _non_empty(word.cut(start, at))
            start = at + 1
    if depth:
        raise word.cut(start).fail("a closing parenthesis")
    yield from _non_empty(word.cut(start))


def format_number(value: float) -> str:
    """Return the shortest text that reads back as `value`."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value).replace("e+", "e")


def format_duration(seconds: float) -> str:
    """Return seconds as a plan writes them, e.g. `0.25s`."""
    return f"{format_number(seconds)}s"


def _non_empty(word: Word) -> Iterator[Word]:
    if word.raw:
        yield word


def _latin(raw: str) -> str:
    """Return a text whose characters are the bytes of its UTF-8, to be mixed with percent-encoded bytes."""
    return raw.encode("utf-8", "surrogatepass").decode("latin-1")
