"""The values that a specification is made of.

All are frozen. Every schema in them has its references resolved.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .evidence import Evidence, Level
from .lifecycle import Lifecycle
from .source import line_numbers

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation. Its `location` is path, query, header or cookie."""

    name: str
    location: str
    required: bool
    schema: Schema
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Header:
    """A header of an answer. Its `example` is the text that the mock sends, None where there is none."""

    name: str
    required: bool
    schema: Schema
    example: str | None
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class MediaType:
    """What a body of one media type looks like.

    Attributes:
        schema: Its JSON Schema.
        examples: The values of its examples, by name, in the order of the file.
        pointer: Where its schema stands in the contract, references followed.
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
    """An answer of an operation.

    Attributes:
        status: The status code, three digits.
        description: What it means, for people.
        headers: Its headers, by name.
        content: Its bodies, by media type.
        evidence: How it is known that the operation answers so.
        pointer: Where it stands in the contract, references followed.
        place: The element that has its evidence: the same one, or an entry of `x-statuses` where the code is
            less sure than the answer that it stands for.
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
        """Whether its status is 2xx."""
        return self.status.startswith("2")

    @property
    def json(self) -> MediaType | None:
        """Its JSON body, None where it has none."""
        return self.content.get("application/json")


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation.

    Attributes:
        id: Its `operationId`.
        method: The HTTP method, in upper case.
        path: The path's template (`/jobs/{jobId}`).
        parameters: Its parameters, those of the path included.
        request_body: What it takes; None where it takes no body.
        responses: Its answers, by status.
        evidence: How it is known.
        cost_credits: What one accepted call costs; 0 where the contract says nothing.
        pointer: Where it stands in the contract.
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
        """Its answers with a status of 2xx, in the order of the file."""
        return tuple(response for response in self.responses.values() if response.is_success)

    @property
    def likeliest_success(self) -> Response:
        """The success that the contract is surest of; among equals, the first in the file."""
        # `max` keeps the first of equals, so the order of the file decides where nothing is surer (Q1).
        return max(self.successes, key=lambda response: tuple(Level).index(response.evidence.level))


@dataclass(frozen=True, slots=True)
class Spec:
    """The contract.

    Attributes:
        title: The name of the API.
        version: The version of the contract.
        server_url: The base URL of the API.
        api_key_header: The header that carries the key.
        operations: The operations, by `operationId`.
        lifecycle: What a job is and how it moves.
        evidence: How each element is known, by JSON Pointer.
        sources: Where facts come from, by id.
        discrepancies: What the vendor's page contradicts, by id.
        open_questions: What the vendor's page never says, by id.
        document: The file as JSON values, references and all.
        text: The file itself.
        path: Where the file is, "" where it came from no file.
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
        """Return the line of an element in the file, counted from 1.

        For an element that is not there it is the line of the nearest one around it.
        """
        # Not a field of the value: few runs ask for lines, and finding them takes as long as loading.
        lines = _lines_of(self.text)
        while pointer not in lines:
            pointer = pointer.rpartition("/")[0]
        return lines[pointer]


# Cached by the text, since a class with slots has no room for a cached property. Overlays keep the file's
# text, so all contracts made from one file share an entry.
@functools.lru_cache(maxsize=8)
def _lines_of(text: str) -> Mapping[str, int]:
    return line_numbers(text)


def _declares(schema: Schema, place: str) -> bool:
    name, _, rest = place[1:].partition("/")
    child = schema.get("properties", {}).get(name.replace("~1", "/").replace("~0", "~"))
    if child is not None and (not rest or _declares(child, f"/{rest}")):
        return True
    return any(_declares(b, place) for key in ("oneOf", "anyOf") for b in schema.get(key, ()))
