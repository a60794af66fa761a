"""The plan language: what is written is what is meant, and what is mistyped is pointed at."""

from __future__ import annotations

import pickle
import string
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from miragic_mock.domain.conditions import Fault
from miragic_mock.domain.faults import Status
from miragic_mock.domain.jobs.plan import (
    EMPTY,
    MAX_DELAY_S,
    Finish,
    PlanLayer,
    Progress,
    layer_of,
    resolve,
)
from miragic_mock.errors import PlanError
from miragic_mock.language.faults import format_fault, parse_fault
from miragic_mock.language.plans import MAGIC_KEYS, MAX_CHARS, format_plan, from_api_key, from_tag, parse_plan

WINDOWS_FORBIDS = set(':*?"<>|/\\') | {chr(code) for code in range(32)}

# Also what is no valid text: a client can send lone surrogates.
any_text = st.text(st.characters(exclude_categories=()))
finishes = st.one_of(
    st.builds(Finish, st.just("time"), st.floats(0, MAX_DELAY_S)),
    st.builds(Finish, st.just("polls"), st.integers(0, 1_000_000)),
    st.builds(Finish, st.just("audio"), st.floats(0, 10_000)),
    st.sampled_from([Finish("manual"), Finish("never")]),
)
progresses = st.one_of(
    st.sampled_from([Progress(), Progress("steps")]),
    st.builds(Progress, st.just("stuck"), st.integers(0, 99)),
)
faults = st.sampled_from(
    ["429(retry-after=2s,first=3)", "hang", "delay(by=0.5s,p=0.25)", "extra-field(name=a%3Bb%2C%29)"]
)
layers = st.builds(
    PlanLayer,
    finish=st.none() | finishes,
    outcome=st.sampled_from([None, "completed", "failed"]),
    text=st.none() | any_text,
    error=st.none() | any_text,
    progress=st.none() | progresses,
    credits=st.none() | st.integers(0, 1_000_000),
    faults=st.none() | st.lists(faults, max_size=3).map(tuple),
)


# writing and reading -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "layer"),
    [
        ("", EMPTY),
        (" ; ", EMPTY),
        ("done-after=3s", PlanLayer(finish=Finish("time", 3))),
        ("done-after=250ms", PlanLayer(finish=Finish("time", 0.25))),
        ("done-after=2m", PlanLayer(finish=Finish("time", 120))),
        ("done-after=1h", PlanLayer(finish=Finish("time", 3600))),
        ("done-after=1.5", PlanLayer(finish=Finish("time", 1.5))),
        ("done-after=5polls", PlanLayer(finish=Finish("polls", 5))),
        ("done-after=1poll", PlanLayer(finish=Finish("polls", 1))),
        ("done-after=0.4x", PlanLayer(finish=Finish("audio", 0.4))),
        ("done=manual", PlanLayer(finish=Finish("manual"))),
        ("done=never", PlanLayer(finish=Finish("never"))),
        ("outcome=failed", PlanLayer(outcome="failed")),
        ("text=Hello, you", PlanLayer(outcome="completed", text="Hello, you")),
        ("text=", PlanLayer(outcome="completed", text="")),
        ("text=100%25 %3B-) a=b", PlanLayer(outcome="completed", text="100% ;-) a=b")),
        ("error=no sound", PlanLayer(outcome="failed", error="no sound")),
        ("outcome=completed;error=x", PlanLayer(outcome="completed", error="x")),
        ("text=a;error=b", PlanLayer(text="a", error="b")),
        ("progress=linear", PlanLayer(progress=Progress("linear"))),
        ("progress=steps", PlanLayer(progress=Progress("steps"))),
        ("progress = stuck@60", PlanLayer(progress=Progress("stuck", 60))),
        ("credits=0", PlanLayer(credits=0)),
        ("fault=none", PlanLayer(faults=())),
        (" fault=hang ; fault=429( first = 3 ) ", PlanLayer(faults=("hang", "429(first=3)"))),
    ],
)
def test_what_plans_mean(text: str, layer: PlanLayer) -> None:
    """One example of every word of the language."""
    assert parse_plan(text) == layer


@given(layers)
def test_a_plan_reads_back_as_it_was_written(layer: PlanLayer) -> None:
    """Writing and reading give an equal plan, whatever characters are in its texts."""
    written = format_plan(layer)
    assert parse_plan(written) == layer
    assert format_plan(parse_plan(written)) == written


@given(layers)
def test_a_written_plan_survives_header_file_name_and_question(layer: PlanLayer) -> None:
    """A written plan is printable ASCII, fits a file name on every system, and is found there as a tag."""
    written = format_plan(layer)
    assert set(written) <= set(string.printable) - set("\t\n\r\x0b\x0c[]")
    assert not set(written) & WINDOWS_FORBIDS
    assert written == written.strip()
    for text in (f"hello[{written}].mp3", f"[{written}] What was said?"):
        assert from_tag(text) == layer


@example("%")
@example("text=%F")
@example("a=b")
@example("fault=429((")
@given(st.text(alphabet="done-after=3s;textfault=429(first,)[]%Fpolls x", max_size=40))
def test_any_text_is_a_plan_or_a_plan_error(text: str) -> None:
    """Reading never fails otherwise, and an error's word stands where the error says."""
    for read in (parse_plan, from_tag):
        error = complaint(read, text)
        assert error is None or error.text[error.position :].startswith(error.word)


def complaint(read: Callable[[str], PlanLayer], text: str) -> PlanError | None:
    try:
        read(text)
    except PlanError as error:
        return error
    return None


@pytest.mark.parametrize(
    ("text", "word", "position", "nearest"),
    [
        ("dnoe-after=3s", "dnoe-after", 0, "done-after"),
        ("credits=2; otucome=failed", "otucome", 11, "outcome"),
        ("zzz=1", "zzz", 0, None),
        ("outcome", "outcome", 0, None),
        ("outcome=fialed", "fialed", 8, "failed"),
        ("done=maunal", "maunal", 5, "manual"),
        ("done-after=soon", "soon", 11, None),
        ("done-after=-1s", "-1s", 11, None),
        ("done-after=1e99s", "1e99s", 11, None),
        ("done-after=.s", ".s", 11, None),
        ("done-after=3.5polls", "3.5", 11, None),
        ("done-after=1000001polls", "1000001", 11, None),
        ("done-after=x", "", 11, None),
        ("done-after=10001x", "10001", 11, None),
        ("credits=-1", "-1", 8, None),
        ("credits=two", "two", 8, None),
        ("progress=stuck", "stuck", 9, None),
        ("progress=stuck@100", "100", 15, None),
        ("progress=sometimes", "sometimes", 9, None),
        ("done=never; done-after=3s", "done-after", 12, None),
        ("text=50% sure", "50% sure", 5, None),
        ("text=%FF", "%FF", 5, None),
        ("text=a);b", "b", 8, None),
        ("fault=429(first=3))", "3)", 16, None),
        ("text=(a;b", "text=(a;b", 0, None),
        ("fault=hang;fault=none", "fault", 11, None),
        ("fault=none;fault=hang", "fault", 11, None),
        ("fault=428", "428", 6, "429"),
        ("fault=429(fisrt=3)", "fisrt", 10, "first"),
        ("fault=429(first)", "first", 10, None),
        ("fault=429(first=3,first=4)", "first", 18, None),
        ("fault=429(status=3)", "status", 10, None),
        ("fault=429(first=0)", "0", 16, None),
        ("fault=429(p=1.5)", "1.5", 12, None),
        ("fault=429(p=.)", ".", 12, None),
        ("fault=429(first=3)x", "429(first=3)x", 6, None),
        ("fault=uniform(low=3s,high=1s)", "uniform(low=3s,high=1s)", 6, None),
        ("fault=content-length(delta=0)", "content-length(delta=0)", 6, None),
    ],
)
def test_a_mistyped_plan_is_pointed_at(text: str, word: str, position: int, nearest: str | None) -> None:
    """The error has the word, its place, what was expected, and the nearest legal word."""
    with pytest.raises(PlanError) as caught:
        parse_plan(text)
    error = caught.value
    assert (error.word, error.position, error.nearest) == (word, position, nearest)
    assert error.text == text
    assert error.expected
    message = str(error)
    assert f"position {position}" in message
    assert repr(word) in message
    assert ("did you mean" in message) is (nearest is not None)


def test_a_plan_has_a_greatest_length() -> None:
    """The longest plan is read, a longer one refused; the message repeats only its start."""
    longest = "text=".ljust(MAX_CHARS, "x")
    assert len(parse_plan(longest).text or "") == MAX_CHARS - 5
    with pytest.raises(PlanError) as caught:
        parse_plan(longest + "x")
    assert caught.value.text == longest + "x"
    assert len(str(caught.value)) < 600


def test_a_plan_error_travels_between_processes() -> None:
    """The error pickles with all it carries."""
    with pytest.raises(PlanError) as caught:
        parse_plan("otucome=failed")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (str(copy), copy.word, copy.nearest) == (str(caught.value), "otucome", "outcome")


# tags and keys -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "hello.mp3",
        "hello[live].mp3",
        "hello[speaker=1].mp3",
        "hello[done-after].mp3",
        "a]b[c",
        "hello[done-after=3s.mp3",
        "[;=;]",
    ],
)
def test_other_brackets_are_somebody_elses(name: str) -> None:
    """Square brackets that do not look like a plan are left alone."""
    assert from_tag(name) == EMPTY


def test_a_slip_in_a_tag_is_an_error() -> None:
    """A word that is nearly a plan's is taken for a slip, and the error points into the name."""
    with pytest.raises(PlanError) as caught:
        from_tag("hello[dne-after=3s].mp3")
    assert (caught.value.word, caught.value.position) == ("dne-after", 6)


def test_the_leftmost_of_several_tags_wins() -> None:
    """Tags are merged field by field."""
    layer = from_tag("[credits=1]hello[done=never; credits=2][x].mp3")
    assert layer == PlanLayer(finish=Finish("never"), credits=1)


@pytest.mark.parametrize("prefix", MAGIC_KEYS)
def test_every_magic_key_has_a_plan_of_its_own(prefix: str) -> None:
    """The key itself and the key with a suffix stand for the plan in the table."""
    plan = parse_plan(MAGIC_KEYS[prefix])
    assert plan != EMPTY
    assert from_api_key(prefix) == from_api_key(f"{prefix}-team-7") == plan


@pytest.mark.parametrize(
    "key", ["", "mock-", "mock-failedly", "mock-other", "sk_live_x", "x[y]", "xmock-failed"]
)
def test_any_other_key_has_none(key: str) -> None:
    """A key that merely resembles a magic one is an ordinary key."""
    assert from_api_key(key) == EMPTY


def test_a_key_may_carry_a_tag_and_is_never_shown() -> None:
    """A tag works in a key as anywhere else; its error shows the tag and not the key around it."""
    assert from_api_key("secret-[done=never]") == PlanLayer(finish=Finish("never"))
    with pytest.raises(PlanError) as caught:
        from_api_key("secret-[done=nver]")
    assert "secret" not in str(caught.value)
    assert "secret" not in caught.value.text


# whole plans and the faults in them ----------------------------------------------------------------------


@given(layers)
def test_a_whole_plan_is_a_layer_that_gives_itself(layer: PlanLayer) -> None:
    """A resolved plan can be written, read and resolved again without change."""
    plan = resolve((("a", layer),)).plan
    again = resolve((("b", parse_plan(format_plan(layer_of(plan)))),)).plan
    assert again == plan


def test_the_canonical_fault_is_what_a_plan_keeps() -> None:
    """However a fault is spelt, the plan holds its canonical text."""
    (kept,) = parse_plan("fault=429( retry-after = 2000ms , p=1 )").faults or ()
    assert kept == "429(retry-after=2s)" == format_fault(Fault(Status(429, retry_after_s=2.0)))
    assert parse_fault(kept).effect == Status(429, retry_after_s=2.0)
