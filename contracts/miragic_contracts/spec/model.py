"""The values that a specification is made of. All are frozen; every schema in them has its references
resolved.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from miragic_contracts.spec.evidence import Evidence, Level
from miragic_contracts.spec.lifecycle import Lifecycle
from miragic_contracts.spec.source import line_numbers

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation; `location` is path, query, header or cookie."""

    name: str
    location: str
    required: bool
    schema: Schema
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Header:
    """One header of an answer. `example` is the text to send where nobody says otherwise; None where there is
    none.
    """

    name: str
    required: bool
    schema: Schema
    example: str | None
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class MediaType:
    """One form of a body. `examples` holds the values of the examples, by name, in the order of the file.

    `pointer` is where its schema stands in the document, references followed.
    """

    schema: Schema
    examples: Mapping[str, Any]
    pointer: str

    def declares(self, place: str) -> bool:
        """Return whether its schema, or a branch of it, has a property at a JSON Pointer into a document."""
        return _declares(self.schema, place)


@dataclass(frozen=True, slots=True)
class RequestBody:
    """What an operation takes, by media type."""

    required: bool
    content: Mapping[str, MediaType]


@dataclass(frozen=True, slots=True)
class Response:
    """One answer of an operation; `status` is three digits, as in the file.

    `pointer` is where it stands in the document, references followed. `place` is the element that has its
    evidence: the same, or the entry of `x-statuses`, where the code is less sure than what it stands for.
    """

    status: str
    description: str
    headers: Mapping[str, Header]
    content: Mapping[str, MediaType]
    evidence: Evidence
    pointer: str
    place: str

    @property
    def is_success(self) -> bool:
        return self.status.startswith("2")

    @property
    def json(self) -> MediaType | None:
        """The JSON form of the body; None where the answer has none."""
        return self.content.get("application/json")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `path` is a template (`/jobs/{jobId}`), `method` is upper case, `responses` is keyed by
    status.

    `cost_credits` is what one accepted call costs; 0 where the file says nothing.
    """

    id: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    request_body: RequestBody | None
    responses: Mapping[str, Response]
    evidence: Evidence
    cost_credits: int
    pointer: str

    @property
    def successes(self) -> tuple[Response, ...]:
        """The answers that say that all is well, in the order of the file."""
        return tuple(response for response in self.responses.values() if response.is_success)

    @property
    def likeliest_success(self) -> Response:
        """The success that the contract is surest of; among equals, the first in the file."""
        return max(self.successes, key=lambda response: tuple(Level).index(response.evidence.level))


@dataclass(frozen=True, slots=True)
class Spec:
    """The contract.

    `operations` is keyed by operationId. `api_key_header` is the header that carries the key. `evidence` maps
    the JSON Pointer of each element to how it is known; `sources`, `discrepancies` and `open_questions` are
    the tables that evidence refers to, by id. `document` is the file as JSON values, references and all;
    `text` is the file itself.
    """

    title: str
    version: str
    server_url: str
    api_key_header: str
    operations: Mapping[str, Operation]
    lifecycle: Lifecycle
    evidence: Mapping[str, Evidence]
    sources: Mapping[str, Mapping[str, Any]]
    discrepancies: Mapping[str, Mapping[str, Any]]
    open_questions: Mapping[str, Mapping[str, Any]]
    document: Mapping[str, Any] = field(repr=False)
    text: str = field(repr=False)
    path: str = ""

    @property
    def submit(self) -> Operation:
        """The operation that makes a job."""
        return self.operations[self.lifecycle.submit.operation_id]

    @property
    def poll(self) -> Operation:
        """The operation that shows a job."""
        return self.operations[self.lifecycle.poll.operation_id]

    def line(self, pointer: str) -> int:
        """The line of the file, counted from 1, of an element or, where it is not there, of the nearest one
        around it.
        """
        lines = _lines_of(self.text)
        while pointer not in lines:
            pointer = pointer.rpartition("/")[0]
        return lines[pointer]


@functools.lru_cache(maxsize=8)
def _lines_of(text: str) -> Mapping[str, int]:
    return line_numbers(text)


def _declares(schema: Schema, place: str) -> bool:
    name, _, rest = place[1:].partition("/")
    child = schema.get("properties", {}).get(name.replace("~1", "/").replace("~0", "~"))
    if child is not None and (not rest or _declares(child, f"/{rest}")):
        return True
    return any(_declares(b, place) for key in ("oneOf", "anyOf") for b in schema.get(key, ()))
