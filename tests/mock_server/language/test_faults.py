"""How faults are written and read, and which of them contradict themselves."""

from __future__ import annotations

from dataclasses import MISSING, fields, replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from miragic_mock.domain import faults
from miragic_mock.domain.conditions import Fault
from miragic_mock.domain.faults import STATUSES, Effect, Hang, Status
from miragic_mock.domain.parameters import parameters_of
from miragic_mock.errors import PlanError
from miragic_mock.language.faults import KINDS, format_fault, parse_fault

# A value for every parameter that differs from its default.
VALUES: dict[str, st.SearchStrategy[object]] = {
    "body": st.sampled_from([None, "json", "html", "text", "empty"]),
    "byte": st.integers(0, 1 << 40),
    "chunk": st.integers(1, 10**9),
    "code": st.none() | st.text(),
    "delta": st.integers(-(10**9), 10**9).filter(bool),
    "every": st.integers(1, 10**9),
    "first": st.none() | st.integers(1, 10**9),
    "keep": st.integers(0, 1 << 40),
    "message": st.none() | st.text(),
    "name": st.text(),
    "on": st.sampled_from(["any", "create", "status"]),
    "p": st.floats(0, 1),
    "polls": st.integers(0, 10**9),
    "retry_as": st.sampled_from(["seconds", "date"]),
    "sigma": st.floats(0, 5),
    "skip": st.integers(0, 10**9),
    "status": st.text(),
    "type": st.text(),
    "value": st.text(),
    "when": st.sampled_from(["before", "upload", "after"]),
    "low_s": st.floats(0, 1),
    "high_s": st.floats(1, 3600),
    "retry_after_s": st.none() | st.floats(0, 86_400),
    "within_s": st.none() | st.floats(0, 86_400),
    "for_s": st.none() | st.floats(0, 3600),
}


def effects(kind: type[Effect]) -> st.SearchStrategy[Effect]:
    values = {item.name: VALUES.get(item.name, st.floats(0, 3600)) for item in fields(kind)}
    if kind is Status:
        values["status"] = st.sampled_from(STATUSES)
    return st.builds(kind, **values)


def possible(fault: Fault) -> Fault:
    """`fault` without what contradicts itself in it."""
    effect = fault.effect
    if isinstance(effect, Status):
        effect = replace(effect, retry_as=effect.retry_as if effect.retry_after_s is not None else "seconds")
        if effect.form != "json":
            effect = replace(effect, code=None, message=None)
    if isinstance(effect, faults.Reset) and effect.when != "upload":
        effect = replace(effect, byte=0)
    first = None if fault.first is None else max(fault.first, fault.every)
    return replace(fault, effect=effect, on=faults.only_on(effect) or fault.on, first=first)


all_faults = st.builds(
    Fault,
    st.sampled_from(get_args(Effect)).flatmap(effects),
    **{name: VALUES[name] for name in ("on", "skip", "first", "every", "within_s", "p")},
).map(possible)


@given(all_faults)
def test_a_fault_reads_back_as_it_was_written(fault: Fault) -> None:
    """Writing and reading give an equal fault, and the text is canonical."""
    written = format_fault(fault)
    assert parse_fault(written) == fault
    assert format_fault(parse_fault(written)) == written


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_written_by_its_name_alone(kind: str) -> None:
    """A bare word is a whole fault, and is its own canonical text."""
    fault = parse_fault(kind)
    assert fault == Fault(fault.effect)
    assert format_fault(fault) == kind


def test_every_effect_has_a_name_and_every_parameter_a_form() -> None:
    """Nothing can be added to the values that the language does not know."""
    named = {type(parse_fault(kind).effect) for kind in KINDS}
    assert named == set(get_args(Effect)) == {kind.effect for kind in faults.KINDS}
    for kind in (*named, Fault):
        undeclared = {item.name for item in fields(kind)} - {
            item.field for item in parameters_of(kind).values()
        }
        assert undeclared == {Status: {"status"}, Fault: {"effect"}}.get(kind, set())


def test_only_what_differs_from_the_default_is_written() -> None:
    """Every parameter but an effect's status has a default."""
    assert format_fault(Fault(Hang(), first=2)) == "hang(first=2)"
    for kind in get_args(Effect):
        without = [item.name for item in fields(kind) if item.default is MISSING]
        assert without == (["status"] if kind is Status else [])


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "429(retry-after=2,first=3)",
            Fault(Status(429, retry_after_s=2.0), first=3),
        ),
        (
            "503(retry-after=1m,retry-as=date,on=create)",
            Fault(Status(503, 60.0, "date"), on="create"),
        ),
        ("502(body=html)", Fault(Status(502, body="html"))),
        ("401(code=NO_KEY,message=Who%3F)", Fault(Status(401, code="NO_KEY", message="Who?"))),
        ("delay(by=2s,p=0.5)", Fault(faults.Delay(2.0), p=0.5)),
        ("uniform(low=100ms,high=1s)", Fault(faults.Uniform(0.1, 1.0))),
        ("lognormal(median=1s,sigma=0.8)", Fault(faults.Lognormal(1.0, 0.8))),
        ("drip(chunk=8,pause=50ms)", Fault(faults.Drip(8, 0.05))),
        ("reset(when=upload,byte=65536)", Fault(faults.Reset("upload", 65536))),
        ("answer-lost(on=create,first=1)", Fault(faults.AnswerLost(), on="create", first=1)),
        ("truncate(keep=20,every=3)", Fault(faults.Truncate(20), every=3)),
        ("content-length(delta=-5)", Fault(faults.ContentLength(-5))),
        ("content-type(type=text/plain)", Fault(faults.ContentType("text/plain"))),
        ("unknown-status(status=QUEUED,within=30s)", Fault(faults.UnknownStatus("QUEUED"), within_s=30.0)),
        ("stale(by=2s,polls=3,skip=1)", Fault(faults.Stale(2.0, 3), skip=1)),
        ("extra-field(name=a,value=b)", Fault(faults.ExtraField("a", "b"))),
        ("missing-field(name=transcription)", Fault(faults.MissingField("transcription"))),
        ("hang(for=5s)", Fault(Hang(5.0))),
    ],
)
def test_what_faults_mean(text: str, fault: Fault) -> None:
    """Each kind with its parameters as people write them."""
    assert parse_fault(text) == fault


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("413(byte=100,on=status)", "on=create"),
        ("hang(byte=5,on=status)", "on=create"),
        ("delay(byte=5,on=status)", "on=create"),
        ("reset(when=upload,on=status)", "on=create"),
        ("stale(on=create)", "on=status"),
        ("status-back(on=create)", "on=status"),
        ("reset(byte=100)", "when=upload"),
        ("reset(when=after,byte=100)", "when=upload"),
        ("503(retry-as=date)", "retry-after"),
        ("503(body=html,message=gone)", "body=json"),
        ('503(body=empty,code="")', "body=json"),
        ("502(code=GATEWAY)", "body=json"),
        ("503(first=1,every=2)", "first no smaller than every"),
    ],
)
def test_a_fault_that_contradicts_itself_is_refused(text: str, needed: str) -> None:
    """Such a fault would never strike, or not as it is written, without a word to anybody."""
    with pytest.raises(PlanError, match=f"expected {needed}"):
        parse_fault(text)
