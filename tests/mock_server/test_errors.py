"""The error tree: everything pickles, keeps what it carries, and says what to do."""

from __future__ import annotations

import pickle

import pytest
from miragic_mock import errors
from miragic_mock.errors import (
    MockError,
    OutOfCredits,
    PlanError,
    ScenarioError,
    StoreError,
    TranscriptError,
)

EXAMPLES = [
    PlanError(text="a=1", word="a", position=0, expected="a word", nearest="b"),
    ScenarioError("f.toml", 3, "nam", "expected name"),
    TranscriptError("cannot read x"),
    StoreError("cannot open x"),
    OutOfCredits(needed=2, left=1),
]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_survives_pickling(error: MockError) -> None:
    """With its type, its message and its attributes."""
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


def test_every_error_is_tried_here_and_drawn_in_the_tree() -> None:
    """A class added to the tree needs an example and a place in the drawing."""
    named = {name for name in errors.__all__ if name != "MockError"}
    assert named == {type(error).__name__ for error in EXAMPLES}
    assert errors.__doc__ is not None
    assert all(name in errors.__doc__ for name in errors.__all__)


def test_running_out_of_credits_says_what_to_do() -> None:
    """Cost, what is left, and the remedy."""
    assert str(OutOfCredits(needed=2, left=1)) == (
        "this job costs 2 credits and 1 are left; grant more to the tenant"
    )
