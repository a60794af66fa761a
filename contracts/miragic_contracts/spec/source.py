"""The text of a specification: where it is, what it holds, and on which line each element stands.

YAML is read as the JSON schema of YAML 1.2 has it: a date stays a string, `on` is no boolean, and a key
stands once. PyYAML follows YAML 1.1, so the rules for plain scalars are our own.
"""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Final

import yaml

from .errors import SpecError

# libyaml reads the contract in 14 ms, PyYAML's own parser in ten times that. Both give the same nodes.
_BaseLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_BaseLoader):  # type: ignore[misc]  # the C loader is there only where libyaml is
    """Reads YAML as JSON values."""

    # Defined here: `add_implicit_resolver` else copies the parent's table, YAML 1.1 and all, and adds to it.
    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}


# As in YAML 1.2.2, section 10.2.2, with `~` and an empty value for null as in section 10.3.2. The first
# pattern that matches decides, so `int` stands before `float`, which takes integers too.
_PLAIN_SCALARS: Final = (
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", ["n", "~", ""]),
    ("int", r"-?(0|[1-9][0-9]*)", "-0123456789"),
    ("float", r"-?(0|[1-9][0-9]*)(\.[0-9]*)?([eE][-+]?[0-9]+)?", "-0123456789"),
)
for _tag, _pattern, _first in _PLAIN_SCALARS:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^({_pattern})$"), list(_first))


def default_spec_path() -> Path:
    """Return the path of the contract that comes with this package.

    It is the checkout's `openapi.yaml`, or the copy inside an installed wheel.
    """
    package = Path(str(importlib.resources.files("miragic_contracts")))
    # The checkout's file comes first: it is the one that people edit.
    checkout = package.parent.parent / "openapi.yaml"
    return checkout if checkout.is_file() else package / "openapi.yaml"


def read(path: Path) -> str:
    """Return the text of a file.

    Raises:
        SpecError: There is no such file, or it is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SpecError(f"expected a readable UTF-8 file: {reason}", path=str(path)) from error


def parse(text: str) -> dict[str, Any]:
    """Return a YAML document as JSON values.

    Raises:
        SpecError: It is not YAML, not a mapping, or has a key twice.
    """
    loader = _Loader(text)
    try:
        # Composed first and constructed later: a constructed mapping no longer shows that a key stood twice.
        node = loader.get_single_node()
        _refuse_repeated_keys(node)
        document = loader.construct_document(node) if node is not None else None
    except yaml.YAMLError as error:
        raise SpecError(f"expected YAML: {error}") from error
    finally:
        loader.dispose()
    if not isinstance(document, dict):
        raise SpecError(f"expected a mapping with `openapi`, got {type(document).__name__}")
    return document


def line_numbers(text: str) -> dict[str, int]:
    """Return the line of each element, counted from 1, by its JSON Pointer ("" is the document)."""
    loader = _Loader(text)
    try:
        return dict(_lines(loader.get_single_node(), ""))
    finally:
        loader.dispose()


def escape(token: str) -> str:
    """Return a name as a token of a JSON Pointer (RFC 6901, section 3)."""
    # In this order: else the "~" of "~1" would be escaped once more.
    return token.replace("~", "~0").replace("/", "~1")


def _refuse_repeated_keys(node: yaml.Node | None) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                raise SpecError(f"line {key.start_mark.line + 1}: `{key.value}` is there twice; keep one")
            seen.add(key.value)
            _refuse_repeated_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_repeated_keys(item)


def _lines(node: yaml.Node, pointer: str) -> Iterator[tuple[str, int]]:
    yield pointer, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = f"{pointer}/{escape(str(key.value))}"
            yield from _lines(value, below)
            # After the value, so that the line of the key wins: that is where a reader looks.
            yield below, key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _lines(item, f"{pointer}/{index}")
