"""Rules of a scenario on further fields of the form, and what the schema of a scenario takes and refuses."""

from __future__ import annotations

import pytest
from miragic_mock.domain.jobs.job import Fields, Upload
from miragic_mock.errors import ScenarioError
from miragic_mock.language.scenario import Submit, match, parse_scenario
from miragic_mock.language.scenario_schema import SCHEMA


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        ((("language", "de-AT"),), True),
        ((("language", "DE"), ("speakers", "2")), True),
        ((("language", "en"),), False),
        ((("speakers", "de"),), False),
        ((), False),
    ],
)
def test_a_rule_may_ask_for_a_further_field(fields: Fields, fits: bool) -> None:
    """By a glob on its text; a field that has no text fits no glob."""
    scenario = parse_scenario('[[rule]]\nfields = { language = "de*" }\nplan = "credits=1"')
    submit = Submit("key", Upload("a.mp3", "mp3", 1, "aa"), "question", 1, fields)
    assert (match(scenario, submit, chance=0) is not None) is fits


@pytest.mark.parametrize(
    ("text", "word", "expected"),
    [
        ("fields = 'de'", "fields", "a table of { FIELD = TEXT }, got 'de'"),
        ("fields = { language = 1 }", "language", "a text in quotes, got 1"),
        ("name = 2026-01-01", "name", "a text in quotes, got datetime.date(2026, 1, 1)"),
        ("outcomes = [{ weight = 1, plan = '', more = 1 }]", "outcomes", "entries of"),
    ],
)
def test_what_no_rule_takes_is_named(text: str, word: str, expected: str) -> None:
    """The error has the word and what was expected."""
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(f"[[rule]]\n{text}" + ("" if "plan" in text else "\nplan = ''"))
    assert caught.value.word == word
    assert expected in str(caught.value)


def test_of_several_mistakes_the_first_rules_outermost_is_named() -> None:
    """So that an error does not jump about while a file is put right."""
    with pytest.raises(ScenarioError) as caught:
        parse_scenario("[[rule]]\nplan = ''\nnth = 0\nnam = 1\n[[rule]]\nzzz = 1")
    assert (caught.value.rule, caught.value.word) == (1, "nam")


def test_every_word_of_a_rule_is_in_the_schema() -> None:
    """The schema is what the words of a rule are read from."""
    words = SCHEMA["properties"]["rule"]["items"]["properties"]
    assert {"key", "name", "format", "question", "fields", "nth", "plan", "outcomes"} < words.keys()
