"""References inside one document, followed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from miragic_contracts.spec.errors import SpecError
from miragic_contracts.spec.source import escape


class References:
    """Follows the `$ref`s of one document. Only references into the same document (`#/...`) are known."""

    __slots__ = ("_resolver",)

    def __init__(self, document: Mapping[str, Any]) -> None:
        registry: Registry[Any] = Registry().with_resource("", DRAFT202012.create_resource(document))
        self._resolver = registry.resolver()

    def target(self, reference: str, pointer: str) -> Any:
        """What a reference refers to, as written, references and all.

        Raises: SpecError where it leads out of the document or nowhere; `pointer` says where it stands.
        """
        if not reference.startswith("#/"):
            raise SpecError(f"expected a reference into this document (`#/...`), got {reference!r}", pointer)
        try:
            return self._resolver.lookup(reference).contents
        except Unresolvable as exc:
            raise SpecError(f"{reference!r} refers to nothing", pointer) from exc

    def resolve(self, node: Any, pointer: str, within: tuple[str, ...] = ()) -> Any:
        """A copy of `node` in which what each reference refers to stands in its place, at every depth.

        What stands beside a `$ref` wins over the target's own (it can only be annotations: see `keywords`).
        The mapping of a discriminator is dropped, since the names it maps to are gone.

        Raises: SpecError for a reference that leads nowhere, or back into itself.
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
        if reference in within:
            raise SpecError(
                f"{reference!r} refers back to itself; a document of a job is not recursive", pointer
            )
        target = self.resolve(self.target(reference, pointer), reference[1:], (*within, reference))
        return {**target, **{key: value for key, value in node.items() if key != "$ref"}}
