"""A rule: a small function that looks at one subject of a trace and says what is wrong with it.

A rule never says how bad a breach is. That follows from what the rule stands on, and from how sure the
contract is of that: see `grounds`.
"""

from __future__ import annotations

import enum
import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ..spec import Spec
from ..trace import Exchange
from .view import View

T = TypeVar("T")


class Severity(enum.StrEnum):
    """How bad a breach is, worst first."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True)
class Complaint:
    """A breach that a rule found in an exchange.

    Attributes:
        exchange: The exchange.
        expected: What the contract says.
        received: What the server said.
        pointer: The place in the answer's document, "" for the whole of it.
        grounds: What this complaint stands on, if that is not what its rule stands on.
        at_most: Bounds how bad it is.
        other: An earlier exchange that this one contradicts.
    """

    exchange: Exchange
    expected: str
    received: str
    pointer: str = ""
    grounds: tuple[str, ...] = ()
    at_most: Severity = Severity.ERROR
    other: Exchange | None = None


def _concerns_every_contract(spec: Spec) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Rule(Generic[T]):
    """A demand on a server, with the function that judges it.

    Attributes:
        id: The rule's name in reports, in baselines and on the command line.
        sentence: What must hold.
        explanation: The rest of the function's docstring.
        grounds: What the rule stands on (see `grounds`); the surest ground decides how bad a breach is.
        needs: What a trace must hold so that there is something to judge, for people.
        subjects: Picks the subjects to judge from a trace. Where there are none, the rule is not tested.
        judge: Finds what is wrong with one subject.
        is_required: Whether a run can pass only if the rule was tested.
        at_most: Bounds the severity, for what the contract shows but does not promise.
        needs_body: False for what can be told from statuses and a job's id and state alone, so that a
            journal without bodies can be judged too.
        lesser_grounds: The entries of the contract's tables that some of its complaints stand on instead.
        concerns: Whether a contract has what the rule is about.
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
    lesser_grounds: tuple[str, ...] = ()
    concerns: Callable[[Spec], bool] = _concerns_every_contract


def rule(
    id: str,
    *grounds: str,
    needs: str,
    subjects: Callable[[View], Sequence[T]],
    is_required: bool = False,
    at_most: Severity = Severity.ERROR,
    needs_body: bool = True,
    lesser_grounds: tuple[str, ...] = (),
    concerns: Callable[[Spec], bool] = _concerns_every_contract,
) -> Callable[[Callable[[T, View], Iterator[Complaint]]], Rule[T]]:
    """Make a rule of a function that judges one subject. The arguments are the attributes of `Rule`.

    The first paragraph of the function's docstring is the rule's sentence, the rest its explanation.
    """

    def make(judge: Callable[[T, View], Iterator[Complaint]]) -> Rule[T]:
        text, _, explanation = inspect.cleandoc(judge.__doc__ or "").partition("\n\n")
        return Rule(
            id=id,
            sentence=" ".join(text.split()),
            explanation=explanation,
            grounds=grounds,
            needs=needs,
            subjects=subjects,
            judge=judge,
            is_required=is_required,
            at_most=at_most,
            needs_body=needs_body,
            lesser_grounds=lesser_grounds,
            concerns=concerns,
        )

    return make


AnyRule = Rule[Any]
