"""JSON Pointers (RFC 6901) into documents: what stands at a place, and copies with something else there.

Rule: documents are trees of objects; a pointer into a list leads to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def tokens(pointer: str) -> list[str]:
    """Return the names on the way to a place."""
    # `~1` first: `~01` means `~1` (RFC 6901, section 4).
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def escape(name: str) -> str:
    """Return a name as one token of a pointer."""
    # The tilde first: the one in `~1` must stay as it is.
    return name.replace("~", "~0").replace("/", "~1")


def at_pointer(document: Any, pointer: str) -> Any:
    """Return what stands at a pointer, None where there is nothing."""
    for name in tokens(pointer):
        if not isinstance(document, Mapping):
            return None
        document = document.get(name)
    return document


def with_value(document: Any, pointer: str, value: Any) -> Any:
    """Return a copy of a document that has a value at a pointer."""
    return _with(document, tokens(pointer), value)


def without(document: Any, pointer: str) -> Any:
    """Return a copy of a document that lacks the member at a pointer."""
    return _without(document, tokens(pointer))


def _with(node: Any, names: list[str], value: Any) -> Any:
    name, *rest = names
    return {**node, name: _with(node.get(name, {}), rest, value) if rest else value}


def _without(node: Any, names: list[str]) -> Any:
    name, *rest = names
    if not isinstance(node, Mapping) or name not in node:
        return node
    if not rest:
        return {key: value for key, value in node.items() if key != name}
    return {**node, name: _without(node[name], rest)}
