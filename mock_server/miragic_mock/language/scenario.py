"""A scenario: rules, written in TOML, that give a plan to the submits they match.

    [[rule]]
    name = "*.wav"                      # glob on the file name; so are key, format, question
    min_size_bytes = 1000               # and max_size_bytes, both inclusive
    nth = [1, 2]                        # the tenant's first and second submit; one number will do
    plan = "outcome=failed;error=busy"

    [[rule]]
    outcomes = [{ weight = 9, plan = "done-after=2s" }, { weight = 1, plan = "outcome=failed" }]

Rule: the first rule that matches decides. Matching is pure; the draw among weighted outcomes is made with a
number that was derived for the submit, so the same submit always draws the same.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, Final

from ..domain.job import Fields, Upload
from ..domain.plan import PlanLayer
from ..errors import PlanError, ScenarioError
from . import words
from .plans import parse_plan

_GLOBS: Final = ("key", "name", "format", "question")
_KEYS: Final = (*_GLOBS, "min_size_bytes", "max_size_bytes", "nth", "plan", "outcomes")


@dataclass(frozen=True, slots=True)
class Submit:
    """What rules look at: the API key as sent, the upload, the form, and the tenant's submit number."""

    key: str
    upload: Upload
    question: str
    nth: int
    fields: Fields = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: conditions (None or empty always holds) and the plans it chooses from by weight."""

    number: int
    globs: tuple[tuple[str, str], ...] = ()
    min_size_bytes: int | None = None
    max_size_bytes: int | None = None
    nth: tuple[int, ...] = ()
    outcomes: tuple[tuple[float, PlanLayer], ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """Rules in the order of the file, the first match winning."""

    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """The plan a rule gave, and the rule's 1-based number."""

    rule: int
    layer: PlanLayer


def match(scenario: Scenario, submit: Submit, *, chance: float) -> Match | None:
    """The first rule that fits `submit`, or None; `chance` (0 up to 1) draws among weighted outcomes."""
    texts = {
        "key": submit.key,
        "name": submit.upload.file_name,
        "format": submit.upload.audio_format,
        "question": submit.question,
    }
    for rule in scenario.rules:
        if _fits(rule, submit, texts):
            return Match(rule.number, _draw(rule.outcomes, chance))
    return None


@lru_cache(maxsize=256)
def parse_scenario(text: str, *, file: str = "scenario") -> Scenario:
    """The scenario written in `text`; `file` is the name used in errors.

    Raises:
        ScenarioError: it does not validate; the error names the file, the rule and the word.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(file, None, "TOML", str(error)) from error
    for key in document:
        if key != "rule":
            raise ScenarioError(file, None, key, "expected nothing but [[rule]] tables")
    rules = document.get("rule", [])
    if not isinstance(rules, list):
        raise ScenarioError(file, None, "rule", "expected [[rule]], with double brackets")
    return Scenario(tuple(_rule(file, number, table) for number, table in enumerate(rules, start=1)))


def _fits(rule: Rule, submit: Submit, texts: Mapping[str, str]) -> bool:
    size_bytes = submit.upload.size_bytes
    return (
        all(fnmatchcase(texts[name].casefold(), glob.casefold()) for name, glob in rule.globs)
        and (rule.min_size_bytes is None or size_bytes >= rule.min_size_bytes)
        and (rule.max_size_bytes is None or size_bytes <= rule.max_size_bytes)
        and (not rule.nth or submit.nth in rule.nth)
    )


def _draw(outcomes: tuple[tuple[float, PlanLayer], ...], chance: float) -> PlanLayer:
    threshold = chance * sum(weight for weight, _ in outcomes)
    for weight, layer in outcomes:
        if threshold < weight:
            return layer
        threshold -= weight
    return outcomes[-1][1]


def _rule(file: str, number: int, table: object) -> Rule:
    if not isinstance(table, dict):
        raise ScenarioError(file, number, "rule", "expected a table")
    for key in table:
        if key not in _KEYS:
            close = words.nearest(key, _KEYS)
            guess = f"; did you mean {close!r}?" if close else ""
            raise ScenarioError(file, number, key, f"expected one of {', '.join(_KEYS)}{guess}")
    nth = table.get("nth", [])
    return Rule(
        number,
        tuple((key, _text(file, number, key, table[key])) for key in _GLOBS if key in table),
        _whole(file, number, "min_size_bytes", table.get("min_size_bytes")),
        _whole(file, number, "max_size_bytes", table.get("max_size_bytes")),
        tuple(_nth(file, number, value) for value in (nth if isinstance(nth, list) else [nth])),
        _outcomes(file, number, table),
    )


def _outcomes(file: str, number: int, table: Mapping[str, Any]) -> tuple[tuple[float, PlanLayer], ...]:
    if ("plan" in table) == ("outcomes" in table):
        raise ScenarioError(file, number, "plan", "expected either plan = or outcomes =")
    if "plan" in table:
        return ((1.0, _plan(file, number, table["plan"])),)
    outcomes = table["outcomes"]
    if not isinstance(outcomes, list) or not outcomes:
        raise ScenarioError(file, number, "outcomes", "expected a list of { weight = N, plan = TEXT }")
    return tuple(_outcome(file, number, entry) for entry in outcomes)


def _outcome(file: str, number: int, entry: object) -> tuple[float, PlanLayer]:
    if not isinstance(entry, dict) or set(entry) != {"weight", "plan"}:
        raise ScenarioError(file, number, "outcomes", "expected entries of { weight = N, plan = TEXT }")
    weight = entry["weight"]
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight <= 1e9:
        raise ScenarioError(file, number, "weight", f"expected a number above 0, got {weight!r}")
    return float(weight), _plan(file, number, entry["plan"])


def _plan(file: str, number: int, value: object) -> PlanLayer:
    try:
        return parse_plan(_text(file, number, "plan", value))
    except PlanError as error:
        raise ScenarioError(file, number, error.word, str(error)) from error


def _text(file: str, number: int, key: str, value: object) -> str:
    if not isinstance(value, str):
        raise ScenarioError(file, number, key, f"expected a text in quotes, got {value!r}")
    return value


def _nth(file: str, number: int, value: object) -> int:
    whole = _whole(file, number, "nth", value)
    if not whole:
        raise ScenarioError(file, number, "nth", f"expected whole numbers from 1, got {value!r}")
    return whole


def _whole(file: str, number: int, key: str, value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ScenarioError(file, number, key, f"expected a whole number, got {value!r}")
    return value
