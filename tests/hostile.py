"""The corpus of hostile text, `hostile_text.json`, and how its spellings of a key are made."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

CORPUS: Final[Mapping[str, list[dict[str, Any]]]] = json.loads(
    Path(__file__).with_name("hostile_text.json").read_text(encoding="utf-8")
)

STEPS: Final[Mapping[str, Callable[[str], str]]] = {
    "upper": str.upper,
    "lower": str.lower,
    "reversed": lambda text: text[::-1],
    "spaced": " ".join,
    "dashed": "-".join,
    "json": lambda text: "".join(f"\\u{ord(c):04x}" for c in text),
    "json_upper": lambda text: "".join(f"\\u{ord(c):04X}" for c in text),
    "backslashes": lambda text: text.replace("\\", "\\\\"),
    "c_escapes": lambda text: "".join(f"\\x{ord(c):02x}" for c in text),
    "percent": lambda text: "".join(f"%{ord(c):02x}" for c in text),
    "percent_signs": lambda text: text.replace("%", "%25"),
    "decimal": lambda text: "".join(f"&#{ord(c)};" for c in text),
    "hexadecimal": lambda text: "".join(f"&#x{ord(c):X};" for c in text),
    "ampersands": lambda text: text.replace("&", "&amp;"),
    "hex": lambda text: text.encode().hex(),
    "pairs": lambda text: text.encode().hex(" ") if not text.isalnum() else bytes.fromhex(text).hex(" "),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64url": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "after_one": lambda text: "x" + text,
    "after_two": lambda text: "xy" + text,
}

# What no output may hold as it is: whoever prints must not steer a terminal, turn a text, or break a line.
CONTROL: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
COMMAND: Final = re.compile(r"^\s*::[a-z-]+[ :]|##(?:vso)?\[", re.MULTILINE)


def spellings(key: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each spelling of a key."""
    for row in CORPUS["keys"]:
        text = key
        for step in row["steps"]:
            text = STEPS[step](text)
        yield row["name"], text


def rows(kind: str) -> Iterator[tuple[str, str]]:
    """Yield the names and texts of `controls` or of `commands`."""
    yield from ((row["name"], row["text"]) for row in CORPUS[kind])


def is_said(key: str, text: str, depth: int = 3) -> bool:
    """Return whether a text gives a key away to somebody who undoes encodings, in any order.

    Not the code under test: it undoes the whole text, or each word of it, with the standard library alone.
    """
    seen, texts = {text}, [text]
    wanted = re.sub("[^a-z0-9]", "", key.lower())
    for _ in range(depth + 1):
        for one in texts:
            letters = re.sub("[^a-z0-9]", "", one.lower())
            if wanted in letters or wanted[::-1] in letters:
                return True
        texts = [after for one in texts for after in _undone(one) if after not in seen]
        seen.update(texts)
    return False


def _undone(text: str) -> Iterator[str]:
    yield re.sub(r"\\+[ux]0*([0-9a-fA-F]{2})", lambda match: chr(int(match[1], 16)), text)
    yield re.sub("%([0-9a-fA-F]{2})", lambda match: chr(int(match[1], 16)), text)
    yield html.unescape(text)
    for word in set(
        re.findall("[0-9a-fA-F]{16,}", re.sub(r"(?<=\b[0-9a-fA-F]{2}) (?=[0-9a-fA-F]{2}\b)", "", text))
    ):
        yield from (
            bytes.fromhex(word[at : len(word) - (len(word) - at) % 2]).decode("latin-1") for at in (0, 1)
        )
    for word in set(re.findall(r"[A-Za-z0-9+/_-]{11,}", text)):
        for at in range(4):
            piece = word[at:].translate(str.maketrans("-_", "+/"))
            piece = piece[: len(piece) - (len(piece) % 4 == 1)]
            yield base64.b64decode(piece + "=" * (-len(piece) % 4)).decode("latin-1")
