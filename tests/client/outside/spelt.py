"""A key in every spelling that is looked for, as a table that other corpora can take over."""

from __future__ import annotations

import base64
import urllib.parse

Spelt = dict[str, str]


def spelt(key: str) -> Spelt:
    """Return the key in every spelling, by the name of the spelling."""
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in key)
    percent = "".join(f"%{ord(letter):02X}" for letter in key)
    entities = "".join(f"&#{ord(letter)};" for letter in key)
    data = key.encode()
    return {
        "plain": key,
        "upper case": key.upper(),
        "reversed": key[::-1],
        "spaced": " ".join(key),
        "JSON escapes": escaped,
        "JSON escapes, twice": escaped.replace("\\", "\\\\"),
        "JSON escapes, upper case": escaped.upper().replace("\\U", "\\u"),
        "hexadecimal": data.hex(),
        "hexadecimal, upper case": data.hex().upper(),
        "hexadecimal, spaced": data.hex(" "),
        "percent": percent,
        "percent, twice": percent.replace("%", "%25"),
        "percent, five times": percent.replace("%", "%25252525"),
        "entities": entities,
        "entities, hexadecimal": "".join(f"&#x{ord(letter):X};" for letter in key),
        "entities, twice": entities.replace("&", "&amp;"),
        "entities of escapes, percent": urllib.parse.quote(
            "".join(f"&#{ord(letter)};" for letter in escaped)
        ),
        "base64": base64.b64encode(data).decode(),
        "base64, second offset": base64.b64encode(b"x" + data + b"end").decode(),
        "base64, third offset, url-safe": base64.urlsafe_b64encode(b"\xff\xfe" + data + b"end").decode(),
        "base64 in lines": base64.encodebytes(b"line " * 9 + data + b" line" * 9).decode(),
        "base64, twice": base64.b64encode(base64.b64encode(data)).decode(),
        "base64 of escapes": base64.b64encode(escaped.encode()).decode(),
        "base64 of the reversed": base64.b64encode(data[::-1]).decode(),
    }


# Each repeated to a length makes a text of the worst kind for something that decodes.
WORST = (
    "\\", "\\\\u", "\\u{0", "&", "&amp;", "&#0", "&#x0", "%", "%25", "%u00", "QUJD", "61", "a ", "::", "##",
    "\x1b", "sk_live_", "i am ", "i cannot ", " ", "=", "_", "-", "0x", "\u202e", "a_", "aA",
)  # fmt: skip
