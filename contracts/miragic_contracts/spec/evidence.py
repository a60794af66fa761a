"""How a statement of the contract is known: `x-evidence`, and the three tables it refers to.

Every operation, parameter, response, header, security scheme and schema property carries evidence; so does
each state of the lifecycle. What refers to a table must name an entry that exists.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import SpecError
from .source import escape

TABLES = ("x-sources", "x-discrepancies", "x-open-questions")
_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


class Level(enum.StrEnum):
    """How sure a statement is, surest last."""

    ASSUMED = "assumed"
    OBSERVED = "observed"
    DOCUMENTED = "documented"
    STANDARD = "standard"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why the contract says something.

    `see` names entries of the contract's tables (sources, discrepancies, open questions); empty where the
    level says all.
    """

    level: Level
    see: tuple[str, ...] = ()


def read_evidence(element: Mapping[str, Any], pointer: str) -> Evidence:
    """The evidence of one element.

    Raises: SpecError where there is none, or its level is not one of the four.
    """
    stated = element.get("x-evidence")
    if stated is None:
        raise SpecError("expected `x-evidence` here, found none: say how this is known", pointer)
    level, see = (stated.get("level"), stated.get("see", ())) if isinstance(stated, Mapping) else (stated, ())
    try:
        return Evidence(Level(str(level)), (see,) if isinstance(see, str) else tuple(see))
    except ValueError as error:
        known = ", ".join(sorted(Level))
        raise SpecError(f"expected a level of {known}; got {level!r}", f"{pointer}/x-evidence") from error


def entries(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """All entries of the three tables, by id."""
    return {name: entry for table in TABLES for name, entry in document.get(table, {}).items()}


def elements(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each element that must carry evidence, with its JSON Pointer; a reference counts where it leads."""
    for path, item in document.get("paths", {}).items():
        for method in _METHODS & item.keys():
            operation, pointer = item[method], f"/paths/{escape(path)}/{method}"
            yield pointer, operation
            for status, element in operation.get("x-statuses", {}).items():
                yield f"{pointer}/x-statuses/{status}", element
            yield from _below(operation, pointer)
    components = document.get("components", {})
    for section in ("parameters", "headers", "responses", "securitySchemes"):
        for name, element in components.get(section, {}).items():
            pointer = f"/components/{section}/{escape(name)}"
            yield pointer, element
            yield from _below(element, pointer)
    yield from _properties(components.get("schemas", {}), "/components/schemas")


def all_evidence(document: Mapping[str, Any]) -> dict[str, Evidence]:
    """The evidence of every element, by JSON Pointer.

    Raises: SpecError for the first element without, or with a reference to an entry that does not exist.
    """
    known = entries(document)
    found = {pointer: read_evidence(element, pointer) for pointer, element in elements(document)}
    for pointer, evidence in found.items():
        for name in evidence.see:
            if name not in known:
                tables = ", ".join(TABLES)
                raise SpecError(
                    f"expected the id of an entry of {tables}; got {name!r}", f"{pointer}/x-evidence"
                )
    return found


def _below(element: Mapping[str, Any], pointer: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Parameters, responses, headers and properties that are written out inside an element."""
    for index, parameter in enumerate(element.get("parameters", ())):
        if "$ref" not in parameter:
            yield f"{pointer}/parameters/{index}", parameter
    if "requestBody" in element:
        yield f"{pointer}/requestBody", element["requestBody"]
        yield from _properties(element["requestBody"], f"{pointer}/requestBody")
    for section in ("responses", "headers"):
        for name, child in element.get(section, {}).items():
            if "$ref" not in child:
                yield f"{pointer}/{section}/{escape(str(name))}", child
                yield from _below(child, f"{pointer}/{section}/{escape(str(name))}")
    for section in ("content", "schema"):
        yield from _properties(element.get(section, {}), f"{pointer}/{section}")


def _properties(node: Any, pointer: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each schema property below a node, wherever schemas nest."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _properties(item, f"{pointer}/{index}")
    elif isinstance(node, Mapping):
        for key, child in node.items():
            below = f"{pointer}/{escape(str(key))}"
            if key in ("examples", "example", "default", "const", "enum"):
                continue
            if key == "properties":
                yield from ((f"{below}/{escape(name)}", prop) for name, prop in child.items())
            yield from _properties(child, below)
