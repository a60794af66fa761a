"""What the mock calls a value is one: it cannot be changed, and costs no dictionary."""

from __future__ import annotations

import importlib
from dataclasses import FrozenInstanceError, fields, is_dataclass

import pytest

ROOMS = (
    "domain.clock",
    "records.manners",
    "domain.faults",
    "records.journal",
    "records.ledger",
    "domain.jobs.job",
    "domain.jobs.lifecycle",
    "domain.jobs.plan",
    "language.scenario",
    "stores.protocol",
    "domain.tenants",
    "transcripts.sources",
)


def values() -> list[type]:
    rooms = [importlib.import_module(f"miragic_mock.{room}") for room in ROOMS]
    defined = [
        value
        for room in rooms
        for name, value in vars(room).items()
        if getattr(value, "__module__", None) == room.__name__ and not name.startswith("_")
    ]
    return [value for value in defined if isinstance(value, type) and is_dataclass(value)]


@pytest.mark.parametrize("value", values(), ids=lambda value: value.__name__)
def test_a_value_is_frozen_and_slotted(value: type) -> None:
    """Assigning to any field raises, and there is no room for fields of one's own."""
    made = object.__new__(value)
    assert not hasattr(made, "__dict__")
    for item in fields(value):
        with pytest.raises(FrozenInstanceError):
            setattr(made, item.name, None)
