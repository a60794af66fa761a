"""How each statement of the contract is known: `x-evidence`, and the three tables it refers to.

Every operation, parameter, response, header, security scheme, schema property and state of the lifecycle
carries evidence. The ids in it must be those of entries of the tables.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .errors import SpecError
from .source import escape

TABLES: Final = ("x-sources", "x-discrepancies", "x-open-questions")
_METHODS: Final = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


class Level(enum.StrEnum):
    """How sure a statement is. The surest level comes last."""

    ASSUMED = "assumed"
    OBSERVED = "observed"
    DOCUMENTED = "documented"
    STANDARD = "standard"


@dataclass(frozen=True, slots=True)
class Evidence:
    """How a statement of the contract is known.

    Attributes:
        level: How sure it is.
        see: Ids of entries of the contract's tables (sources, discrepancies, open questions). Empty where the
            level says everything.
    """

    level: Level
    see: tuple[str, ...] = ()


def read_evidence(element: Mapping[str, Any], pointer: str) -> Evidence:
    """Return the evidence of an element.

    Raises:
        SpecError: There is none, or its level is none of the four.
    """
    stated = element.get("x-evidence")
    if stated is None:
        raise SpecError("expected `x-evidence` here, found none: say how this is known", pointer)
    # A bare word is the short form: most elements need no more (`x-evidence: documented`).
    level, see = (stated.get("level"), stated.get("see", ())) if isinstance(stated, Mapping) else (stated, ())
    try:
        return Evidence(Level(str(level)), (see,) if isinstance(see, str) else tuple(see))
    except ValueError as error:
        known = ", ".join(sorted(Level))
        raise SpecError(f"expected a level of {known}; got {level!r}", f"{pointer}/x-evidence") from error


def entries(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the entries of all three tables, by id."""
    return {name: entry for table in TABLES for name, entry in document.get(table, {}).items()}


def elements(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each element that must carry evidence, after its JSON Pointer.

    An element that is referred to is found once, where it is written.
    """
    for path, item in document.get("paths", {}).items():
        for method in _METHODS & item.keys():
            operation, pointer = item[method], f"/paths/{escape(path)}/{method}"
            yield pointer, operation
            # Which code it is may be a guess where the answer's shape is not: 200, 201 and 202 share one.
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
    """Return the evidence of every element, by JSON Pointer.

    Raises:
        SpecError: An element has none, or refers to an entry that does not exist.
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
    """Yield the parameters, responses, headers and properties that are written inside an element."""
    # What is referred to carries its evidence where it is written, under `components`.
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
    """Yield each schema property below a node, at every depth."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _properties(item, f"{pointer}/{index}")
    elif isinstance(node, Mapping):
        for key, child in node.items():
            below = f"{pointer}/{escape(str(key))}"
            # Their values are documents, in which `properties` would be a name like any other.
            if key in ("examples", "example", "default", "const", "enum"):
                continue
            if key == "properties":
                yield from ((f"{below}/{escape(name)}", prop) for name, prop in child.items())
            yield from _properties(child, below)
