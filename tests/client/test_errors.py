"""The errors: one tree, data as attributes, fit to travel between processes."""

from __future__ import annotations

import copy
import inspect
import pickle

import pytest
from miragic_stt import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    Interrupted,
    Job,
    JobFailedError,
    JobStatus,
    MiragicError,
    UsageError,
    WaitTimeoutError,
    _errors,
)

JOB = Job(id="job-1", status=JobStatus.FAILED, error_message="no speech", raw={"id": "job-1"})
FACTS = {
    "job_id": "job-1",
    "status_code": 429,
    "body": "slow down",
    "headers": {"retry-after": "3"},
    "request_id": "r-1",
    "retry_after": 3.0,
    "retryable": True,
    "attempts": 2,
    "error_code": "RATE_LIMITED",
}
CLASSES = [
    cls
    for _, cls in inspect.getmembers(_errors, inspect.isclass)
    if issubclass(cls, BaseException) and cls.__module__ == _errors.__name__
]


def filled(cls):
    if cls is JobFailedError:
        return cls("it failed", job=JOB)
    if cls is WaitTimeoutError:
        return cls(
            "too long",
            job_id="job-1",
            last_job=JOB,
            phases={"upload": 1.0},
            observations={"502": 2},
            resume_command="miragic-stt wait job-1",
            retry_after=3.0,
            attempts=4,
        )
    if cls is Interrupted:
        return cls("stop", job_ids=("job-1",), resume_commands=("wait job-1",), submission_unknown=True)
    return cls("it went wrong", **FACTS)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("travel", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy, copy.deepcopy])
def test_an_error_arrives_as_it_left(cls, travel):
    """An error raised in a worker process reaches the caller whole: a pool hangs on one that does not."""
    error = filled(cls)
    arrived = travel(error)
    assert type(arrived) is cls
    assert (str(arrived), vars(arrived)) == (str(error), vars(error))


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_an_error_needs_no_more_than_a_message(cls):
    """Tests of our users can raise every one of them."""
    assert "hm" in str(cls("hm"))


@pytest.mark.parametrize(
    "cls", [c for c in CLASSES if issubclass(c, MiragicError)], ids=lambda cls: cls.__name__
)
def test_every_error_has_every_attribute(cls):
    """A handler of the base class reads them without asking what it has."""
    for name in FACTS:
        assert hasattr(cls("hm"), name)


def test_the_tree_in_the_docstring_is_the_tree():
    """Each class stands in the drawing once, under its base."""
    drawing = _errors.__doc__
    lines = [line for line in drawing.splitlines() if "Error" in line or "Interrupted" in line]
    drawn = {}
    path = {}
    for line in lines:
        name = line.strip(" │├└─").split(" ")[0]
        depth = line.index(name) // 4
        path[depth] = name
        drawn[name] = path.get(depth - 1)
    for cls in CLASSES:
        parent = cls.__mro__[1].__name__
        assert cls.__name__ in drawn, f"{cls.__name__} is missing in the drawing"
        if issubclass(cls, MiragicError) and cls is not MiragicError:
            assert drawn[cls.__name__] == parent


@pytest.mark.parametrize(
    ("cls", "also"),
    [
        (APITimeoutError, TimeoutError),
        (APITimeoutError, APIConnectionError),
        (WaitTimeoutError, TimeoutError),
        (UsageError, ValueError),
        (Interrupted, KeyboardInterrupt),
    ],
)
def test_an_error_is_caught_by_the_builtin_it_is_like(cls, also):
    """Code that knows nothing of this client catches it by its nature."""
    assert issubclass(cls, also)


def test_the_job_id_is_in_the_text_once():
    """A log line alone is enough to go on from."""
    assert str(APIStatusError("refused", job_id="job-1")) == "refused [job job-1]"
    assert str(APIStatusError("job job-1 refused", job_id="job-1")) == "job job-1 refused"


def test_a_failed_job_tells_its_reason():
    """The server's own words, and the document they came in."""
    error = JobFailedError("it failed", job=JOB)
    assert (error.job_id, error.reason, error.job) == ("job-1", "no speech", JOB)
    assert JobFailedError("it failed").reason is None


def test_the_text_of_an_error_is_one_harmless_line():
    """Whoever prints it steers no terminal and no CI service."""
    error = MiragicError("no\x1b]0;owned\x07\n::add-mask::x", job_id="j\n1")
    assert str(error) == "no\\x1b]0;owned\\x07\\n: :add-mask: :x [job j\\n1]"
