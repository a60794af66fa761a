"""What is planned for a job, as a value: a whole plan, and partial ones in layers.

Rule: a plan is layered from partial ones, nearest first, field by field, and remembers who gave
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
    (`miragic_mock.domain.faults`), carried here unread.
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
class PlanLayer:
    """A partial plan: None means that a layer further away decides.

    `faults` are canonical fault texts; an empty tuple means explicitly none.
    """

    finish: Finish | None = None
    outcome: Outcome | None = None
    text: str | None = None
    error: str | None = None
    progress: Progress | None = None
    credits: int | None = None
    faults: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.outcome is None and (self.text is None) != (self.error is None):
            object.__setattr__(self, "outcome", "failed" if self.text is None else "completed")


EMPTY: Final = PlanLayer()
_FIELDS: Final = tuple(item.name for item in fields(PlanLayer))


@dataclass(frozen=True, slots=True)
class Resolved:
    """A whole plan, and for each of its fields the name of the layer that gave it (`"default"` for none)."""

    plan: Plan
    source: tuple[tuple[str, str], ...]


@lru_cache(maxsize=512)
def merge(*layers: PlanLayer) -> PlanLayer:
    """One layer in which each field comes from the nearest layer that gives it, nearest first."""
    return PlanLayer(**{name: _nearest(layers, name)[1] for name in _FIELDS})


@lru_cache(maxsize=512)
def resolve(layers: tuple[tuple[str, PlanLayer], ...]) -> Resolved:
    """The whole plan of named layers, nearest first; what nobody gives comes from `DEFAULT_PLAN`.

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
    """A whole plan as a layer, e.g. to write it with `format_plan`."""
    return PlanLayer(**{name: getattr(plan, name) for name in _FIELDS})


def _nearest(layers: tuple[PlanLayer, ...] | list[PlanLayer], name: str) -> tuple[int | None, Any]:
    for at, layer in enumerate(layers):
        value = getattr(layer, name)
        if value is not None:
            return at, value
    return None, None
