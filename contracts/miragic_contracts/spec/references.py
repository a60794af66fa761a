"""Following the references inside a document.

Rule: no library is loaded for that. `referencing` takes 40 ms to import, a quarter of the time in which the
mock should start, and `#/...` is all that the contract has.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from .errors import SpecError
from .source import escape


class References:
    """Follows the references (`$ref`) of a document. Only references into itself (`#/...`) are known."""

    __slots__ = ("_document",)

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def target(self, reference: str, pointer: str) -> Any:
        """Return what a reference refers to, as it is written, references and all.

        Args:
            reference: The reference.
            pointer: Where it stands, for the error.

        Raises:
            SpecError: It leads out of the document, or nowhere.
        """
        if not reference.startswith("#/"):
            raise SpecError(f"expected a reference into this document (`#/...`), got {reference!r}", pointer)
        target: Any = self._document
        # Percent-decoding comes first: a pointer in a fragment is encoded as a whole.
        for token in unquote(reference[2:]).split("/"):  # RFC 6901, section 6: a fragment is percent-encoded
            name = token.replace("~1", "/").replace("~0", "~")
            if isinstance(target, Mapping) and name in target:
                target = target[name]
            elif isinstance(target, list) and name.isdecimal() and int(name) < len(target):
                target = target[int(name)]
            else:
                raise SpecError(f"{reference!r} refers to nothing", pointer)
        return target

    def resolve(self, node: Any, pointer: str, within: tuple[str, ...] = ()) -> Any:
        """Return a copy of a node in which each reference is replaced by what it refers to, at every depth.

        What stands beside a `$ref` wins over the target's own (it can only be annotations: see `keywords`).
        A discriminator is dropped, since the names in its mapping are gone.

        Args:
            node: A schema, or any other part of the document.
            pointer: Where it stands, for the error.
            within: The references on the way here.

        Raises:
            SpecError: A reference leads nowhere, or back to itself.
        """
        if isinstance(node, list):
            return [self.resolve(item, f"{pointer}/{index}", within) for index, item in enumerate(node)]
        if not isinstance(node, Mapping):
            return node
        reference = node.get("$ref")
        if not isinstance(reference, str):
            return {
                key: self.resolve(value, f"{pointer}/{escape(str(key))}", within)
                for key, value in node.items()
                if key != "discriminator"
            }
        # A recursive schema is legal, but a copy of it would have no end.
        if reference in within:
            raise SpecError(
                f"{reference!r} refers back to itself; a document of a job is not recursive", pointer
            )
        # Resolved into plain dicts: jsonschema-rs refuses any other mapping ("Unsupported type").
        target = self.resolve(self.target(reference, pointer), reference[1:], (*within, reference))
        return {**target, **{key: value for key, value in node.items() if key != "$ref"}}
