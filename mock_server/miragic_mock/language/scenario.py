"""A scenario: rules, written in TOML, that give a plan to the submits they match.

    [[rule]]
    name = "*.wav"                      # glob on the file name; so are key, format, question
    fields = { language = "de" }        # globs on further fields; one without a value fits nothing
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
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, Final

from ..domain.jobs.job import Fields, Upload
from ..domain.jobs.plan import PlanLayer
from ..errors import PlanError, ScenarioError
from .complaints import unexpected
from .plans import parse_plan
from .scenario_schema import check_scenario

_GLOBS: Final = ("key", "name", "format", "question")


@dataclass(frozen=True, slots=True)
class Submit:
    """What rules look at.

    Attributes:
        key: The API key as it was sent.
        upload: The facts of the upload.
        question: The question, or its default.
        nth: Which submission of the tenant it is, from 1.
        fields: The form's further fields that have a value.
    """

    key: str
    upload: Upload
    question: str
    nth: int
    fields: Fields = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        number: Its place in the file, from 1.
        globs: What the key, the name, the format and the question must be like, by the word of the file.
        fields: What further fields of the form must be like, by their names.
        min_size_bytes: The least size of the upload, None for any.
        max_size_bytes: The largest size of the upload, None for any.
        nth: The tenant's submissions that it is about, counted from 1; empty for all.
        outcomes: The plans that it chooses from, each after its weight.
    """

    number: int
    globs: tuple[tuple[str, str], ...] = ()
    fields: Fields = ()
    min_size_bytes: int | None = None
    max_size_bytes: int | None = None
    nth: tuple[int, ...] = ()
    outcomes: tuple[tuple[float, PlanLayer], ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """Rules in the order of the file, the first match winning."""

    rules: tuple[Rule, ...] = ()

    def check_fields(self, declared: Collection[str], *, file: str = "scenario") -> None:
        """Make sure that the rules ask only for fields that the form has: any other would fit nothing.

        Raises:
            ScenarioError: A rule asks for another field.
        """
        for rule in self.rules:
            for name, _ in rule.fields:
                if name not in declared:
                    raise ScenarioError(file, rule.number, name, unexpected(name, tuple(declared), "fields"))


@dataclass(frozen=True, slots=True)
class Match:
    """The plan that a rule gave, and the rule's number."""

    rule: int
    layer: PlanLayer


def match(scenario: Scenario, submit: Submit, *, chance: float) -> Match | None:
    """Return the first rule that fits a submission, None where none does.

    Args:
        scenario: The rules.
        submit: The submission.
        chance: A number from 0 up to 1, which draws among weighted outcomes.
    """
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
    """Return the scenario that a text describes.

    Args:
        text: The text of a TOML file.
        file: The file's name, as errors are to say it.

    Raises:
        ScenarioError: The text is no scenario; the error names the file, the rule and the word.
    """
    try:
        document = tomllib.loads(text)
    except (
        ValueError,
        RecursionError,
    ) as error:  # of a date or of a long number, `tomllib` lets others through
        raise ScenarioError(file, None, "TOML", str(error)) from error
    check_scenario(document, file)
    rules = enumerate(document.get("rule", ()), start=1)
    return Scenario(tuple(_rule(file, number, table) for number, table in rules))


def _fits(rule: Rule, submit: Submit, texts: Mapping[str, str]) -> bool:
    size_bytes, fields = submit.upload.size_bytes, dict(submit.fields)
    return (
        all(_is_like(texts[name], glob) for name, glob in rule.globs)
        and all(name in fields and _is_like(fields[name], glob) for name, glob in rule.fields)
        and (rule.min_size_bytes is None or size_bytes >= rule.min_size_bytes)
        and (rule.max_size_bytes is None or size_bytes <= rule.max_size_bytes)
        and (not rule.nth or submit.nth in rule.nth)
    )


def _is_like(text: str, glob: str) -> bool:
    # `fnmatch` would fold case or not as the file system of the machine does.
    return fnmatchcase(text.casefold(), glob.casefold())


def _draw(outcomes: tuple[tuple[float, PlanLayer], ...], chance: float) -> PlanLayer:
    threshold = chance * sum(weight for weight, _ in outcomes)
    for weight, layer in outcomes:
        if threshold < weight:
            return layer
        threshold -= weight
    # Reached where rounding leaves a little of the threshold after the last weight.
    return outcomes[-1][1]


def _rule(file: str, number: int, table: Mapping[str, Any]) -> Rule:
    nth = table.get("nth", [])
    plans = table.get("outcomes") or [{"weight": 1, "plan": table["plan"]}]
    return Rule(
        number,
        globs=tuple((key, table[key]) for key in _GLOBS if key in table),
        fields=tuple(table.get("fields", {}).items()),
        min_size_bytes=table.get("min_size_bytes"),
        max_size_bytes=table.get("max_size_bytes"),
        nth=tuple(nth if isinstance(nth, list) else [nth]),
        outcomes=tuple((float(entry["weight"]), _plan(file, number, entry["plan"])) for entry in plans),
    )


def _plan(file: str, number: int, text: str) -> PlanLayer:
    try:
        return parse_plan(text)
    except PlanError as error:
        raise ScenarioError(file, number, error.word, str(error)) from error
