"""The life of a job as a pure function: what a job shows at a moment.

Rule: every status and every transition is decided in this file, and nothing here knows what time it is, who
asks, or where jobs are kept. The same job, moment and number of polls always give the same state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Literal, NamedTuple

from ..clock import epoch_ms
from .job import Ended, Job
from .plan import Finish, Outcome, Progress

PENDING: Final = "PENDING"
COMPLETED: Final = "COMPLETED"
FAILED: Final = "FAILED"

TRANSITIONS: Final[Mapping[str, tuple[str, ...]]] = {
    PENDING: (COMPLETED, FAILED),
    COMPLETED: (),
    FAILED: (),
}
"""Status -> the statuses that may follow it; an empty row is terminal."""

_OPEN_ENDED_HALFWAY_S: Final = 10.0
_STEP_PERCENT: Final = 25


# A tuple, since every poll builds one: a frozen dataclass of five fields takes three times as long (1.3 us).
class State(NamedTuple):
    """What a job shows at a moment.

    Attributes:
        status: PENDING, COMPLETED or FAILED.
        progress: 0 to 99 while PENDING, 100 when COMPLETED, None when FAILED.
        updated_at: The moment at which the document last changed.
        transcription: The text, None unless COMPLETED.
        error: The reason, None unless FAILED.
    """

    status: str
    progress: int | None
    updated_at: float
    transcription: str | None
    error: str | None


class Transition(NamedTuple):
    """One change of a job's status, `at` epoch seconds on the tenant's clock."""

    at: float
    job_id: str
    before: str
    after: str


class NextChange(NamedTuple):
    """What would change a PENDING job.

    Attributes:
        status: The status that it would go to.
        how: What it waits for.
        at: The moment of the change, None unless `how` is `"time"`.
        left: Seconds until then, or polls, by `how`; 0 where it waits for a command.
    """

    status: str
    how: Literal["time", "poll", "command"]
    at: float | None
    left: float


def is_terminal(status: str) -> bool:
    """Return whether nothing may follow `status`; a status that is not in the table is not terminal."""
    return not TRANSITIONS.get(status, (PENDING,))


def state(job: Job, now: float, polls: int) -> State:
    """Return what a job shows, in constant time.

    A job whose polls are up but which has no `ended` yet shows `now` as the time of its end: `settle` it so
    that the document stays.

    Args:
        job: The job.
        now: Epoch seconds on the tenant's clock.
        polls: How often it has been polled, this poll included; 0 outside a poll.
    """
    ended = job.ended
    if ended is not None:
        # Polls made together are counted in one order and read their clocks in another: a poll that finds the
        # job ended by polls was counted later, whatever its clock shows.
        if now >= ended.at or ended.by == "polls":
            return _finished(job, ended.at, ended)
    else:
        due_at = job.due_at
        if due_at is not None:
            if now >= due_at:
                return _finished(job, due_at, None)
        elif _polls_are_up(job.plan.finish, polls):
            return _finished(job, max(now, job.created_at), None)
    return _pending(job, now, polls)


def minds_polls(job: Job) -> bool:
    """Return whether what `job` shows depends on how often it was polled."""
    return job.plan.finish.by == "polls" or (job.ended is not None and job.ended.by == "polls")


def settle(job: Job, now: float, polls: int) -> Job:
    """Return the job with its end written down if this poll ends it, else the job itself.

    Only a job that finishes by polls ever changes, and only once; the caller stores what comes back.
    """
    if job.ended is None and _polls_are_up(job.plan.finish, polls):
        # The clock may have been set back to before the job was made, and no job ends before it begins.
        return replace(job, ended=Ended(max(now, job.created_at), "polls"))
    return job


def end(
    job: Job,
    now: float,
    polls: int,
    *,
    outcome: Outcome | None = None,
    text: str | None = None,
    error: str | None = None,
) -> Job:
    """Return the job ended by command at `now`, or the job itself if it is finished or never finishes.

    An outcome, text or error that is given overrides the plan's.
    """
    if job.plan.finish.by == "never" or is_terminal(state(job, now, polls).status):
        return job
    return replace(job, ended=Ended(max(now, job.created_at), "command", outcome, text, error))


def transitions(job: Job, after: float, until: float) -> tuple[Transition, ...]:
    """Return the changes of status that the clock makes in `after < at <= until`, in order."""
    due_at = job.due_at
    # A job that has `ended` was ended by a poll or a command, whose answer has told of it already.
    if job.ended is not None or due_at is None or not after < due_at <= until:
        return ()
    return (Transition(due_at, job.id, PENDING, _finished(job, due_at, None).status),)


def next_change(job: Job, now: float, polls: int) -> NextChange | None:
    """Return what would change a job next; None if it is finished or never finishes."""
    finish = job.plan.finish
    if finish.by == "never" or is_terminal(state(job, now, polls).status):
        return None
    # A job that has `ended` and is still PENDING here: the clock was set back to before its end.
    at = job.ended.at if job.ended is not None else job.due_at
    status = _finished(job, now, job.ended).status
    if at is not None:
        return NextChange(status, "time", at, at - now)
    if finish.by == "polls":
        return NextChange(status, "poll", None, max(finish.amount, 1) - polls)
    return NextChange(status, "command", None, 0)


def processing_time_ms(job: Job, shown: State) -> int:
    """Return milliseconds from creation to the last change: exactly the difference of the two times shown."""
    # The vendor's example has 9937 for times 9.938 s apart: the same figure but for its own bookkeeping.
    return epoch_ms(shown.updated_at) - epoch_ms(job.created_at)


def _polls_are_up(finish: Finish, polls: int) -> bool:
    # A plan of 0 polls is one of 1: no job can be shown before its first poll.
    return finish.by == "polls" and polls >= max(finish.amount, 1)


def _finished(job: Job, at: float, ended: Ended | None) -> State:
    plan = job.plan
    outcome, text, error = plan.outcome, job.text, plan.error
    if ended is not None:
        outcome = ended.outcome or outcome
        text = text if ended.text is None else ended.text
        error = error if ended.error is None else ended.error
    if outcome == "completed":
        return State(COMPLETED, 100, at, text, None)
    return State(FAILED, None, at, None, error)


def _pending(job: Job, now: float, polls: int) -> State:
    """Return a PENDING state; the moment of its last change is that at which its percentage was reached."""
    created_at = job.created_at
    elapsed = now - created_at
    # Not `max` here, nor `min` in `_on_curve`: the call takes ten times as long, and every poll comes by.
    if elapsed <= 0:
        elapsed = 0.0
    due_at = job.due_at
    if due_at is not None:
        length = due_at - created_at
        # A length of 0 is seen here only where the clock was set back to before the job was made.
        percent = _on_curve(job.plan.progress, elapsed / length) if length > 0 else 0
        reached = created_at + length * percent / 100
    elif job.plan.finish.by == "polls":
        percent = _on_curve(job.plan.progress, polls / max(job.plan.finish.amount, 1))
        reached = now
    else:
        percent = _on_curve(job.plan.progress, elapsed / (elapsed + _OPEN_ENDED_HALFWAY_S))
        # The line above, solved for the time. Nothing is divided by 0, since `_on_curve` stops at 99.
        reached = created_at + _OPEN_ENDED_HALFWAY_S * percent / (100 - percent)
    return State(PENDING, percent, max(created_at, min(reached, now)), None, None)


def _on_curve(progress: Progress, fraction: float) -> int:
    # Cut and not rounded: 99.9 % is not yet 100, which only a COMPLETED job shows.
    percent = int(fraction * 100)
    if progress.curve == "steps":
        percent -= percent % _STEP_PERCENT
    limit = progress.at if progress.curve == "stuck" else 99
    return percent if percent < limit else limit
