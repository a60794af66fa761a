"""Which operation a path and a method belong to, from the path templates of an OpenAPI document.

Rule: no path of the contract is typed here or anywhere else in the mock; a path that is renamed in
`openapi.yaml` is found at its new place. The control API finds its own paths with the same router.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

from .messages import Answer
from .refusals import RefusedError

_PARAMETER: Final = re.compile(r"\{([^{}]+)\}")


class _Operation(Protocol):
    """What the router needs to know of an operation, whichever document it is from."""

    @property
    def path(self) -> str: ...

    @property
    def method(self) -> str: ...


OperationT = TypeVar("OperationT", bound=_Operation)


class Found(NamedTuple, Generic[OperationT]):
    """What stands at a path.

    Attributes:
        operations: The operations by method.
        parameters: The values of the path's parameters by name.
    """

    operations: Mapping[str, OperationT]
    parameters: Mapping[str, str]

    @property
    def allow(self) -> str:
        """The value of an Allow header (RFC 9110, section 10.2.1)."""
        # A server that does GET does HEAD (RFC 9110, section 9.1).
        methods = {*self.operations, "OPTIONS"}
        return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))

    def operation(self, method: str) -> OperationT | None:
        """Return the operation of a method, or None if the path does not take it; HEAD counts as GET."""
        return self.operations.get("GET" if method == "HEAD" else method)

    def without_operation(self, method: str, message: str | None = None) -> Answer:
        """Answer a method that has no operation here: OPTIONS asks which methods do, others are refused.

        Args:
            method: The request's method.
            message: What the refusal says; None for the sentence of the contract's example.

        Raises:
            RefusedError: 405 with Allow, for any method but OPTIONS.
        """
        headers = (("Allow", self.allow),)
        if method == "OPTIONS":
            return Answer(204, b"", headers)
        raise RefusedError(405, message, headers=headers)


class Routes(Generic[OperationT]):
    """The paths of a document, compiled.

    Literal paths win over templates (OpenAPI, "Path Templating Matching").
    """

    def __init__(self, operations: Iterable[OperationT]) -> None:
        by_path: dict[str, dict[str, OperationT]] = {}
        for operation in operations:
            by_path.setdefault(operation.path, {})[operation.method] = operation
        self._literal = {path: Found(by_method, {}) for path, by_method in by_path.items() if "{" not in path}
        self._templates = [
            (re.compile("".join(_pieces(path))), tuple(_PARAMETER.findall(path)), by_method)
            for path, by_method in by_path.items()
            if path not in self._literal
        ]

    def find(self, path: str) -> Found[OperationT] | None:
        """Return what stands at `path`, or None; the path is decoded and has no query."""
        literal = self._literal.get(path)
        if literal is not None:
            return literal
        # OpenAPI leaves it to the tool which of two templates that overlap is meant: here the first one
        # written.
        for pattern, names, operations in self._templates:
            match = pattern.fullmatch(path)
            if match is not None:
                return Found(operations, dict(zip(names, match.groups(), strict=True)))
        return None


def _pieces(template: str) -> Iterator[str]:
    """Turn a template into pieces of a regular expression: one group for each parameter."""
    for index, piece in enumerate(_PARAMETER.split(template)):
        # `split` gives text and parameter by turns. OpenAPI ("Path Templating") allows no slash in a value.
        yield "([^/]+)" if index % 2 else re.escape(piece)
