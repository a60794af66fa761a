"""The error tree: everything pickles, keeps what it carries, and says what to do."""

from __future__ import annotations

import inspect
import pickle
from typing import Any

import pytest
from miragic_mock import ControlError, errors
from miragic_mock.errors import OutOfCreditsError

LEAVES = sorted(
    name
    for name, value in vars(errors).items()
    if inspect.isclass(value) and issubclass(value, errors.MockError) and value is not errors.MockError
)
ARGUMENTS: dict[str, dict[str, Any]] = {
    "AnswerLostError": {},
    "ControlError": {"status": 404, "message": "there is no such job"},
    "JobExistsError": {"job_id": "00000000-0000-4000-8000-000000000001"},
    "OutOfCreditsError": {"needed": 2, "left": 1},
    "OutdatedError": {"tenant_id": "0123456789abcdef0123456789abcdef"},
    "PlanError": {"text": "a=1", "word": "a", "position": 0, "expected": "a word", "nearest": "b"},
    "ScenarioError": {"file": "f.toml", "rule": 3, "word": "nam", "expected": "expected name"},
    "StoreError": {},
    "TranscriptError": {},
    "UnusableError": {"place": "x.db", "reason": "full", "detail": "it is full", "remedy": "make space"},
    "UnknownTenantError": {"tenant_id": "0123456789abcdef0123456789abcdef"},
}


@pytest.mark.parametrize("name", LEAVES)
def test_an_error_survives_pickling(name: str) -> None:
    """Type, message and attributes survive; a class added to the tree needs arguments here."""
    arguments = ARGUMENTS[name]
    error = getattr(errors, name)(**arguments) if arguments else getattr(errors, name)("cannot open x")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error) != ""
    assert vars(copy) == vars(error)
    assert {key: getattr(copy, key) for key in arguments} == arguments


def test_every_error_is_drawn_in_the_tree() -> None:
    """The module's docstring shows them all."""
    assert errors.__doc__ is not None
    assert all(name in errors.__doc__ for name in LEAVES)


def test_running_out_of_credits_says_what_to_do() -> None:
    """Cost, what is left, and the remedy."""
    error = OutOfCreditsError(needed=2, left=1)
    assert str(error) == "this job costs 2 credits and 1 are left; grant more to the tenant"


def test_errors_survive_pickling() -> None:
    """What a worker process raises can be carried to another."""
    error: Any = pickle.loads(pickle.dumps(ControlError(409, "The job has ended.")))
    assert (error.status, error.message, str(error)) == (409, "The job has ended.", "The job has ended.")
