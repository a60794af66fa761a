"""What a parameter of a fault may hold, said beside the field that holds it.

Rule: a parameter says what it may be and what it means. How that is read from text and written back follows
from its form alone (`language.faults`), so a new parameter needs no code there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

# In the `metadata` of its field, so that a parameter stands beside that and in no second table.
_KEY: Final = "parameter"


@dataclass(frozen=True, slots=True)
class Duration:
    """Seconds from 0 to `high_s`."""

    high_s: float


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `low` to `high`; `what` names it in complaints."""

    low: int
    high: int
    what: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number from 0 to `high`; `what` names it in complaints."""

    high: float
    what: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A word out of a list."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """Any text."""


Form = Duration | Whole | Number | Choice | Text


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a fault.

    Attributes:
        name: as people write it: `retry-after`.
        field: the field that holds it: `retry_after_s`.
        form: what it may be.
        meaning: what it does, as a phrase for people.
        default: what holds where it is not given.
    """

    name: str
    field: str
    form: Form
    meaning: str
    default: Any


def parameter(default: Any, form: Form, meaning: str) -> Any:
    """Declare a field of a dataclass as a parameter."""
    return field(default=default, metadata={_KEY: (form, meaning)})


def parameters_of(value_type: type[Any]) -> Mapping[str, Parameter]:
    """Return the parameters of a dataclass by written name, in the order of its fields."""
    found: dict[str, Parameter] = {}
    for item in fields(value_type):
        if _KEY in item.metadata:
            form, meaning = item.metadata[_KEY]
            name = written_name(item.name)
            found[name] = Parameter(name, item.name, form, meaning, item.default)
    return found


def written_name(field_name: str) -> str:
    """Return how people write a field's name: `retry_after_s` is `retry-after`, since its text has a unit."""
    return field_name.removesuffix("_s").replace("_", "-")
