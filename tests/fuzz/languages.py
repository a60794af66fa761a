"""The languages that people write: plans, also in names, faults, scenarios, rates, clocks, sizes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar

from miragic_mock.domain.jobs.job import Upload
from miragic_mock.domain.jobs.plan import EMPTY
from miragic_mock.errors import PlanError, ScenarioError
from miragic_mock.language import clocks, faults, form_values, plans, rates, scenario, sizes

from .target import Target, as_text, repeated

_T = TypeVar("_T")
_NOW: Final = 1_767_265_200.0


def afresh(parse: Callable[..., _T]) -> Callable[..., _T]:
    """Return a parser without its cache: the second run has to do what the first did."""
    return getattr(parse, "__wrapped__", parse)


def _plan(data: bytes) -> None:
    """Read back what was written."""
    try:
        layer = afresh(plans.parse_plan)(as_text(data))
    except PlanError as error:
        _points_at_its_word(error)
    else:
        assert plans.parse_plan(plans.format_plan(layer)) == layer


def _fault(data: bytes) -> None:
    try:
        fault = afresh(faults.parse_fault)(as_text(data))
    except PlanError as error:
        _points_at_its_word(error)
    else:
        assert faults.parse_fault(faults.format_fault(fault)) == fault


def _points_at_its_word(error: PlanError) -> None:
    at = error.position
    assert error.text[at : at + len(error.word)] == error.word
    assert len(str(error)) < 2000


def _tag(data: bytes) -> None:
    """Give a plan, nothing, or an error that points; only brackets make a plan."""
    text = as_text(data)
    try:
        layer = plans.from_tag(text)
    except PlanError as error:
        _points_at_its_word(error)
    else:
        assert layer == EMPTY or "[" in text


def _key(data: bytes) -> None:
    """Repeat nothing of a key but the tag in it."""
    text = as_text(data)
    secret = "s3cret-of-a-key"
    said = ""
    try:
        plans.from_api_key(secret + text)
    except PlanError as error:
        said = str(error)
    assert secret not in said


def _scenario(data: bytes) -> None:
    try:
        read = afresh(scenario.parse_scenario)(as_text(data))
    except ScenarioError:
        return
    upload = Upload("hello.wav", "wav", 1234, "5a" * 32, 2.0)
    scenario.match(read, scenario.Submit("key", upload, "What is said?", 1), chance=0.5)


def _rate(data: bytes) -> None:
    try:
        rate = rates.parse_rate(as_text(data))
    except ValueError:
        return
    written = rates.format_rate(rate)
    assert written is not None
    assert rates.parse_rate(written) == rate


def _clock(data: bytes) -> None:
    text = as_text(data)
    for parse in (partial(clocks.parse_clock, real=_NOW), clocks.parse_moment):
        try:
            found: Any = parse(text)
        except ValueError:
            continue
        moment = found if isinstance(found, float) else found.now(_NOW + 1)
        # What is shown is cut to the millisecond, and reads back as what is shown.
        shown = clocks.format_moment(moment)
        assert clocks.format_moment(clocks.parse_moment(shown)) == shown


def _size(data: bytes) -> None:
    try:
        size = sizes.parse_size(as_text(data))
    except ValueError:
        return
    assert size >= 0
    assert sizes.parse_size(str(size)) == size or size >= 10**15


def _form_value(data: bytes) -> None:
    """Take what is no JSON for a text."""
    text = as_text(data)
    for kind in ("string", "integer", "number", "boolean"):
        form_values.form_value(text, {"type": kind})


_PLAN_WORDS: Final = (
    b"done-after=",
    b"done=",
    b"outcome=",
    b"text=",
    b"error=",
    b"progress=",
    b"credits=",
    b"fault=",
    b"manual",
    b"never",
    b"completed",
    b"failed",
    b"stuck@60",
    b"linear",
    b"steps",
    b"none",
    b"3s",
    b"250ms",
    b"2m",
    b"1h",
    b"5polls",
    b"0.4x",
    b"1e9",
    b"-1",
    b"%41",
    b"%FF",
    b"%",
    b";",
    b",",
    b"=",
    b"(",
    b")",
    b"[",
    b"]",
    b" ",
    b"@",
    b"429",
    b"hang",
    b"delay",
    b"reset",
    b"extra-field",
    b"name=",
    b"by=",
    b"retry-after=",
    b"first=",
    b"on=",
    b"status",
    b"create",
    b"p=0.5",
    b"\xc3\xa9",
    b"\xff",
)
_PLAN_WORST: Final = (
    *map(repeated, (b"a", b";", b"(", b")", b"=", b"%41", b"text=a;", b"done;", b"fault=hang;", b"a=")),
    repeated(b"%41", b"text="),
    repeated(b"9", b"done-after="),
    repeated(b"1e", b"done-after="),
    repeated(b"1.", b"done-after=", b"x"),
    repeated(b",", b"fault=429(", b")"),
    repeated(b"first=1,", b"fault=429(", b")"),
    repeated(b"(", b"fault=429(first=1)"),
    repeated(b"a", b"fault="),
    repeated(b" ", b"text=a", b"b"),
)
_TAG_WORST: Final = (
    *map(repeated, (b"[", b"[=", b"]", b"[]", b"[a=", b"[done=]", b"[text=a]", b"=", b"[=]")),
    repeated(b"=", b"["),
    repeated(b"=a", b"[done"),
    repeated(b" ", b"[done-after=", b"]"),
    repeated(b"a;", b"[", b"=]"),
)
_SCENARIO_WORDS: Final = (
    b"[[rule]]\n",
    b'name = "*.wav"\n',
    b'key = "k*"\n',
    b'plan = "outcome=failed"\n',
    b"nth = [1, 2]\n",
    b"min_size_bytes = ",
    b"max_size_bytes = 7\n",
    b'fields = { language = "de" }\n',
    b"outcomes = [",
    b"{ ",
    b'weight = 1, plan = "done=never"',
    b" }",
    b"]",
    b"\n",
    b"=",
    b'"',
    b"'",
    b'"""',
    b"#",
    b"1e400",
    b"nan",
    b"0x",
    b"1979-05-27",
    b"[",
    b".",
    b"a",
    b"[!-*]?",
    b"\\u0000",
    b"\xff",
)

LANGUAGES: Final = (
    Target("plan", _plan, _PLAN_WORDS, _PLAN_WORST),
    Target("fault", _fault, _PLAN_WORDS, (*_PLAN_WORST, repeated(b"a=1,", b"delay(", b")"))),
    Target("tag", _tag, (b"[", b"]", b"hello", *_PLAN_WORDS), _TAG_WORST),
    Target("key", _key, (b"mock-", b"mock-slow", b"-", b"[", b"]", *_PLAN_WORDS), _TAG_WORST),
    Target(
        "scenario",
        _scenario,
        _SCENARIO_WORDS,
        (
            *map(repeated, (b"[", b"[[rule]]\n", b"#", b"a", b'"', b"a=1\n", b"\n", b"[a]\n")),
            repeated(b"[", b"a = "),
            repeated(b"{a=", b"a = "),
            repeated(b"a.", b"", b"a = 1"),
            repeated(b"a.", b"[", b"a]"),
            repeated(b"1,", b"[[rule]]\nnth = [", b"]\nplan = ''"),
            repeated(b"*a", b"[[rule]]\nplan = ''\nname = '", b"'"),
            repeated(b"?*", b"[[rule]]\nplan = ''\nquestion = '", b"'"),
            repeated(b"[", b"[[rule]]\nplan = ''\nname = '", b"'"),
            repeated(b"9", b"[[rule]]\nnth = "),
        ),
    ),
    Target(
        "rate",
        _rate,
        (
            b"60",
            b"/",
            b"min",
            b"s",
            b"h",
            b"hour",
            b"sec",
            b"m",
            b"0",
            b"10",
            b" ",
            b"999999999",
            b"\xd9\xa3",
        ),
        tuple(map(repeated, (b"9", b" ", b"/", b"1/"))),
    ),
    Target(
        "clock",
        _clock,
        (
            b"real",
            b"frozen",
            b"60",
            b"x",
            b"1e999",
            b"nan",
            b"inf",
            b"-",
            b"2026-01-01",
            b"T12:00",
            b"Z",
            b"+23:59",
            b"-23:59",
            b"0001-01-01",
            b"9999-12-31",
            b"T23:59:59.999999",
            b".5",
            b"W01-1",
            b"\xd9\xa3",
        ),
        (*map(repeated, (b"9", b"-", b"T", b":")), repeated(b"9", b"", b"x"), repeated(b"0", b"1.", b"x")),
    ),
    Target(
        "size",
        _size,
        (b"1", b"64", b"K", b"M", b"G", b"i", b"B", b" ", b"0", b"999999999999999", b"\xd9\xa3"),
        (*map(repeated, (b"9", b" ", b"M")), repeated(b" ", b"1", b"x")),
    ),
    Target(
        "form-value",
        _form_value,
        (
            b"[",
            b"]",
            b"{",
            b"}",
            b'"',
            b":",
            b",",
            b"1",
            b"1e999",
            b"true",
            b"null",
            b"NaN",
            b"-",
            b".",
            b" ",
        ),
        tuple(map(repeated, (b"[", b"9", b'{"a":', b" ", b'"', b"[1,"))),
    ),
)
