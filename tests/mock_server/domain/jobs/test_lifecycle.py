"""The life of a job: what it shows at every moment, and that it never shows anything else."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from miragic_mock.domain import clock
from miragic_mock.domain.clock import epoch_ms
from miragic_mock.domain.jobs import job as job_module
from miragic_mock.domain.jobs import lifecycle, plan
from miragic_mock.domain.jobs.job import UNKNOWN_DURATION_S, Ended, Job, Upload
from miragic_mock.domain.jobs.lifecycle import (
    COMPLETED,
    FAILED,
    PENDING,
    TRANSITIONS,
    NextChange,
    State,
    Transition,
    end,
    is_terminal,
    next_change,
    processing_time_ms,
    settle,
    state,
    transitions,
)
from miragic_mock.domain.jobs.plan import MAX_DELAY_S, Finish, Plan, Progress

MakeJob = Callable[..., Job]
BORN = 1000.0


def job_with(
    finish: Finish, *, duration_s: float | None = None, created_at: float = BORN, **plan: object
) -> Job:
    upload = Upload("a.mp3", "mp3", 1, "aa", duration_s)
    return Job("id", "t", created_at, upload, "q", "u", Plan(finish=finish, **plan), text="hello")  # type: ignore[arg-type]


# the table -----------------------------------------------------------------------------------------------


def test_the_table_is_closed() -> None:
    """Every status that may follow another has a row of its own."""
    assert {after for row in TRANSITIONS.values() for after in row} <= TRANSITIONS.keys()


@pytest.mark.parametrize(
    ("status", "expected"), [(PENDING, False), (COMPLETED, True), (FAILED, True), ("PROCESSING", False)]
)
def test_a_status_nothing_follows_is_terminal(status: str, expected: bool) -> None:
    """COMPLETED and FAILED are the end; a status that is not in the table need not be."""
    assert is_terminal(status) is expected


@pytest.mark.parametrize("module", [clock, job_module, lifecycle, plan])
def test_the_room_knows_no_time_or_chance(module: ModuleType) -> None:
    """The files of a job's life import types, each other, and nothing that could make two calls differ."""
    assert module.__file__ is not None
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    imported = {
        "." * node.level + (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    types = {"__future__", "collections.abc", "dataclasses", "functools", "typing"}
    assert imported <= types | {"..clock", ".job", ".plan"}


# by time -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(1000.0, State(PENDING, 0, 1000.0, None, None), id="at birth"),
        pytest.param(999.0, State(PENDING, 0, 1000.0, None, None), id="before birth"),
        pytest.param(1001.0, State(PENDING, 25, 1001.0, None, None), id="a quarter"),
        pytest.param(1001.03, State(PENDING, 25, 1001.0, None, None), id="since a quarter"),
        pytest.param(1003.999, State(PENDING, 99, 1003.96, None, None), id="just before"),
        pytest.param(1004.0, State(COMPLETED, 100, 1004.0, "hello", None), id="exactly on"),
        pytest.param(1004.001, State(COMPLETED, 100, 1004.0, "hello", None), id="just after"),
        pytest.param(9e9, State(COMPLETED, 100, 1004.0, "hello", None), id="long after"),
    ],
)
def test_a_job_by_time(now: float, expected: State) -> None:
    """A job of four seconds is pending up to its last moment and finished at exactly the fourth second."""
    assert state(job_with(Finish("time", 4)), now, 0) == expected


def test_a_failing_job_shows_its_error_and_no_progress() -> None:
    """FAILED carries the reason, no text, and no percentage."""
    job = job_with(Finish("time", 4), outcome="failed", error="noise")
    assert state(job, 1004.0, 0) == State(FAILED, None, 1004.0, None, "noise")


def test_a_job_of_no_time_is_finished_at_birth() -> None:
    """`done-after=0s` is finished the moment it is made, and still pending before that moment."""
    job = job_with(Finish("time", 0))
    assert state(job, BORN, 0).status == COMPLETED
    assert state(job, BORN - 1, 0) == State(PENDING, 0, BORN, None, None)


@pytest.mark.parametrize(
    ("duration_s", "due_at"),
    [
        pytest.param(8.0, BORN + 4, id="known"),
        pytest.param(None, BORN + UNKNOWN_DURATION_S / 2, id="unknown"),
        pytest.param(1e300, BORN + MAX_DELAY_S, id="absurd"),
    ],
)
def test_a_job_by_audio_takes_its_share_of_the_duration(duration_s: float | None, due_at: float) -> None:
    """Half the duration; ten seconds stand in for one that is unknown, ten years are the limit."""
    job = job_with(Finish("audio", 0.5), duration_s=duration_s)
    assert job.due_at == due_at
    assert state(job, due_at, 0).status == COMPLETED
    assert state(job, math.nextafter(due_at, 0), 0).status == PENDING


# by polls ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("polls", "status", "progress"),
    [(0, PENDING, 0), (1, PENDING, 20), (4, PENDING, 80), (5, COMPLETED, 100), (6, COMPLETED, 100)],
)
def test_a_job_by_polls(polls: int, status: str, progress: int) -> None:
    """Of five polls the fifth is the first to show the end."""
    shown = state(job_with(Finish("polls", 5)), BORN + 7, polls)
    assert (shown.status, shown.progress) == (status, progress)


@pytest.mark.parametrize("n", [0, 1])
def test_the_first_poll_ends_a_job_of_one_poll_or_none(n: int) -> None:
    """`0polls` and `1polls` both end with the very first poll, and neither before it."""
    job = job_with(Finish("polls", n))
    assert state(job, BORN, 0).status == PENDING
    assert state(job, BORN, 1).status == COMPLETED


def test_a_job_that_polls_have_ended_stays_as_it_was_first_shown() -> None:
    """Once settled, the moment of the last poll is the moment of the end, whenever it is looked at."""
    job = job_with(Finish("polls", 2))
    assert settle(job, BORN + 1, 1) is job
    settled = settle(job, BORN + 2, 2)
    assert settled.ended == Ended(BORN + 2, "polls")
    assert settle(settled, BORN + 3, 3) is settled
    assert state(settled, BORN + 99, 7) == state(job, BORN + 2, 2)


def test_what_polls_have_ended_no_earlier_clock_undoes() -> None:
    """A poll that began earlier but was counted later sees the end, and the moment that was shown before."""
    settled = settle(job_with(Finish("polls", 2)), BORN + 2, 3)
    assert state(settled, BORN + 1, 4) == state(settled, BORN + 2, 3)
    assert settle(settled, BORN + 1, 2) is settled


def test_only_polls_settle_a_job() -> None:
    """A job that ends by its clock needs nothing written down."""
    job = job_with(Finish("time", 1))
    assert settle(job, BORN + 2, 9) is job


def test_a_poll_by_a_clock_that_was_set_back_ends_no_job_before_its_birth() -> None:
    """The end of a job is never earlier than its creation."""
    job = job_with(Finish("polls", 1))
    assert state(job, BORN - 5, 1).updated_at == BORN
    assert settle(job, BORN - 5, 1).ended == Ended(BORN, "polls")


# by command ----------------------------------------------------------------------------------------------


def test_a_manual_job_waits_for_its_command() -> None:
    """However long one waits or polls, only the command ends it; then it shows what its plan said."""
    job = job_with(Finish("manual"))
    assert state(job, 9e9, 999).status == PENDING
    ended = end(job, BORN + 3, 2)
    assert state(ended, BORN + 3, 2) == State(COMPLETED, 100, BORN + 3, "hello", None)
    assert state(ended, BORN + 2.9, 2).status == PENDING


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({}, (COMPLETED, "hello", None)),
        ({"text": ""}, (COMPLETED, "", None)),
        ({"outcome": "failed"}, (FAILED, None, "The audio could not be transcribed")),
        ({"outcome": "failed", "error": ""}, (FAILED, None, "")),
    ],
)
def test_a_command_overrides_what_it_names(order: dict[str, str], expected: tuple[object, ...]) -> None:
    """Outcome, text and error given with the command replace the plan's, also when they are empty."""
    shown = state(end(job_with(Finish("manual")), BORN, 0, **order), BORN, 0)  # type: ignore[arg-type]
    assert (shown.status, shown.transcription, shown.error) == expected


def test_a_command_ends_a_job_before_its_time() -> None:
    """A job that would take longer can be ended now, and its clock does not end it again."""
    job = end(job_with(Finish("time", 60)), BORN + 1, 0, outcome="failed", error="cancelled")
    assert state(job, BORN + 60, 0) == State(FAILED, None, BORN + 1, None, "cancelled")
    assert transitions(job, 0, 1e9) == ()


@pytest.mark.parametrize(
    ("finish", "now", "polls"),
    [
        pytest.param(Finish("time", 4), BORN + 4, 0, id="finished by time"),
        pytest.param(Finish("polls", 2), BORN, 2, id="finished by polls"),
        pytest.param(Finish("never"), BORN + 4, 9, id="never finishes"),
    ],
)
def test_a_command_cannot_end_what_is_finished_or_never_finishes(
    finish: Finish, now: float, polls: int
) -> None:
    """The job comes back as it was."""
    job = job_with(finish)
    assert end(job, now, polls, outcome="failed") is job


def test_the_second_command_is_too_late() -> None:
    """A job ends once."""
    ended = end(job_with(Finish("manual")), BORN, 0)
    assert end(ended, BORN + 1, 0, outcome="failed") is ended


def test_a_command_before_birth_counts_from_birth() -> None:
    """A clock that was set back cannot end a job before it was created."""
    assert end(job_with(Finish("manual")), BORN - 9, 0).ended == Ended(BORN)


# progress ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("progress", "expected"),
    [
        (Progress("linear"), [0, 10, 25, 60, 99]),
        (Progress("steps"), [0, 0, 25, 50, 75]),
        (Progress("stuck", 30), [0, 10, 25, 30, 30]),
        (Progress("stuck", 0), [0, 0, 0, 0, 0]),
    ],
)
def test_progress_curves(progress: Progress, expected: list[int]) -> None:
    """In ones, in quarters, or up to a point and no further."""
    job = job_with(Finish("time", 10), progress=progress)
    assert [state(job, BORN + at, 0).progress for at in (0, 1, 2.5, 6, 9.99)] == expected


def test_an_endless_job_nears_99_and_never_passes_it() -> None:
    """A job without an end in sight rises ever more slowly: half way after ten seconds."""
    job = job_with(Finish("never"))
    assert [state(job, BORN + at, 0).progress for at in (0, 10, 30, 90, 1e30)] == [0, 50, 75, 90, 99]


@pytest.mark.parametrize("progress", [Progress("linear"), Progress("steps"), Progress("stuck", 40)])
@pytest.mark.parametrize(
    "finish", [Finish("time", 0.5), Finish("time", 7), Finish("never"), Finish("manual")]
)
@pytest.mark.parametrize("share", [0.01, 0.3, 0.5, 0.77, 0.99])
def test_a_pending_document_dates_from_when_it_became_what_it_is(
    finish: Finish, progress: Progress, share: float
) -> None:
    """At `updated_at` the percentage was reached: just before it was lower, since then it is the same."""
    job = job_with(finish, progress=progress)
    now = BORN + share * (finish.amount or 20)
    shown = state(job, now, 0)
    assert shown.progress is not None
    assert state(job, shown.updated_at + 1e-9, 0).progress == shown.progress
    if shown.progress:
        before = state(job, shown.updated_at - 1e-6, 0).progress
        assert before is not None
        assert before < shown.progress
    else:
        assert shown.updated_at == BORN


finishes = st.one_of(
    st.builds(Finish, st.just("time"), st.integers(0, 6).map(float)),
    st.builds(Finish, st.just("polls"), st.integers(0, 4).map(float)),
    st.builds(Finish, st.just("audio"), st.sampled_from([0.0, 0.5, 1.0])),
    st.just(Finish("manual")),
    st.just(Finish("never")),
)
curves = st.one_of(
    st.sampled_from([Progress("linear"), Progress("steps")]),
    st.builds(Progress, st.just("stuck"), st.integers(0, 99)),
)
jobs = st.builds(
    job_with,
    finishes,
    duration_s=st.sampled_from([None, 0.0, 3.0, 6.0]),
    created_at=st.sampled_from([0.0, BORN, 1762344258.785]),
    outcome=st.sampled_from(["completed", "failed"]),
    progress=curves,
)


@given(jobs, st.lists(st.tuples(st.integers(0, 30), st.integers(0, 2)), min_size=2, max_size=12))
def test_documents_only_ever_move_forward(job: Job, steps: list[tuple[int, int]]) -> None:
    """Whatever the moments and polls: legal transitions, rising progress and dates, a finish that stays."""
    now, polls, before = job.created_at, 0, state(job, job.created_at, 0)
    for quarters, more in steps:
        now, polls = now + quarters / 4, polls + more
        job = settle(job, now, polls)
        shown = state(job, now, polls)
        if is_terminal(before.status):
            assert shown == before
        else:
            assert shown.status == before.status or shown.status in TRANSITIONS[before.status]
        if shown.status == PENDING:
            assert before.progress is not None
            assert shown.progress is not None
            assert before.progress <= shown.progress <= 99
        assert job.created_at <= before.updated_at <= shown.updated_at <= now
        before = shown


@given(jobs, st.integers(0, 40), st.integers(0, 6))
def test_every_document_is_of_one_kind(job: Job, quarters: int, polls: int) -> None:
    """PENDING has a percentage below 100 alone, COMPLETED 100 and a text, FAILED a reason."""
    shown = state(job, job.created_at + quarters / 4, polls)
    if shown.status == PENDING:
        assert shown.progress in range(100)
        assert (shown.transcription, shown.error) == (None, None)
    elif shown.status == COMPLETED:
        assert (shown.progress, shown.transcription, shown.error) == (100, "hello", None)
    else:
        assert (shown.progress, shown.transcription, shown.error) == (None, None, job.plan.error)


@given(jobs, st.sampled_from(["command", "nothing"]), st.integers(0, 12), st.integers(0, 3))
def test_what_comes_next_is_what_happens_next(job: Job, ending: str, quarters: int, polls: int) -> None:
    """The announced change happens at its moment, on its poll or by its command, and not before."""
    now = job.created_at + quarters / 4
    if ending == "command":
        job = end(job, now + 1, polls)
    change = next_change(job, now, polls)
    if change is None:
        assert job.plan.finish.by == "never" or is_terminal(state(job, now, polls).status)
        return
    if change.how == "time":
        assert change.at is not None
        assert change.left == change.at - now > 0
        assert state(job, math.nextafter(change.at, 0), polls).status == PENDING
        assert state(job, change.at, polls).status == change.status
    elif change.how == "poll":
        assert change.at is None
        assert state(job, now, polls + int(change.left) - 1).status == PENDING
        assert state(job, now, polls + int(change.left)).status == change.status
    else:
        assert change == NextChange(change.status, "command", None, 0)
        assert state(job, 9e9, 99).status == PENDING
        assert state(end(job, now, polls), now, polls).status == change.status


# the clock's advance -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "until", "happens"),
    [
        pytest.param(BORN, BORN + 3.999, False, id="too early"),
        pytest.param(BORN, BORN + 4, True, id="ends on it"),
        pytest.param(BORN + 3.999, BORN + 9, True, id="begins before it"),
        pytest.param(BORN + 4, BORN + 9, False, id="begins on it"),
    ],
)
def test_an_advance_causes_each_transition_once(after: float, until: float, happens: bool) -> None:
    """The window excludes its start and includes its end, so that windows laid end to end miss nothing."""
    job = job_with(Finish("time", 4), outcome="failed")
    expected = (Transition(BORN + 4, "id", PENDING, FAILED),) if happens else ()
    assert transitions(job, after, until) == expected


@pytest.mark.parametrize("finish", [Finish("polls", 1), Finish("manual"), Finish("never")])
def test_the_clock_alone_changes_nothing_else(finish: Finish) -> None:
    """Jobs that end by polls or by command are not moved by time."""
    assert transitions(job_with(finish), 0, 9e9) == ()


# derived facts -------------------------------------------------------------------------------------------


def test_processing_time_is_the_difference_of_the_times_shown() -> None:
    """Rounded as the dates are, so that nobody can compute another figure from the same document."""
    job = job_with(Finish("time", 9.938), created_at=1762344258.785)
    shown = state(job, 9e9, 0)
    assert epoch_ms(job.created_at) == 1762344258785
    assert epoch_ms(shown.updated_at) == 1762344268723
    assert processing_time_ms(job, shown) == 9938
