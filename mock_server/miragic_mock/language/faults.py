"""How a fault is written: `429(retry-after=2,first=3)`, `delay(by=2s,on=status,p=0.5)`, `hang`.

Rule: the written names follow from the fields of the values in `faults` (`retry_after_s` is `retry-after`),
so a parameter added there needs only its form here. What is written back is canonical: defaults are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, Final

from ..domain import faults
from . import words
from .words import Word

_MAX_WAIT_S: Final = 3600.0
_MAX_WINDOW_S: Final = 10 * 365 * 86_400.0
_MAX_COUNT: Final = 1_000_000_000
_MAX_BYTES: Final = 1 << 40


@dataclass(frozen=True, slots=True)
class _Form:
    """How one parameter is read and written."""

    read: Callable[[Word], object]
    write: Callable[[Any], str] = str


def _choice(*words: str) -> _Form:
    return _Form(lambda word: word.one_of(words, what="one of"))


def _duration(high: float) -> _Form:
    return _Form(lambda word: word.duration_s(high=high), words.format_duration)


def _number(high: float, what: str) -> _Form:
    return _Form(lambda word: word.number(low=0, high=high, what=what), words.format_number)


def _integer(low: int, high: int, what: str) -> _Form:
    return _Form(lambda word: word.integer(low=low, high=high, what=what))


_WAIT: Final = _duration(_MAX_WAIT_S)
_TEXT: Final = _Form(lambda word: word.string(), words.quote)
_COUNT: Final = _integer(1, _MAX_COUNT, "a whole number")
_SIZE: Final = _integer(0, _MAX_BYTES, "a number of bytes")

_FORMS: Final[Mapping[str, _Form]] = {
    "body": _choice("json", "html", "text", "empty"),
    "by_s": _WAIT,
    "byte": _SIZE,
    "chunk": _COUNT,
    "code": _TEXT,
    "delta": _integer(-_MAX_COUNT, _MAX_COUNT, "a number of bytes"),
    "every": _COUNT,
    "first": _COUNT,
    "for_s": _WAIT,
    "high_s": _WAIT,
    "keep": _SIZE,
    "low_s": _WAIT,
    "median_s": _WAIT,
    "message": _TEXT,
    "name": _TEXT,
    "on": _choice("any", "create", "status"),
    "p": _number(1, "a probability"),
    "pause_s": _WAIT,
    "polls": _integer(0, _MAX_COUNT, "a number of polls"),
    "retry_after_s": _duration(86_400.0),
    "retry_as": _choice("seconds", "date"),
    "sigma": _number(5, "a spread"),
    "skip": _integer(0, _MAX_COUNT, "a number of requests"),
    "status": _TEXT,
    "type": _TEXT,
    "value": _TEXT,
    "when": _choice("before", "upload", "after"),
    "within_s": _duration(_MAX_WINDOW_S),
}

_EFFECTS: Final[Mapping[str, type[faults.Effect]]] = {
    "answer-lost": faults.AnswerLost,
    "content-length": faults.ContentLength,
    "content-type": faults.ContentType,
    "delay": faults.Delay,
    "drip": faults.Drip,
    "extra-field": faults.ExtraField,
    "hang": faults.Hang,
    "lognormal": faults.Lognormal,
    "malformed-json": faults.MalformedJson,
    "missing-field": faults.MissingField,
    "python-repr": faults.PythonRepr,
    "reset": faults.Reset,
    "stale": faults.Stale,
    "status-back": faults.StatusBack,
    "truncate": faults.Truncate,
    "uniform": faults.Uniform,
    "unknown-status": faults.UnknownStatus,
}
_NAMES: Final = {effect: name for name, effect in _EFFECTS.items()}

KINDS: Final = (*map(str, faults.STATUSES), *_EFFECTS)
"""Every word a fault can start with."""


@lru_cache(maxsize=512)
def parse_fault(text: str) -> faults.Fault:
    """The fault written in `text`.

    Raises:
        PlanError: it does not parse; the error points at the word.
    """
    return read_fault(Word(text, 0, text).cut(0))


def read_fault(word: Word) -> faults.Fault:
    """The fault written in `word`, which may be a part of a longer text.

    Raises:
        PlanError: it does not parse; the error points at the word.
    """
    name, inner = _name_and_parameters(word)
    kind = name.one_of(KINDS, what="a fault")
    effect_type = _EFFECTS.get(kind, faults.Status)
    legal = {**_parameters(effect_type), **_parameters(faults.Fault)}
    if kind.isdigit():
        del legal["status"]
    values: dict[str, Any] = {"status": int(kind)} if kind.isdigit() else {}
    for entry in words.split(inner, ","):
        key, value = entry.partition("=")
        field_name = legal.get(key.raw)
        if field_name is None:
            raise words.unknown(key, legal, what=f"a parameter of {kind}")
        if value is None:
            raise entry.fail(f"{key.raw}=value")
        if field_name in values:
            raise key.fail("each parameter at most once")
        values[field_name] = _FORMS[field_name].read(value)
    return _build(effect_type, values, word)


def format_fault(fault: faults.Fault) -> str:
    """The canonical text of `fault`; `parse_fault` reads it back as an equal value."""
    effect = fault.effect
    name = str(effect.status) if isinstance(effect, faults.Status) else _NAMES[type(effect)]
    written = ",".join((*_written(effect), *_written(fault)))
    return f"{name}({written})" if written else name


def _name_and_parameters(word: Word) -> tuple[Word, Word]:
    at = word.raw.find("(")
    if at < 0:
        return word, word.cut(len(word.raw))
    if not word.raw.endswith(")"):
        raise word.fail("a closing parenthesis at the end")
    return word.cut(0, at), word.cut(at + 1, -1)


def _build(effect_type: type[faults.Effect], values: dict[str, Any], word: Word) -> faults.Fault:
    """The value, once its parameters make sense together."""
    conditions = {name: values.pop(name) for name in _parameters(faults.Fault).values() if name in values}
    fault = faults.Fault(effect_type(**values), **conditions)
    needed = _needed(fault)
    if needed is not None:
        raise word.fail(needed)
    return fault


def _needed(fault: faults.Fault) -> str | None:
    """What else `fault` needs to strike as it is written; None for nothing."""
    effect, only = fault.effect, faults.only_on(fault.effect)
    if only is not None and fault.on not in ("any", only):
        return f"on={only}, since nothing else can go wrong in this way"
    if fault.first is not None and fault.first < fault.every:
        return "first no smaller than every, since it would never strike"
    match effect:
        case faults.Uniform() if effect.low_s > effect.high_s:
            return "low no greater than high"
        case faults.ContentLength(delta=0):
            return "a delta other than 0"
        case faults.Reset() if effect.byte and effect.when != "upload":
            return "when=upload beside byte"
        case faults.Status(retry_as="date", retry_after_s=None):
            return "retry-after beside retry-as"
        case faults.Status() if effect.form != "json" and (effect.code, effect.message) != (None, None):
            return "body=json beside code or message"
    return None


def _parameters(value_type: type[faults.Effect | faults.Fault]) -> Mapping[str, str]:
    """Written name -> field name."""
    names = (item.name for item in fields(value_type) if item.name != "effect")
    return {name.removesuffix("_s").replace("_", "-"): name for name in names}


def _written(value: faults.Effect | faults.Fault) -> Iterator[str]:
    for item in fields(value):
        current = getattr(value, item.name)
        if item.name in _FORMS and current != item.default:
            if isinstance(value, faults.Status) and item.name == "status":
                continue
            yield f"{item.name.removesuffix('_s').replace('_', '-')}={_FORMS[item.name].write(current)}"
