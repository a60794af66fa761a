"""Making text from outside harmless where people, terminals and CI services read it.

Control characters drive terminals (ECMA-48), others turn the direction of what follows (Unicode, UAX #9) or
end a line for some readers only; CI services take some words at the beginning of a line, or anywhere in it,
for commands. What is replaced stays visible, as an escape, so that a report still says what was received.

This module imports only the standard library, since the mock writes such text too.
"""

from __future__ import annotations

import re
from typing import Final

# C0 but tab and line feed, DEL, C1; marks of direction, embeddings, overrides and isolates; the separators
# of lines and paragraphs, which are line breaks to JavaScript and Python; halves of characters; byte order
# marks and tags, which nobody sees.
_CONTROLS: Final = (
    "\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f"
    "\\ud800-\\udfff\\ufeff\\ufff9-\\ufffb\\U000e0000-\\U000e007f"
)
_CONTROL: Final = re.compile(f"[{_CONTROLS}]")
_CONTROL_OR_BREAK: Final = re.compile(f"[{_CONTROLS}\\t\\n]")
# GitHub (`::`, and `##[` anywhere in a line), Azure (`##vso[`). Not only at the beginning of a line: a report
# may break a line anywhere. An address such as `fe80::1` is no command.
_COMMAND: Final = re.compile(r"(:)(:[ \t]*[A-Za-z])|(#)(#(?:vso)?\[)", re.IGNORECASE)
# Below U+0020 nothing can stand in a string, and line breaks stand between its parts (RFC 8259, section 7).
_IN_JSON: Final = re.compile(f"(?![\\x00-\\x1f])[{_CONTROLS}]|::|##")


def harmless(text: str) -> str:
    """Return a text of several lines with which nothing can be steered: no terminal, no CI service."""
    return _COMMAND.sub(_apart, _CONTROL.sub(_escaped, text.replace("\r\n", "\n")))


def harmless_line(text: str) -> str:
    """Return a text as one line with which nothing can be steered, and no further line forged."""
    return _COMMAND.sub(_apart, _CONTROL_OR_BREAK.sub(_escaped, text))


def harmless_json(text: str) -> str:
    r"""Return a JSON text that means the same and steers nothing.

    What JSON lets stand as it is, beyond ASCII's controls, is written as `\u....` instead.
    """
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
    # Of a command the first character is enough. UTF-16 has pairs for what is beyond U+FFFF.
    units = match[0][0].encode("utf-16-be", "surrogatepass").hex()
    escaped = "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
    return escaped + match[0][1:]
