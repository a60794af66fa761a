"""JSON Pointers."""

from __future__ import annotations

from types import MappingProxyType

import pytest
from miragic_contracts.pointers import MISSING, differences, value_at

DOCUMENT = {"a": [10, {"b/c": 1, "d~e": None}], "": 3}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", DOCUMENT),
        ("/a/0", 10),
        ("/a/1/b~1c", 1),
        ("/a/1/d~0e", None),
        ("/", 3),
        ("/a/2", MISSING),
        ("/a/x", MISSING),
        ("/a/-1", MISSING),
        ("/b", MISSING),
        ("/a/0/x", MISSING),
    ],
)
def test_a_pointer_finds_its_value(pointer: str, value: object) -> None:
    """Names are unescaped, indexes count from 0, and what is not there is missing, not null (RFC 6901)."""
    assert value_at(DOCUMENT, pointer) is value or value_at(DOCUMENT, pointer) == value


def test_a_frozen_mapping_is_a_mapping() -> None:
    """The contract's own document can be pointed into."""
    assert value_at(MappingProxyType({"a": 1}), "/a") == 1


@pytest.mark.parametrize(
    ("after", "found"),
    [
        ({"a": 1, "b": [1, 2]}, []),
        ({"a": True, "b": [1, 2]}, ["/a"]),
        ({"a": 1.0, "b": [1, 2]}, []),
        ({"a": 1, "b": [1, 3]}, ["/b/1"]),
        ({"a": 1, "b": [1]}, ["/b"]),
        ({"b": [1, 2]}, ["/a"]),
        ({"a": 1, "b": [1, 2], "c": None}, ["/c"]),
        (None, [""]),
    ],
)
def test_differences_are_as_small_as_can_be(after: object, found: list[str]) -> None:
    """Only the values that differ are pointed at; true is not 1, but 1.0 is, as in JSON."""
    assert list(differences({"a": 1, "b": [1, 2]}, after)) == found
