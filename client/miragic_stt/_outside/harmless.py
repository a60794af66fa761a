"""Text from outside, made harmless for terminals, logs and CI services.

Control characters drive terminals (ECMA-48), others turn the direction of what follows (Unicode, UAX #9) or
end a line for some readers only; CI services take some words in a line for commands. What is replaced stays
visible, as an escape.
"""

from __future__ import annotations

import re
from typing import Final

# C0 but tab and line feed, DEL, C1; marks of direction, embeddings, overrides and isolates; the separators
# of lines and paragraphs; halves of characters; byte order marks and tags, which nobody sees.
_CONTROLS: Final = (
    "\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f"
    "\\ud800-\\udfff\\ufeff\\ufff9-\\ufffb\\U000e0000-\\U000e007f"
)
_CONTROL: Final = re.compile(f"[{_CONTROLS}]")
_CONTROL_OR_BREAK: Final = re.compile(f"[{_CONTROLS}\\t\\n]")
# GitHub (`::`, and `##[` anywhere in a line), Azure (`##vso[`). An address such as `fe80::1` is no command.
_COMMAND: Final = re.compile(r"(:)(:[ \t]*[a-z])|(#)(#(?:vso)?\[)", re.IGNORECASE)
# Line breaks stand between the values of a document, and below U+0020 nothing else can (RFC 8259, section 7).
_IN_JSON: Final = re.compile(f"(?![\\x00-\\x1f])[{_CONTROLS}]|:(?=:)|#(?=#)")


def harmless(text: str) -> str:
    """Return a text of several lines with which nothing can be steered: no terminal, no CI service."""
    return _COMMAND.sub(_apart, _CONTROL.sub(_escaped, text.replace("\r\n", "\n")))


def harmless_line(text: str) -> str:
    """Return a text as one line with which nothing can be steered, and no further line forged."""
    return _COMMAND.sub(_apart, _CONTROL_OR_BREAK.sub(_escaped, text))


def harmless_json(text: str) -> str:
    """Return a JSON text that means the same and steers nothing."""
    return _IN_JSON.sub(_json_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    number = ord(match[0])
    short = {9: "\\t", 10: "\\n", 13: "\\r"}.get(number)
    if short or number < 0x100:
        return short or f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _apart(match: re.Match[str]) -> str:
    return f"{match[1] or match[3]} {match[2] or match[4]}"


def _json_escaped(match: re.Match[str]) -> str:
    # UTF-16 has pairs for what is beyond U+FFFF, and so has JSON.
    units = match[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
