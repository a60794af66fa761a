"""A scenario is bounded before it is read: what would cost the square of its length is refused."""

from __future__ import annotations

import pytest
from miragic_mock.domain.jobs.job import Upload
from miragic_mock.errors import ScenarioError
from miragic_mock.language.scenario import Submit, match, parse_scenario
from miragic_mock.language.scenario_text import MAX_CHARS, MAX_GLOB_CHARS

RULE = "[[rule]]\nplan = 'done=never'\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#" * (MAX_CHARS + 1), "at most 65536 characters"),
        ("a." * 200 + "a = 1", "at most 100 dots"),
        ("['a'" + " . 'a'" * 200 + "]", "at most 100 dots"),
        ("a = " + "[" * 5000, "fewer brackets"),
        ("a = " + "{a=" * 5000, "fewer brackets"),
        ("a = " + "9" * 5000, "4300"),
        (f"{RULE}name = '{'a' * (MAX_GLOB_CHARS + 1)}'", "at most 256 characters"),
    ],
)
def test_what_costs_too_much_is_refused(text: str, expected: str) -> None:
    """The error is a scenario's, and says what the bound is."""
    with pytest.raises(ScenarioError, match=expected):
        parse_scenario(text)


@pytest.mark.parametrize(
    "text",
    [
        f"{RULE}name = '{'.' * 200}'",
        f'{RULE}name = "{"." * 200}" # {"." * 200}',
        f'[[rule]]\nplan = """text={"a. " * 200}"""',
        f"[[rule]]\nplan = '''text={'a. ' * 200}'''",
        f'[[rule]]\nplan = "text=\\"{"." * 200}"',
    ],
)
def test_dots_in_texts_are_no_depth(text: str) -> None:
    """A transcript may have as many sentences as it likes."""
    assert len(parse_scenario(text).rules) == 1


@pytest.mark.parametrize(
    ("glob", "name", "fits"),
    [
        ("*.WAV", "hello.wav", True),
        ("[ab]*", "Bell.wav", True),
        ("[!ab]*", "bell.wav", False),
        ("a[", "a[", True),
        ("[x]a[b", "xa[b", True),
        ("[[]a]", "[a]", True),
        ("[" * MAX_GLOB_CHARS, "[" * MAX_GLOB_CHARS, True),
        ("straße", "STRASSE", True),
    ],
)
def test_globs_fit_as_in_a_shell(glob: str, name: str, fits: bool) -> None:
    """Case does not count, and a bracket that is never closed stands for itself."""
    scenario = parse_scenario(f"{RULE}name = '{glob}'")
    submit = Submit("key", Upload(name, "wav", 1, "5a" * 32, None), "", 1)
    assert (match(scenario, submit, chance=0.5) is not None) == fits
