"""What the contract calls the parts of a submission.

Rule: fields are known by what the contract says of them, not by their names: the file is the first with a
`contentMediaType`, the format the first with an `enum`, the question the first with a `default`.
"""

from __future__ import annotations

from dataclasses import dataclass

from miragic_contracts.spec.errors import SpecError
from miragic_contracts.spec.model import MediaType, Operation


@dataclass(frozen=True, slots=True)
class FormNames:
    """The names of a submission's parts, "" for one that it doesn't have; the formats it knows, and the
    question that stands where none is sent.
    """

    file: str
    format: str
    question: str
    formats: tuple[str, ...]
    default_question: str


def form_body(operation: Operation) -> tuple[str, MediaType]:
    """The multipart form that an operation takes, with its media type.

    Raises: SpecError where it takes none.
    """
    for name, content in operation.request_body.content.items() if operation.request_body else ():
        if name.startswith("multipart/"):
            return name, content
    raise SpecError("expected a multipart form as the request body", operation.pointer)


def form_names(operation: Operation) -> FormNames:
    """The names of the parts of the form that an operation takes.

    Raises: SpecError where it takes no form, or one without a file.
    """
    _, content = form_body(operation)
    properties = content.schema.get("properties", {})

    def first(keyword: str) -> str:
        return next((name for name, schema in properties.items() if schema.get(keyword) is not None), "")

    names = FormNames(
        file=first("contentMediaType"),
        format=(format := first("enum")),
        question=(question := first("default")),
        formats=tuple(map(str, properties[format]["enum"])) if format else (),
        default_question=str(properties[question]["default"]) if question else "",
    )
    if not names.file:
        raise SpecError("expected a field with a `contentMediaType`: the file", content.pointer)
    return names
