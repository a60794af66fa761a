"""What the mock calls a value is one: it cannot be changed, and costs no dictionary."""

from __future__ import annotations

import importlib
from dataclasses import FrozenInstanceError, fields, is_dataclass

import pytest

ROOMS = (
    "clock",
    "etiquette",
    "faults",
    "journal",
    "ledger",
    "lifecycle",
    "plans",
    "scenario",
    "stores.protocol",
    "tenants",
    "transcripts",
)


def values() -> list[type]:
    rooms = [importlib.import_module(f"miragic_mock.{room}") for room in ROOMS]
    named = [getattr(room, name) for room in rooms for name in room.__all__]
    return [value for value in named if isinstance(value, type) and is_dataclass(value)]


@pytest.mark.parametrize("value", values(), ids=lambda value: value.__name__)
def test_a_value_is_frozen_and_slotted(value: type) -> None:
    """Assigning to any field raises, and there is no room for fields of one's own."""
    made = object.__new__(value)
    assert not hasattr(made, "__dict__")
    for item in fields(value):
        with pytest.raises(FrozenInstanceError):
            setattr(made, item.name, None)
