"""Scenarios: which rule gives a submit its plan, and how a mistake in the file is pointed at."""

from __future__ import annotations

import pickle

import pytest
from miragic_mock.domain.identity import chance
from miragic_mock.domain.jobs.job import Upload
from miragic_mock.errors import ScenarioError
from miragic_mock.language.plans import parse_plan
from miragic_mock.language.scenario import Match, Submit, match, parse_scenario


def submit(
    name: str = "hello.mp3",
    *,
    key: str = "team-a-key",
    audio_format: str = "mp3",
    question: str = "Transcribe this audio:",
    size_bytes: int = 100,
    nth: int = 1,
) -> Submit:
    return Submit(key, Upload(name, audio_format, size_bytes, "aa"), question, nth)


def layer_for(rule: str, submitted: Submit) -> str | None:
    scenario = parse_scenario(f'[[rule]]\n{rule}\nplan = "credits=1"')
    found = match(scenario, submitted, chance=0)
    return None if found is None else "credits=1"


@pytest.mark.parametrize(
    ("rule", "submitted", "fits"),
    [
        ("", submit(), True),
        ('name = "*.mp3"', submit(), True),
        ('name = "*.MP3"', submit("HELLO.mp3"), True),
        ('name = "*.wav"', submit(), False),
        ('name = "hello"', submit(), False),
        ('name = "h?llo.[mw]*"', submit(), True),
        ('key = "team-a-*"', submit(), True),
        ('key = "team-b-*"', submit(), False),
        ('format = "mp3"', submit(), True),
        ('format = "wav"', submit(), False),
        ('question = "*summar*"', submit(question="Please SUMMARISE"), True),
        ('question = "*summar*"', submit(), False),
        ("min_size_bytes = 100", submit(), True),
        ("min_size_bytes = 101", submit(), False),
        ("max_size_bytes = 100", submit(), True),
        ("max_size_bytes = 99", submit(), False),
        ("max_size_bytes = 0", submit(size_bytes=0), True),
        ("nth = 2", submit(nth=2), True),
        ("nth = 2", submit(nth=1), False),
        ("nth = [1, 3]", submit(nth=3), True),
        ("nth = [1, 3]", submit(nth=2), False),
        ('name = "*.mp3"\nnth = 2', submit(nth=1), False),
        ('name = "*.mp3"\nnth = 2', submit(nth=2), True),
    ],
)
def test_which_submits_a_rule_fits(rule: str, submitted: Submit, fits: bool) -> None:
    """Every condition by itself at its boundary, and that all of them must hold."""
    assert (layer_for(rule, submitted) is not None) is fits


def test_the_first_rule_that_fits_decides() -> None:
    """The match has the number of the rule."""
    scenario = parse_scenario(
        """
        [[rule]]
        name = "*.wav"
        plan = "credits=1"
        [[rule]]
        plan = "credits=2;error=busy"
        [[rule]]
        plan = "credits=3"
        """
    )
    assert match(scenario, submit(), chance=0) == Match(2, parse_plan("credits=2;error=busy"))
    assert match(scenario, submit("a.wav"), chance=0) == Match(1, parse_plan("credits=1"))


def test_no_rule_no_plan() -> None:
    """An empty scenario leaves every submit to the other layers."""
    assert match(parse_scenario(""), submit(), chance=0.5) is None


WEIGHTED = """
[[rule]]
outcomes = [
    { weight = 1, plan = "credits=1" },
    { weight = 2.5, plan = "credits=2" },
    { weight = 0.5, plan = "credits=3" },
]
"""


@pytest.mark.parametrize(
    ("drawn", "plan"),
    [
        (0, "credits=1"),
        (0.2499, "credits=1"),
        (0.25, "credits=2"),
        (0.874, "credits=2"),
        (0.875, "credits=3"),
    ],
)
def test_an_outcome_is_drawn_by_weight(drawn: float, plan: str) -> None:
    """Each outcome owns its share of the numbers from 0 to 1, in the order of the file."""
    found = match(parse_scenario(WEIGHTED), submit(), chance=drawn)
    assert found == Match(1, parse_plan(plan))


def test_the_last_outcome_takes_what_rounding_leaves() -> None:
    """A number that rounds up to the end still draws."""
    assert match(parse_scenario(WEIGHTED), submit(), chance=1.0) == Match(1, parse_plan("credits=3"))


def test_weights_hold_over_many_submits() -> None:
    """Of a thousand derived numbers about a quarter, five eighths and an eighth."""
    found = [match(parse_scenario(WEIGHTED), submit(), chance=chance("seed", n)) for n in range(1000)]
    counts = [sum(drawn == Match(1, parse_plan(f"credits={n}")) for drawn in found) for n in (1, 2, 3)]
    assert counts == pytest.approx([250, 625, 125], abs=50)


@pytest.mark.parametrize(
    ("text", "rule", "word", "expected"),
    [
        ("[[rule]\n", None, "TOML", "line 1"),
        ("rules = 1", None, "rules", "[[rule]]"),
        ("[rule]\nplan = 'x'", None, "rule", "double brackets"),
        ("rule = [1]", 1, "rule", "a table"),
        ("[[rule]]\nplan = ''\n[[rule]]\nnam = '*'\nplan = ''", 2, "nam", "did you mean 'name'?"),
        ("[[rule]]\nzzz = 1\nplan = ''", 1, "zzz", "expected one of key, name"),
        ("[[rule]]\nname = 7\nplan = ''", 1, "name", "a text in quotes, got 7"),
        ("[[rule]]\nnth = 0\nplan = ''", 1, "nth", "whole numbers from 1, got 0"),
        ("[[rule]]\nnth = ['1']\nplan = ''", 1, "nth", "whole number"),
        ("[[rule]]\nmin_size_bytes = -1\nplan = ''", 1, "min_size_bytes", "whole number, got -1"),
        ("[[rule]]\nmax_size_bytes = true\nplan = ''", 1, "max_size_bytes", "whole number, got True"),
        ("[[rule]]\nname = '*'", 1, "plan", "either plan = or outcomes ="),
        ("[[rule]]\nplan = ''\noutcomes = []", 1, "plan", "either plan = or outcomes ="),
        ("[[rule]]\nplan = 3", 1, "plan", "a text in quotes, got 3"),
        ("[[rule]]\nplan = 'credits=1;otucome=failed'", 1, "otucome", "did you mean 'outcome'?"),
        ("[[rule]]\noutcomes = []", 1, "outcomes", "a list of"),
        ("[[rule]]\noutcomes = [1]", 1, "outcomes", "entries of"),
        ("[[rule]]\noutcomes = [{ weight = 1 }]", 1, "outcomes", "entries of"),
        ("[[rule]]\noutcomes = [{ weight = 0, plan = '' }]", 1, "weight", "above 0, got 0"),
        ("[[rule]]\noutcomes = [{ weight = 'much', plan = '' }]", 1, "weight", "got 'much'"),
        ("[[rule]]\noutcomes = [{ weight = true, plan = '' }]", 1, "weight", "got True"),
        ("[[rule]]\noutcomes = [{ weight = nan, plan = '' }]", 1, "weight", "got nan"),
    ],
)
def test_a_mistake_is_pointed_at(text: str, rule: int | None, word: str, expected: str) -> None:
    """The error has the file, the number of the rule, the word, and what was expected; and it pickles."""
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, file="demo.toml")
    error = caught.value
    assert (error.file, error.rule, error.word) == ("demo.toml", rule, word)
    assert expected in str(error)
    assert str(error).startswith("demo.toml" if rule is None else f"demo.toml, rule {rule}")
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.rule) == (str(error), rule)
