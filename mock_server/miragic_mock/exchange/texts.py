"""Texts of a request whose characters are bytes: headers (PEP 3333), and names in a form read as Latin-1."""

from __future__ import annotations


def as_utf8(text: str) -> str:
    """Return a text whose characters are bytes as the text that they spell in UTF-8, else as it is."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text
