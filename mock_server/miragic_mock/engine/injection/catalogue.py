"""The table of faults for people and programs: every kind with its parameters, and which door can do it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, assert_never

from ...domain.conditions import Fault
from ...domain.fault_kind import Kind, Need
from ...domain.faults import KINDS, STATUSES
from ...domain.parameters import Choice, Duration, Number, Parameter, Text, Whole, parameters_of
from ...language.faults import format_fault, format_value, parse_fault
from .doors import DOORS

_STATUS: Final = "STATUS"
"""Stands for the kind whose words are the statuses."""


def described() -> dict[str, Any]:
    """Return all there is to know of faults, as JSON values.

    `kinds` holds a name, a sentence, parameters (name, what they may be, default as text or null, meaning)
    and examples; each example says for every door why it cannot do that fault, null where it can. `statuses`
    are the words for the kind that has no name of its own, `conditions` the parameters that every kind takes.
    """
    return {
        "kinds": [
            {
                "name": kind.name or _STATUS,
                "sentence": kind.sentence,
                "parameters": _described(kind.effect),
                "examples": {example: refusals(example) for example in examples(kind)},
            }
            for kind in KINDS
        ],
        "statuses": list(STATUSES),
        "conditions": _described(Fault),
    }


def refusals(fault: str) -> dict[str, str | None]:
    """Return for each door why it cannot do a fault; None where it can."""
    effect = parse_fault(fault).effect
    return {door.name: door.refusal(effect) for door in DOORS}


def examples(kind: Kind[Any]) -> Iterator[str]:
    """Yield how a kind of fault is written, once for each way it works, in canonical spelling."""
    for text in kind.examples:
        yield format_fault(parse_fault(text))


def matrix() -> str:
    """Return which fault goes through which door, as a Markdown table with the reasons below it."""
    lines = [
        "| fault | " + " | ".join(door.name for door in DOORS) + " |",
        "|---" * (len(DOORS) + 1) + "|",
    ]
    for kind in KINDS:
        for example in examples(kind):
            marks = ("yes" if reason is None else "refused" for reason in refusals(example).values())
            lines.append(f"| `{example}` | {' | '.join(marks)} |")
    return "\n".join((*lines, "", *_reasons()))


def manual() -> str:
    """Return the table, each kind with its parameters, and the conditions, as Markdown."""
    kinds = (
        f"- `{kind.name or _STATUS}`: {kind.sentence}{_listed(kind.effect, indent='  ')}" for kind in KINDS
    )
    return "\n".join(
        (
            matrix(),
            "",
            "What goes wrong, and the parameters with their defaults:",
            "",
            *kinds,
            "",
            f"{_STATUS} is one of {', '.join(map(str, STATUSES))}. All of them take:",
            _listed(Fault, indent=""),
        )
    )


def _reasons() -> Iterator[str]:
    for door in DOORS:
        for need in Need:
            reason = door.reason(need)
            if reason is not None:
                yield f"- {door.name} cannot {need}: {reason}."


def _listed(value_type: type[Any], *, indent: str) -> str:
    lines = [
        f"\n{indent}- `{_with_default(item)}`: {item.meaning} ({_range(item)})"
        for item in parameters_of(value_type).values()
    ]
    return "".join(lines)


def _with_default(item: Parameter) -> str:
    if item.default is None:
        return item.name
    # A text as it is meant; in a plan some of its characters are percent-encoded.
    value = item.default if isinstance(item.form, Text) else format_value(item, item.default)
    return f"{item.name}={value}"


def _described(value_type: type[Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": item.name,
            "values": _range(item),
            "default": None if item.default is None else format_value(item, item.default),
            "meaning": item.meaning,
        }
        for item in parameters_of(value_type).values()
    ]


def _range(item: Parameter) -> str:
    """Return what a parameter may be, as a phrase."""
    match item.form:
        case Duration(high_s=high_s):
            return f"a time such as 250ms or 3s, at most {format_value(item, high_s)}"
        case Whole(low=low, high=high, what=what):
            return f"{what} from {low} to {high}"
        case Number(high=high, what=what):
            return f"{what} from 0 to {high:g}"
        case Choice(words=words):
            return f"one of {', '.join(words)}"
        case Text():
            return "a text"
        case _:
            assert_never(item.form)
