"""How a fault is written: `429(retry-after=2,first=3)`, `delay(by=2s,on=status,p=0.5)`, `hang`.

Rule: kinds, parameters and what these may hold stand in the table of `domain.faults`. What is written back is
canonical: defaults are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, assert_never

from ..domain import faults
from ..domain.conditions import Fault
from ..domain.fault_kind import Kind
from ..domain.parameters import (
    Choice,
    Duration,
    Form,
    Number,
    Parameter,
    Text,
    Whole,
    parameters_of,
)
from . import words
from .words import Word

_WORDS: Final[Mapping[str, Kind[Any]]] = {
    word: kind
    for kind in sorted(faults.KINDS, key=lambda kind: kind.name)  # people look a word up in an error text
    for word in ((kind.name,) if kind.name else map(str, faults.STATUSES))
}

KINDS: Final = tuple(_WORDS)
"""Every word that a fault can start with: the statuses, then the names in alphabetical order."""


@lru_cache(maxsize=512)
def parse_fault(text: str) -> Fault:
    """Read the fault written in `text`.

    Raises:
        PlanError: it does not parse; the error points at the word.
    """
    return read_fault(Word(text, 0, text).cut(0))


def read_fault(word: Word) -> Fault:
    """Read the fault written in `word`, which may be a part of a longer text.

    Raises:
        PlanError: it does not parse; the error points at the word.
    """
    name, inner = _name_and_parameters(word)
    kind_word = name.one_of(KINDS, what="a fault")
    effect_type = _WORDS[kind_word].effect
    legal = legal_parameters(effect_type)
    values: dict[str, Any] = {}
    for entry in words.split(inner, ","):
        key, value = entry.partition("=")
        parameter = legal.get(key.raw)
        if parameter is None:
            raise words.unknown(key, legal, what=f"a parameter of {kind_word}")
        if value is None:
            raise entry.fail(f"{key.raw}=value")
        if parameter.field in values:
            raise key.fail("each parameter at most once")
        values[parameter.field] = _read(parameter.form, value)
    if kind_word.isdigit():
        values["status"] = int(kind_word)
    return _built(effect_type, values, word)


def format_fault(fault: Fault) -> str:
    """Return the canonical text of `fault`; `parse_fault` reads it back as an equal value."""
    effect = fault.effect
    name = str(effect.status) if isinstance(effect, faults.Status) else faults.kind_of(effect).name
    written = ",".join((*_written(effect), *_written(fault)))
    return f"{name}({written})" if written else name


def legal_parameters(effect_type: type[faults.Effect]) -> Mapping[str, Parameter]:
    """Return what may stand in the parentheses of a kind of fault by written name, conditions last."""
    return {**parameters_of(effect_type), **parameters_of(Fault)}


def format_value(parameter: Parameter, value: object) -> str:
    """Return a parameter's value as people write it."""
    return _write(parameter.form, value)


def _name_and_parameters(word: Word) -> tuple[Word, Word]:
    at = word.raw.find("(")
    if at < 0:
        return word, word.cut(len(word.raw))
    if not word.raw.endswith(")"):
        raise word.fail("a closing parenthesis at the end")
    return word.cut(0, at), word.cut(at + 1, -1)


def _built(effect_type: type[faults.Effect], values: dict[str, Any], word: Word) -> Fault:
    """Make the value, once its parameters make sense together."""
    of_fault = {parameter.field for parameter in parameters_of(Fault).values()}
    conditions = {name: values.pop(name) for name in of_fault & values.keys()}
    fault = Fault(effect_type(**values), **conditions)
    problem = fault.problem()
    if problem is not None:
        raise word.fail(problem)
    return fault


def _written(value: faults.Effect | Fault) -> Iterator[str]:
    for parameter in parameters_of(type(value)).values():
        held = getattr(value, parameter.field)
        if held != parameter.default:
            yield f"{parameter.name}={_write(parameter.form, held)}"


def _read(form: Form, word: Word) -> object:
    match form:
        case Duration(high_s=high_s):
            return word.duration_s(high=high_s)
        case Whole(low=low, high=high, what=what):
            return word.integer(low=low, high=high, what=what)
        case Number(high=most, what=what):
            return word.number(low=0, high=most, what=what)
        case Choice(words=legal):
            return word.one_of(legal, what="one of")
        case Text():
            return word.string()
        case _:
            assert_never(form)


def _write(form: Form, value: Any) -> str:
    match form:
        case Duration():
            return words.format_duration(value)
        case Number():
            return words.format_number(value)
        case Text():
            return words.quote(value)
        case Whole() | Choice():
            return str(value)
        case _:
            assert_never(form)
