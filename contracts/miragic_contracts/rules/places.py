"""Finding the element of the contract that declares a place of an answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..pointers import value_at
from ..spec import Operation, Spec


def walk(spec: Spec, start: str, schema_pointer: str) -> Iterator[str]:
    """Yield the elements of the contract that a pointer passes in a schema, references followed.

    Args:
        spec: The contract.
        start: Where the schema stands in the contract.
        schema_pointer: A JSON Pointer into the schema.
    """
    yield start
    for token in schema_pointer.split("/")[1:]:
        start = f"{start}/{token}"
        yield start
        node = value_at(spec.document, start)
        # A validator's pointer goes through a reference; the contract continues where the reference leads.
        if isinstance(node, Mapping) and "$ref" in node:
            start = node["$ref"][1:]
            yield start


def evidence_on(way: Iterator[str], spec: Spec) -> str:
    """Return the last element on a way that has evidence, or the poll if none has."""
    return ([spec.poll.pointer] + [place for place in way if place in spec.evidence])[-1]


def property_at(spec: Spec, start: str, pointer: str) -> str:
    """Return the property that declares a place of a document, or the nearest one around it.

    Args:
        spec: The contract.
        start: Where the document's schema stands in the contract.
        pointer: A JSON Pointer into the document.
    """
    return evidence_on(walk(spec, start, pointer.replace("/", "/properties/")), spec)


def document_pointer(operation: Operation, *, is_success: bool) -> str:
    """Return where the contract declares the document that an operation answers with."""
    answers = operation.responses.values()
    return next(r.json.pointer for r in answers if r.json and r.is_success is is_success)
