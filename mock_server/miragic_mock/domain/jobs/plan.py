"""What is planned for a job, as a value: a whole plan, and partial ones in layers.

Rule: a plan is layered from partial ones, nearest first, field by field, and it is kept which layer gave
which field. How a plan is written is the matter of `language.plans`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, Final, Literal

MAX_DELAY_S: Final = 10 * 365 * 86_400.0
"""The longest a plan may take: ten years, so that no date computed from a plan leaves the calendar."""

Outcome = Literal["completed", "failed"]


@dataclass(frozen=True, slots=True)
class Finish:
    """When a job finishes.

    `by` and its `amount`:

    - `"time"`: `amount` seconds after `created_at`; the state is terminal at exactly that moment and after
      it.
    - `"polls"`: the poll number `amount` (1-based, counting itself) is the first to show the terminal state;
      0 and 1 both mean the first poll.
    - `"audio"`: `amount` times the duration of the audio, `UNKNOWN_DURATION_S` where that is unknown.
    - `"manual"`: when `end` is called; `amount` is 0.
    - `"never"`: not even by `end`; `amount` is 0.
    """

    by: Literal["time", "polls", "audio", "manual", "never"]
    amount: float = 0.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How the percentage of a PENDING job rises.

    A job that ends by command or never approaches 99 without reaching it.

    Attributes:
        curve: `"linear"` rises in ones, `"steps"` in quarters, `"stuck"` in ones up to `at` and no further.
        at: Where `"stuck"` stops, 0 to 99.
    """

    curve: Literal["linear", "steps", "stuck"] = "linear"
    at: int = 99


@dataclass(frozen=True, slots=True)
class Plan:
    """What will happen to a job, whole and fixed at submit.

    Attributes:
        finish: When it finishes.
        outcome: How it ends.
        text: The transcription, None when the server's source of transcripts chooses it.
        error: The message of a FAILED job.
        progress: How its percentage rises.
        credits: What it costs.
        faults: The faults as canonical texts (`language.faults`).
    """

    finish: Finish = Finish("time", 2.0)
    outcome: Outcome = "completed"
    text: str | None = None
    error: str = "The audio could not be transcribed"
    progress: Progress = Progress()
    credits: int = 2
    # Texts and not values: a plan is kept in stores as text, and a fault is counted under its text.
    faults: tuple[str, ...] = ()


DEFAULT_PLAN: Final = Plan()


@dataclass(frozen=True, slots=True)
class PlanLayer:
    """A partial plan: None means that a layer further away decides.

    An empty tuple of faults means explicitly none. A layer with a text or an error, but no outcome, gets
    the outcome that the text or the error implies.
    """

    finish: Finish | None = None
    outcome: Outcome | None = None
    text: str | None = None
    error: str | None = None
    progress: Progress | None = None
    credits: int | None = None
    faults: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        # Here and not when a whole plan is put together: the outcome belongs to the layer that gave the text,
        # so that a text in the header wins over `outcome=failed` of the tenant.
        if self.outcome is None and (self.text is None) != (self.error is None):
            object.__setattr__(self, "outcome", "failed" if self.text is None else "completed")


EMPTY: Final = PlanLayer()
_FIELDS: Final = tuple(item.name for item in fields(PlanLayer))


@dataclass(frozen=True, slots=True)
class Resolved:
    """A whole plan, and where it comes from.

    Attributes:
        plan: The plan.
        source: The name of the layer that gave each field (`"default"` for none), as pairs.
    """

    plan: Plan
    source: tuple[tuple[str, str], ...]


# Cached, as below: most submissions come with the same few layers, which are hashable values.
@lru_cache(maxsize=512)
def merge(*layers: PlanLayer) -> PlanLayer:
    """Return one layer in which each field comes from the nearest layer that gives it, nearest first."""
    return PlanLayer(**{name: _nearest(layers, name)[1] for name in _FIELDS})


@lru_cache(maxsize=512)
def resolve(layers: tuple[tuple[str, PlanLayer], ...]) -> Resolved:
    """Return the whole plan of named layers, nearest first; the rest comes from `DEFAULT_PLAN`.

    The same layers give the same object, so that jobs share plans.
    """
    names = [name for name, _ in layers]
    values: dict[str, Any] = {}
    source = []
    for name in _FIELDS:
        at, value = _nearest([layer for _, layer in layers], name)
        values[name] = getattr(DEFAULT_PLAN, name) if at is None else value
        source.append((name, "default" if at is None else names[at]))
    return Resolved(Plan(**values), tuple(source))


def layer_of(plan: Plan) -> PlanLayer:
    """Return a whole plan as a layer, e.g. to write it with `format_plan`."""
    return PlanLayer(**{name: getattr(plan, name) for name in _FIELDS})


def _nearest(layers: tuple[PlanLayer, ...] | list[PlanLayer], name: str) -> tuple[int | None, Any]:
    for at, layer in enumerate(layers):
        value = getattr(layer, name)
        if value is not None:
            return at, value
    return None, None
