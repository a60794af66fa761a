"""A rule: one small function that looks at one subject of a trace and says what is wrong with it.

A rule never says how bad a breach is. That follows from what the rule stands on, and the contract says how
sure that is: see `grounds`.
"""

from __future__ import annotations

import enum
import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from miragic_contracts.rules.view import View
from miragic_contracts.trace import Exchange

T = TypeVar("T")


class Severity(enum.StrEnum):
    """How bad a breach is, worst first."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a rule found in one exchange.

    `pointer` is the place in the answer's document, "" for the whole of it. `grounds` says what this very
    complaint stands on, where that is not what its rule stands on, and `at_most` bounds how bad it is.
    `other` is an earlier exchange that this one contradicts.
    """

    exchange: Exchange
    expected: str
    received: str
    pointer: str = ""
    grounds: tuple[str, ...] = ()
    at_most: Severity = Severity.ERROR
    other: Exchange | None = None


@dataclass(frozen=True, slots=True)
class Rule(Generic[T]):
    """What a server must do.

    `subjects` picks from a trace what there is to judge: where it picks nothing, the rule is not tested,
    and `needs` says what would have been needed. `is_required`: not tested is not a pass. `at_most` bounds
    the severity, for what the contract shows but does not promise. `needs_body` is False for what statuses
    and a job's id and state tell alone, so that a journal without bodies can be judged too.
    """

    id: str
    sentence: str
    explanation: str
    grounds: tuple[str, ...]
    needs: str
    subjects: Callable[[View], Sequence[T]]
    judge: Callable[[T, View], Iterable[Complaint]]
    is_required: bool = False
    at_most: Severity = Severity.ERROR
    needs_body: bool = True


def rule(
    id: str,
    *grounds: str,
    needs: str,
    subjects: Callable[[View], Sequence[T]],
    is_required: bool = False,
    at_most: Severity = Severity.ERROR,
    needs_body: bool = True,
) -> Callable[[Callable[[T, View], Iterator[Complaint]]], Rule[T]]:
    """Makes a rule of a function. Its docstring's first paragraph is the rule's sentence, the rest
    explains.
    """

    def make(judge: Callable[[T, View], Iterator[Complaint]]) -> Rule[T]:
        text, _, explanation = inspect.cleandoc(judge.__doc__ or "").partition("\n\n")
        sentence = " ".join(text.split())
        return Rule(
            id, sentence, explanation, grounds, needs, subjects, judge, is_required, at_most, needs_body
        )

    return make


AnyRule = Rule[Any]
