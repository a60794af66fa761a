"""Keeping API keys out of everything that is written.

By value, not by the name of a header: an answer may repeat a key, plain or encoded. What stands in a key's
place names it, and works in a shell: `$MIRAGIC_API_KEY`.

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

from .errors import ContractError

# Shorter values are words that answers hold anyway; no real key is that short.
SHORTEST_KEY = 8

FIRST_MARKER = "$MIRAGIC_API_KEY"
SECOND_MARKER = "$MIRAGIC_SECOND_API_KEY"
TRUNCATED_MARKER = "${MIRAGIC_API_KEY%?}"
OTHER_MARKER = "$MIRAGIC_OTHER_API_KEY"
MARKERS = (FIRST_MARKER, SECOND_MARKER, TRUNCATED_MARKER, OTHER_MARKER)


class KeyLeakError(ContractError):
    """A key was found in something about to be written. `artefact` says in what; the key is not repeated."""

    def __init__(self, artefact: str) -> None:
        super().__init__(artefact)
        self.artefact = artefact

    def __str__(self) -> str:
        return (
            f"expected {self.artefact} to hold no API key, found one: nothing was written; please report this"
        )


@dataclass(frozen=True, slots=True)
class Redactor:
    """Replaces each form of each key by its marker. `forms` are tried in order: longer ones stand first."""

    forms: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"Redactor({len(self.forms)} forms)"

    def text(self, text: str) -> str:
        """The text without keys."""
        for form, marker in self.forms:
            text = text.replace(form, marker)
        return text

    def data(self, data: bytes) -> bytes:
        """The bytes without keys."""
        for form, marker in self.forms:
            data = data.replace(form.encode(), marker.encode())
        return data

    def cleaned(self, text: str, artefact: str) -> str:
        """The text without keys, searched once more.

        Raises: KeyLeakError where one is left, which is a defect of ours: better no report than that one.
        """
        clean = self.text(text)
        if any(form in clean for form, _ in self.forms):
            raise KeyLeakError(artefact)
        return clean


def redactor(keys: Mapping[str, str]) -> Redactor:
    """What removes keys, given as key to marker. Keys shorter than `SHORTEST_KEY` are left alone."""
    forms = {
        form: marker for key, marker in keys.items() if len(key) >= SHORTEST_KEY for form in set(_forms(key))
    }
    return Redactor(tuple(sorted(forms.items(), key=lambda item: (-len(item[0]), item[0]))))


def redactor_for(first: str | None, second: str | None = None, others: Iterable[str] = ()) -> Redactor:
    """What removes the keys of a run, the truncated one that probes send, and any others of a recording."""
    keys = dict.fromkeys(others, OTHER_MARKER)
    keys |= {(first or "")[:-1]: TRUNCATED_MARKER, second or "": SECOND_MARKER, first or "": FIRST_MARKER}
    return redactor(keys)


# What encoders of URLs leave as it is beside letters and digits: nothing; Python's of paths; JavaScript's
# encodeURIComponent and encodeURI, and what a path may hold (RFC 3986, section 3.3).
_LEFT_ALONE = ("", "/", "!'()*", "!'()*;,/?:@&=+$#", "!$&'()*+,;=:@/")


def _forms(key: str) -> Iterator[str]:
    """The ways a key is commonly written."""
    yield key
    for safe in _LEFT_ALONE:
        quoted = urllib.parse.quote(key, safe=safe)
        yield quoted
        yield re.sub("%[0-9A-F]{2}", lambda escape: escape[0].lower(), quoted)
    yield from (html.escape(key), html.escape(key, quote=False))
    for is_ascii in (True, False):
        escaped = json.dumps(key, ensure_ascii=is_ascii)[1:-1]
        yield escaped
        yield escaped.replace("/", "\\/")
    yield from _base64_forms(key.encode())


def _base64_forms(key: bytes) -> Iterator[str]:
    """The part of a base64 text that a key alone decides, for each place it may start at in a larger text."""
    for lead in range(3):
        padded = b"\0" * lead + key
        whole = len(padded) - len(padded) % 3
        text = base64.b64encode(padded[:whole]).decode()[-(-lead * 8 // 6) :]
        yield text
        yield text.replace("+", "-").replace("/", "_")
    yield base64.b64encode(key).decode()
    yield base64.urlsafe_b64encode(key).decode()
