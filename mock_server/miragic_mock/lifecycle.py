"""The life of a job as a pure function: who it is, what was planned, and what it shows at a moment.

Rule: every status and every transition is decided in this file, and nothing here knows what time it is, who
asks, or where jobs are kept. The same job, moment and number of polls always give the same state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, NamedTuple

__all__ = [
    "COMPLETED",
    "DEFAULT_PLAN",
    "FAILED",
    "MAX_DELAY_S",
    "PENDING",
    "TRANSITIONS",
    "UNKNOWN_DURATION_S",
    "Ended",
    "Finish",
    "Job",
    "NextChange",
    "Outcome",
    "Plan",
    "Progress",
    "State",
    "Transition",
    "Upload",
    "end",
    "epoch_ms",
    "is_terminal",
    "minds_polls",
    "next_change",
    "processing_time_ms",
    "settle",
    "state",
    "transitions",
]

PENDING: Final = "PENDING"
COMPLETED: Final = "COMPLETED"
FAILED: Final = "FAILED"

TRANSITIONS: Final[Mapping[str, tuple[str, ...]]] = {
    PENDING: (COMPLETED, FAILED),
    COMPLETED: (),
    FAILED: (),
}
"""Status -> the statuses that may follow it; an empty row is terminal."""

UNKNOWN_DURATION_S: Final = 10.0
"""Audio seconds assumed by `factor x duration` when the upload's duration could not be read."""

MAX_DELAY_S: Final = 10 * 365 * 86_400.0
"""The longest a plan may take: ten years, so that no date computed from a plan leaves the calendar."""

_OPEN_ENDED_HALFWAY_S: Final = 10.0
_STEP_PERCENT: Final = 25

Outcome = Literal["completed", "failed"]


@dataclass(frozen=True, slots=True)
class Finish:
    """When a job finishes.

    `by` and its `amount`:

    - `"time"`: `amount` seconds after `created_at`; the state is terminal at exactly that moment and after
      it.
    - `"polls"`: the poll number `amount` (1-based, counting itself) is the first to show the terminal state;
      0 and 1 both mean the very first poll.
    - `"audio"`: `amount` times the duration of the audio, `UNKNOWN_DURATION_S` where that is unknown.
    - `"manual"`: when `end` is called; `amount` is 0.
    - `"never"`: not even by `end`; `amount` is 0.
    """

    by: Literal["time", "polls", "audio", "manual", "never"]
    amount: float = 0.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How the percentage of a PENDING job rises.

    `"linear"` in ones, `"steps"` in quarters, `"stuck"` in ones up to `at` (0 to 99) and no further. A job
    that ends by command or never approaches 99 without reaching it.
    """

    curve: Literal["linear", "steps", "stuck"] = "linear"
    at: int = 99


@dataclass(frozen=True, slots=True)
class Plan:
    """What will happen to a job, whole and fixed at submit.

    `text` is the transcription asked for, None when the server's transcript source chooses it. `error` is the
    message of a FAILED job. `credits` is what the job costs. `faults` are canonical fault texts
    (`miragic_mock.faults`), carried here unread.
    """

    finish: Finish = Finish("time", 2.0)
    outcome: Outcome = "completed"
    text: str | None = None
    error: str = "The audio could not be transcribed"
    progress: Progress = Progress()
    credits: int = 2
    faults: tuple[str, ...] = ()


DEFAULT_PLAN: Final = Plan()


@dataclass(frozen=True, slots=True)
class Upload:
    """The facts of an uploaded file; never its bytes.

    `file_name` is the client's, `audio_format` the form field's; `sha256` is lower-case hex; `duration_s` is
    None when the header did not tell.
    """

    file_name: str
    audio_format: str
    size_bytes: int
    sha256: str
    duration_s: float | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a job by something other than its clock: somebody's order or the poll that was due to end
    it.

    `at` is epoch seconds on the tenant's clock. `outcome`, `text` and `error` override the plan's when given.
    """

    at: float
    by: Literal["command", "polls"] = "command"
    outcome: Outcome | None = None
    text: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A job: its identity, what was uploaded and what is planned.

    `number` is 1-based per tenant in order of submission (0 until a store has given one). `created_at` is
    epoch seconds on the tenant's clock; `received_at` is real epoch seconds, used for time to live only.
    `text` is the transcription a COMPLETED job shows. `plan_source` says which layer chose each field of the
    plan, as (field, layer) pairs. `due_at` follows from the plan: the moment the clock ends the job, None
    when only polls or a command can.
    """

    id: str
    tenant: str
    created_at: float
    upload: Upload
    question: str
    user_id: str
    plan: Plan = DEFAULT_PLAN
    plan_source: tuple[tuple[str, str], ...] = ()
    text: str = ""
    number: int = 0
    received_at: float = 0.0
    ended: Ended | None = None
    due_at: float | None = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        delay_s = _delay_s(self.plan.finish, self.upload.duration_s)
        object.__setattr__(self, "due_at", None if delay_s is None else self.created_at + delay_s)


class State(NamedTuple):
    """What a job shows at a moment (a tuple: a poll builds one, and this is the cheapest there is).

    `progress` is 0 to 99 while PENDING, 100 when COMPLETED, None when FAILED. `updated_at` is the moment the
    document last changed. `transcription` is given only when COMPLETED, `error` only when FAILED.
    """

    status: str
    progress: int | None
    updated_at: float
    transcription: str | None
    error: str | None


class Transition(NamedTuple):
    """One change of status, at `at` seconds on the tenant's clock."""

    at: float
    job_id: str
    before: str
    after: str


class NextChange(NamedTuple):
    """What would change a PENDING job: the status it goes to, `how`, and how much of it is left.

    `how` is `"time"` (then `at` is when and `left` the seconds until then), `"poll"` (`left` polls more) or
    `"command"` (`left` is 0). `at` is None unless `how` is `"time"`.
    """

    status: str
    how: Literal["time", "poll", "command"]
    at: float | None
    left: float


def is_terminal(status: str) -> bool:
    """Whether nothing may follow `status`; a status that is not in the table is not terminal."""
    return not TRANSITIONS.get(status, (PENDING,))


def state(job: Job, now: float, polls: int) -> State:
    """What `job` shows at `now`, on poll number `polls` (1-based, counting itself; 0: nobody
    asked).

    Constant time. `now` is epoch seconds on the tenant's clock. A job whose polls are up but which has no
    `ended` yet shows `now` as the time of its end: `settle` it so that the document stays.
    """
    ended = job.ended
    if ended is not None:
        # Polls made together are counted in one order and read their clocks in another: whoever finds the
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
    """Whether what `job` shows depends on how often it was polled."""
    return job.plan.finish.by == "polls" or (job.ended is not None and job.ended.by == "polls")


def settle(job: Job, now: float, polls: int) -> Job:
    """`job` with its end written down when this poll is the one that ends it, else `job` itself.

    Only a job that finishes by polls ever changes, and only once; the caller stores what comes back.
    """
    if job.ended is None and _polls_are_up(job.plan.finish, polls):
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
    """`job` ended by command at `now`, or `job` itself when it is finished already or never finishes.

    What is given overrides the plan; what is None follows it.
    """
    if job.plan.finish.by == "never" or is_terminal(state(job, now, polls).status):
        return job
    return replace(job, ended=Ended(max(now, job.created_at), "command", outcome, text, error))


def transitions(job: Job, after: float, until: float) -> tuple[Transition, ...]:
    """The changes of status the clock makes in the half-open window `after < at <= until`, in order."""
    due_at = job.due_at
    if job.ended is not None or due_at is None or not after < due_at <= until:
        return ()
    return (Transition(due_at, job.id, PENDING, _finished(job, due_at, None).status),)


def next_change(job: Job, now: float, polls: int) -> NextChange | None:
    """What would change `job` next; None when nothing will, because it is finished or never finishes."""
    finish = job.plan.finish
    if finish.by == "never" or is_terminal(state(job, now, polls).status):
        return None
    at = job.ended.at if job.ended is not None else job.due_at
    status = _finished(job, now, job.ended).status
    if at is not None:
        return NextChange(status, "time", at, at - now)
    if finish.by == "polls":
        return NextChange(status, "poll", None, max(finish.amount, 1) - polls)
    return NextChange(status, "command", None, 0)


def epoch_ms(seconds: float) -> int:
    """Whole milliseconds since the epoch; every time shown to a client is this number, rendered."""
    return round(seconds * 1000)


def processing_time_ms(job: Job, shown: State) -> int:
    """Milliseconds from creation to the last change: exactly the difference of the two times shown.

    The vendor's example has 9937 for times 9.938 s apart: the same figure but for its own bookkeeping.
    """
    return epoch_ms(shown.updated_at) - epoch_ms(job.created_at)


def _delay_s(finish: Finish, duration_s: float | None) -> float | None:
    if finish.by == "time":
        return finish.amount
    if finish.by == "audio":
        return min(finish.amount * (UNKNOWN_DURATION_S if duration_s is None else duration_s), MAX_DELAY_S)
    return None


def _polls_are_up(finish: Finish, polls: int) -> bool:
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
    """The percentage, and the moment it was reached: the inverse of the curve, so both tell one story."""
    created_at = job.created_at
    elapsed = now - created_at
    if elapsed <= 0:
        elapsed = 0.0
    due_at = job.due_at
    if due_at is not None:
        length = due_at - created_at
        percent = _on_curve(job.plan.progress, elapsed / length) if length > 0 else 0
        reached = created_at + length * percent / 100
    elif job.plan.finish.by == "polls":
        percent = _on_curve(job.plan.progress, polls / max(job.plan.finish.amount, 1))
        reached = now
    else:
        percent = _on_curve(job.plan.progress, elapsed / (elapsed + _OPEN_ENDED_HALFWAY_S))
        reached = created_at + _OPEN_ENDED_HALFWAY_S * percent / (100 - percent)
    return State(PENDING, percent, max(created_at, min(reached, now)), None, None)


def _on_curve(progress: Progress, fraction: float) -> int:
    percent = int(fraction * 100)
    if progress.curve == "steps":
        percent -= percent % _STEP_PERCENT
    limit = progress.at if progress.curve == "stuck" else 99
    return percent if percent < limit else limit
