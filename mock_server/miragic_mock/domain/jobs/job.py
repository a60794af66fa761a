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
    """The facts about an uploaded file, without its bytes.

    Attributes:
        file_name: The client's name for it.
        audio_format: The format, as the form said.
        size_bytes: Its size.
        sha256: Its digest, in lower-case hexadecimal.
        duration_s: Seconds of audio, None when its header does not say.
    """

    file_name: str
    audio_format: str
    size_bytes: int
    sha256: str
    duration_s: float | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a job that its clock did not bring: by command, or by the poll that was due to end it.

    Attributes:
        at: Epoch seconds on the tenant's clock.
        by: What ended it.
        outcome: How it ended, None where it ended as planned.
        text: The transcription, None for the job's.
        error: The reason of a failure, None for the plan's.
    """

    at: float
    by: Literal["command", "polls"] = "command"
    outcome: Outcome | None = None
    text: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A job: its identity, what was submitted and what is planned.

    Attributes:
        id: The id that the submission answered with.
        tenant: The id of the tenant that it belongs to.
        created_at: Epoch seconds on the tenant's clock.
        upload: The facts of the upload.
        question: The question, or its default.
        user_id: The id of the user, as its document shows it.
        plan: What will happen to it.
        plan_source: Which layer gave each field of the plan, as pairs of field and layer.
        text: The transcription that it shows when it is COMPLETED.
        number: Its place among the tenant's jobs, from 1; 0 before a store has given one.
        received_at: Real epoch seconds; only the time to live counts from them.
        ended: Its end, where that was not by the clock.
        fields: What else the form said, defaults included; a field without a text is not among them.
        due_at: The moment its clock ends it, None when only polls or a command can; it follows from the plan.
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
    # A field and not a property: stores sort by it, and every poll reads it. It is computed from the other
    # fields, so it has no part in comparisons.
    due_at: float | None = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        delay_s = _delay_s(self.plan.finish, self.upload.duration_s)
        # The only way to set a field of a frozen dataclass.
        object.__setattr__(self, "due_at", None if delay_s is None else self.created_at + delay_s)


def _delay_s(finish: Finish, duration_s: float | None) -> float | None:
    if finish.by == "time":
        return finish.amount
    if finish.by == "audio":
        # The largest factor times the longest recording would be 190 years, and the clock stops before that
        # (`clock.LATEST`).
        return min(finish.amount * (UNKNOWN_DURATION_S if duration_s is None else duration_s), MAX_DELAY_S)
    return None
