"""Which operation a path and a method belong to, from the contract's path templates.

Rule: no path is typed here or anywhere else in the mock; where `openapi.yaml` renames a path, so does the
mock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from miragic_contracts.spec import Operation

_PARAMETER: Final = re.compile(r"\{([^{}]+)\}")


class Found(NamedTuple):
    """What a path leads to.

    Attributes:
        operations: The operations by method.
        parameters: The values of the path's parameters by name.
    """

    operations: Mapping[str, Operation]
    parameters: Mapping[str, str]

    @property
    def allow(self) -> str:
        """The value of an Allow header (RFC 9110, section 10.2.1)."""
        # A server that does GET does HEAD (RFC 9110, section 9.1).
        methods = {*self.operations, "OPTIONS"}
        return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


class Routes:
    """The contract's paths, compiled.

    Literal paths win over templates (OpenAPI, "Path Templating Matching").
    """

    def __init__(self, operations: Iterable[Operation]) -> None:
        methods: dict[str, dict[str, Operation]] = {}
        for operation in operations:
            methods.setdefault(operation.path, {})[operation.method] = operation
        self._literal = {path: Found(found, {}) for path, found in methods.items() if "{" not in path}
        self._templates = [
            (re.compile("".join(_pieces(path))), tuple(_PARAMETER.findall(path)), found)
            for path, found in methods.items()
            if path not in self._literal
        ]

    def find(self, path: str) -> Found | None:
        """Return what stands at `path` (decoded, without a query), None for nothing."""
        literal = self._literal.get(path)
        if literal is not None:
            return literal
        for pattern, names, operations in self._templates:
            match = pattern.fullmatch(path)
            if match is not None:
                return Found(operations, dict(zip(names, match.groups(), strict=True)))
        return None


def _pieces(template: str) -> Iterator[str]:
    """Yield the pieces of a template's regular expression: a group for each parameter, within a segment."""
    for index, piece in enumerate(_PARAMETER.split(template)):
        yield "([^/]+)" if index % 2 else re.escape(piece)
