"""The API key as a value that cannot be shown, and is struck out of texts from outside.

Only the transports may call `ApiKey.reveal`, and only to fill in the request header.
"""

import json
import re
from typing import Final

from ._api import API_KEY_VARIABLE
from ._errors import ApiKeyError
from ._outside.spellings import Spellings, struck

MASK: Final = "***"
MASK_BYTES: Final = MASK.encode()

# A shorter key is a stand-in for a test server; masking every "k" would only garble the text.
_SECRET_FROM_CHARS: Final = 8
_KEY_PATTERN: Final = re.compile(r"\b(sk_(?:live|test)_)[A-Za-z0-9_-]{6,}")


class ApiKey:
    """A key that prints as `***`, refuses to be pickled, and can be masked in a text."""

    __slots__ = ("_spellings", "_value")

    def __init__(self, value: str | None) -> None:
        self._value = value.strip() if isinstance(value, str) else ""
        is_secret = len(self._value) >= _SECRET_FROM_CHARS
        self._spellings = Spellings.of(self._value.encode("utf-8", "surrogatepass")) if is_secret else None

    def check(self) -> None:
        """Make sure that the key can be sent.

        Raises:
            ApiKeyError: The key is missing, blank, or holds characters that no HTTP header can carry.
        """
        # Not in `__init__`: the frame there holds the key as a plain text, and a traceback would show it.
        if not self._value:
            raise ApiKeyError(
                f"no API key: set the environment variable {API_KEY_VARIABLE}, or pass api_key= to the client"
            )
        if not (self._value.isascii() and self._value.isprintable()) or " " in self._value:
            raise ApiKeyError(
                "the API key holds a space, a control or a non-ASCII character; "
                "copy it again from the dashboard"
            )

    def reveal(self) -> str:
        """Return the key itself, for the request header and nothing else."""
        return self._value

    def hide_in(self, text: str) -> str:
        """Return the text with this key masked, however it is spelt there, and what looks like another."""
        data = self._strike(text.encode("utf-8", "surrogatepass"))
        return redact(data.decode("utf-8", "surrogatepass"))

    def hide_in_bytes(self, data: bytes) -> bytes:
        """Return the raw bytes of an answer with this key masked; UTF-16 and UTF-32 become UTF-8."""
        encoding = json.detect_encoding(data)
        if not encoding.startswith("utf-8"):
            data = data.decode(encoding, "replace").encode("utf-8", "replace")
        return self._strike(data)

    def hide_in_document(self, value: object) -> object:
        """Return what was read from JSON with this key masked in every name and text."""
        if isinstance(value, str):
            return self.hide_in(value)
        if isinstance(value, dict):
            return {self.hide_in(name): self.hide_in_document(inner) for name, inner in value.items()}
        return [*map(self.hide_in_document, value)] if isinstance(value, list) else value

    def _strike(self, data: bytes) -> bytes:
        if self._spellings is None:
            return data
        spans = self._spellings.spans_in(data)
        return struck(data, spans, MASK_BYTES) if spans else data

    def __repr__(self) -> str:
        return f"ApiKey({MASK!r})"

    def __reduce__(self) -> str:
        raise TypeError("an ApiKey is never pickled: build the client in the process that uses it")


def redact(text: str) -> str:
    """Return the text with everything masked that looks like a Miragic key."""
    return _KEY_PATTERN.sub(rf"\1{MASK}", text)
