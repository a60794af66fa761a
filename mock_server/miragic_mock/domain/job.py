"""A job as a value: its identity, what was uploaded, and what is planned.

Rule: a job is never changed. Its end by command or by polls gives another value. What it shows at a
moment is the matter of `lifecycle`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from .plan import DEFAULT_PLAN, MAX_DELAY_S, Finish, Outcome, Plan

UNKNOWN_DURATION_S: Final = 10.0
"""Audio seconds assumed by `factor x duration` when the upload's duration could not be read."""


Fields = tuple[tuple[str, str], ...]
"""Names and texts of a form's fields that have no part in a job's life, in the contract's order."""


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
    `fields` are what else the form said, defaults included; a field without a text is not among them.
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
    fields: Fields = ()
    due_at: float | None = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        delay_s = _delay_s(self.plan.finish, self.upload.duration_s)
        object.__setattr__(self, "due_at", None if delay_s is None else self.created_at + delay_s)


def _delay_s(finish: Finish, duration_s: float | None) -> float | None:
    if finish.by == "time":
        return finish.amount
    if finish.by == "audio":
        return min(finish.amount * (UNKNOWN_DURATION_S if duration_s is None else duration_s), MAX_DELAY_S)
    return None
