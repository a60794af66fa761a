"""Every parser of the mock that reads text from outside, with whatever it may be sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from . import mocks
from .target import CORPUS, MOST_GROWTH, Target
from .targets import TARGETS


@pytest.fixture(scope="module", autouse=True)
def listening() -> Iterator[None]:
    """The mock on a socket that one of the targets talks to."""
    mocks.address()
    yield
    mocks.stop()


each_target = pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)


@each_target
@given(data=st.data())
def test_no_error_but_its_own(target: Target, data: Any) -> None:
    """Whatever comes, the parser gives a value, which it reads back from its own text, or its own error."""
    target.check(data.draw(target.inputs()))


@pytest.mark.parametrize(
    ("target", "sample"),
    [
        pytest.param(target, sample, id=f"{target.name}/{sample.name}")
        for target in TARGETS
        for sample in target.samples()
    ],
)
def test_the_corpus_holds(target: Target, sample: Path) -> None:
    """What once broke a parser, or reached far into it, is kept and tried each time."""
    target.check(sample.read_bytes())


@pytest.mark.parametrize(
    ("target", "worst"),
    [
        pytest.param(target, worst, id=f"{target.name} {worst(24)!r}")
        for target in TARGETS
        for worst in target.worst
    ],
)
def test_work_grows_with_the_input_and_no_faster(target: Target, worst: Callable[[int], bytes]) -> None:
    """Four times the input costs about four times the work, also where it is made to hurt."""
    # A machine that is shared may be slow for a moment; what is quadratic is so every time.
    assert min(target.growth(worst) for _ in range(2)) < MOST_GROWTH


def test_each_target_has_a_corpus_and_each_corpus_a_target() -> None:
    """No parser goes without samples, and no sample lies where nobody reads it."""
    assert {target.name for target in TARGETS} <= {folder.name for folder in CORPUS.iterdir()}
    assert all(list(target.samples()) for target in TARGETS)
