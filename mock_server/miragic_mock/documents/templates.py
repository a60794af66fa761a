"""JSON documents compiled from examples: what stays is text already, what changes is a hole with a filler.

Rule: an example of the contract is the document; only its holes are ours. A poll fills about a dozen
holes, and nothing is parsed, copied or validated while a client waits.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from json.encoder import encode_basestring_ascii
from typing import Any, Final, Generic, TypeVar

from .pointers import escape

T = TypeVar("T")

Filler = Callable[[T], str]
"""From what is shown to the JSON text that stands in a hole."""

# The function inside of `json.dumps`, which takes ten times as long for a short text.
quote: Final[Callable[[str], str]] = encode_basestring_ascii
"""A string as JSON text, in ASCII, so that no character of a client's can break a document or a header."""


class Template(Generic[T]):
    """One document with holes."""

    __slots__ = ("_fillers", "_text")

    def __init__(
        self, example: Any, fillers: Mapping[str, Filler[T]], members: Mapping[str, Filler[T]] | None = None
    ) -> None:
        """Compile an example.

        Args:
            example: The document.
            fillers: What fills the holes, by the JSON Pointer (RFC 6901) of the hole; a pointer to nothing
                is no hole.
            members: Members that not every document has, by the JSON Pointer of an object: what it ends with.
                The object must have a member of its own, since theirs begin with a comma.
        """
        pieces = list(_pieces(example, "", fillers, members or {}))
        # `%` fills a text in a third of the time that joining pieces takes; its own `%` are doubled.
        self._text = "".join(piece.replace("%", "%%") if isinstance(piece, str) else "%s" for piece in pieces)
        self._fillers: tuple[Filler[T], ...] = tuple(piece for piece in pieces if not isinstance(piece, str))

    def render(self, shown: T) -> bytes:
        """Return the document with its holes filled for `shown`."""
        return (self._text % tuple([fill(shown) for fill in self._fillers])).encode("ascii")


def _pieces(
    node: Any, pointer: str, fillers: Mapping[str, Filler[T]], members: Mapping[str, Filler[T]]
) -> Iterator[str | Filler[T]]:
    if pointer in fillers:
        yield fillers[pointer]
    elif isinstance(node, Mapping):
        yield "{"
        for index, (name, value) in enumerate(node.items()):
            yield f"{',' if index else ''}{quote(name)}:"
            yield from _pieces(value, f"{pointer}/{escape(name)}", fillers, members)
        if pointer in members:
            yield members[pointer]
        yield "}"
    elif isinstance(node, list):
        yield "["
        for index, value in enumerate(node):
            yield "," if index else ""
            yield from _pieces(value, f"{pointer}/{index}", fillers, members)
        yield "]"
    else:
        yield json.dumps(node)
