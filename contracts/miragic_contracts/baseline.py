"""Baselines: findings that somebody has looked at and accepted, with a reason and until a day.

A baseline is a TOML file:

    [[accepted]]
    rule = "error-document"
    pointer = "/error/code"           # left out: wherever the rule finds something
    reason = "The vendor knows, ticket 4711."
    expires = 2027-01-31              # from the day after on, the finding counts again

ContractError
└── BaselineError
"""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .errors import ContractError
from .rules import RULES, Finding

_KEYS: Final = frozenset({"rule", "pointer", "reason", "expires"})


class BaselineError(ContractError):
    """A file is no baseline.

    Attributes:
        problem: What was expected and what is there.
        entry: The number of the entry at fault, counted from 1; 0 for the whole file.
    """

    def __init__(self, problem: str, entry: int = 0) -> None:
        super().__init__(problem, entry)
        self.problem = problem
        self.entry = entry

    def __str__(self) -> str:
        return f"entry {self.entry}: {self.problem}" if self.entry else self.problem


@dataclass(frozen=True, slots=True)
class Entry:
    """An acceptance.

    Attributes:
        rule: The rule whose findings are accepted.
        reason: Why they are accepted.
        expires: The last day on which they are.
        pointer: The place in the answer; None accepts the rule's findings wherever they are.
    """

    rule: str
    reason: str
    expires: datetime.date
    pointer: str | None = None

    def accepts(self, finding: Finding, today: datetime.date) -> bool:
        """Return whether it accepts a finding on a day."""
        return today <= self.expires and self._is_about(finding)

    def has_expired_on(self, finding: Finding, today: datetime.date) -> bool:
        """Return whether it accepted a finding once, and does so no more."""
        return today > self.expires and self._is_about(finding)

    def _is_about(self, finding: Finding) -> bool:
        return finding.rule == self.rule and self.pointer in (None, finding.pointer)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The acceptances of a file, as of a day."""

    entries: tuple[Entry, ...] = ()
    today: datetime.date = datetime.date.min

    def split(self, findings: Sequence[Finding]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """Split findings into those that count and those that are accepted."""
        accepted = tuple(f for f in findings if any(entry.accepts(f, self.today) for entry in self.entries))
        return tuple(f for f in findings if f not in accepted), accepted

    def remarks(self, findings: Sequence[Finding]) -> Iterator[str]:
        """Yield a sentence about each entry that no longer does anything."""
        for entry in self.entries:
            if any(entry.has_expired_on(finding, self.today) for finding in findings):
                yield f"the acceptance of {entry.rule} expired on {entry.expires}: {entry.reason}"
            elif not any(entry.accepts(finding, self.today) for finding in findings):
                yield f"the acceptance of {entry.rule} is not needed any more: {entry.reason}"


def read_baseline(text: str, *, today: datetime.date) -> Baseline:
    """Read a baseline.

    Args:
        text: A TOML document.
        today: The day to judge by.

    Raises:
        BaselineError: It is no baseline, or names a rule that does not exist.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BaselineError(f"expected TOML: {error}") from error
    listed = document.get("accepted", [])
    # Anything else is a misspelling, and would accept nothing without a word.
    if document.keys() - {"accepted"} or not isinstance(listed, list):
        raise BaselineError("expected a list of [[accepted]] and nothing else")
    return Baseline(tuple(_entry(body, number) for number, body in enumerate(listed, 1)), today)


def _entry(body: Mapping[str, Any], number: int) -> Entry:
    if body.keys() - _KEYS:
        raise BaselineError(f"expected {', '.join(sorted(_KEYS))}; got {', '.join(body)}", number)
    known = [rule.id for rule in RULES]
    if body.get("rule") not in known:
        raise BaselineError(f"no rule {body.get('rule')!r}; there are {', '.join(known)}", number)
    if not isinstance(body.get("reason"), str) or not body["reason"].strip():
        raise BaselineError("expected a `reason`: why is this accepted?", number)
    expires = body.get("expires")
    # A datetime is a date in Python; in TOML it is another type, and has no last day.
    if not isinstance(expires, datetime.date) or isinstance(expires, datetime.datetime):
        raise BaselineError("expected `expires`, a day such as 2027-01-31, without quotes", number)
    pointer = body.get("pointer")
    if pointer is not None and not isinstance(pointer, str):
        raise BaselineError("expected `pointer` as a JSON Pointer into the answer, in quotes", number)
    return Entry(body["rule"], body["reason"].strip(), expires, pointer)
