"""Where the contract declares what stands at a place of an answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..pointers import value_at
from ..spec import Operation, Spec


def walk(spec: Spec, start: str, schema_pointer: str) -> Iterator[str]:
    """The elements of the contract on the way that a pointer takes through a schema, references followed."""
    yield start
    for token in schema_pointer.split("/")[1:]:
        start = f"{start}/{token}"
        yield start
        node = value_at(spec.document, start)
        if isinstance(node, Mapping) and "$ref" in node:
            start = node["$ref"][1:]
            yield start


def evidence_on(way: Iterator[str], spec: Spec) -> str:
    """The last element on a way that says how it is known; that of the poll where none does."""
    return ([spec.poll.pointer] + [place for place in way if place in spec.evidence])[-1]


def property_at(spec: Spec, start: str, pointer: str) -> str:
    """The property that declares what stands at a pointer into a document, whose schema is at `start`; the
    nearest one around it where none does.
    """
    return evidence_on(walk(spec, start, pointer.replace("/", "/properties/")), spec)


def document_pointer(operation: Operation, *, is_success: bool) -> str:
    """Where the contract declares the document that an operation answers with."""
    answers = operation.responses.values()
    return next(r.json.pointer for r in answers if r.json and r.is_success is is_success)
