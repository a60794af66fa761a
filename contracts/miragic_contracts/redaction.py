"""Keeping API keys out of everything that is written.

Keys are found by value, not by the name of a header: an answer may repeat a key, plain or encoded. The marker
in a key's place says which key it was, and works in a shell: `$MIRAGIC_API_KEY`.

ContractError
└── KeyLeakError
"""

from __future__ import annotations

import base64
import html
import json
import re
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from .errors import ContractError

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
    """Replaces each form of each key by the key's marker.

    Attributes:
        forms: The forms with their markers. Longer ones come first, since one form may be part of another.
    """

    forms: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"Redactor({len(self.forms)} forms)"

    def text(self, text: str) -> str:
        """Return a text without keys."""
        for form, marker in self.forms:
            text = text.replace(form, marker)
        return text

    def data(self, data: bytes) -> bytes:
        """Return bytes without keys."""
        for form, marker in self.forms:
            data = data.replace(form.encode(), marker.encode())
        return data

    def cleaned(self, text: str, artefact: str) -> str:
        """Return a text without keys, searched once more.

        Raises:
            KeyLeakError: A key is left. That is a defect of ours, and no report is better than that one.
        """
        clean = self.text(text)
        # Replacing one key may put the letters of another together.
        if any(form in clean for form, _ in self.forms):
            raise KeyLeakError(artefact)
        return clean


def redactor(keys: Mapping[str, str]) -> Redactor:
    """Make a redactor of markers by key. Keys shorter than `SHORTEST_KEY` are left alone."""
    forms = {
        form: marker for key, marker in keys.items() if len(key) >= SHORTEST_KEY for form in set(_forms(key))
    }
    # Equally long forms by their text: the order of a set changes from process to process.
    return Redactor(tuple(sorted(forms.items(), key=lambda item: (-len(item[0]), item[0]))))


def redactor_for(first: str | None, second: str | None = None, others: Iterable[str] = ()) -> Redactor:
    """Make a redactor for the keys of a run, the truncated key of probes, and others of a recording."""
    # The last one wins a form that two keys share. The truncated key shares some of base64 with the whole
    # one, and two equal keys share all, so the first key comes last.
    keys = dict.fromkeys(others, OTHER_MARKER)
    keys |= {(first or "")[:-1]: TRUNCATED_MARKER, second or "": SECOND_MARKER, first or "": FIRST_MARKER}
    return redactor(keys)


# What encoders of URLs leave as it is beside letters and digits: nothing; Python's of paths; JavaScript's
# encodeURIComponent and encodeURI, and what a path may hold (RFC 3986, section 3.3).
_LEFT_ALONE: Final = ("", "/", "!'()*", "!'()*;,/?:@&=+$#", "!$&'()*+,;=:@/")


def _forms(key: str) -> Iterator[str]:
    """Yield the ways in which a key is commonly written."""
    yield key
    for safe in _LEFT_ALONE:
        quoted = urllib.parse.quote(key, safe=safe)
        yield quoted
        # Either case of the digits is valid (RFC 3986, section 2.1).
        yield re.sub("%[0-9A-F]{2}", lambda escape: escape[0].lower(), quoted)
    yield from (html.escape(key), html.escape(key, quote=False))
    for is_ascii in (True, False):
        escaped = json.dumps(key, ensure_ascii=is_ascii)[1:-1]
        yield escaped
        # PHP's json_encode escapes slashes unless told not to; JSON allows it (RFC 8259, section 7).
        yield escaped.replace("/", "\\/")
    yield from _base64_forms(key.encode())


def _base64_forms(key: bytes) -> Iterator[str]:
    """Yield the base64 forms of a key, alone and inside a larger text.

    Base64 turns three bytes into four letters. A key inside a larger text may begin at each of three places,
    and only the letters that the key alone decides are looked for.
    """
    for lead in range(3):
        padded = b"\0" * lead + key
        whole = len(padded) - len(padded) % 3
        text = base64.b64encode(padded[:whole]).decode()[-(-lead * 8 // 6) :]
        yield text
        yield text.replace("+", "-").replace("/", "_")
    yield base64.b64encode(key).decode()
    yield base64.urlsafe_b64encode(key).decode()
