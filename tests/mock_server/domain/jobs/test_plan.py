"""Plans in layers: the nearest layer that gives a field decides it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from miragic_mock.domain.jobs.plan import (
    DEFAULT_PLAN,
    Finish,
    Plan,
    PlanLayer,
    Progress,
    merge,
    resolve,
)
from miragic_mock.language.plans import parse_plan

# Each field is there or not, since that is all that merging looks at.
layers = st.builds(
    PlanLayer,
    finish=st.sampled_from([None, Finish("never"), Finish("polls", 3), Finish("audio", 0.5)]),
    outcome=st.sampled_from([None, "completed", "failed"]),
    text=st.sampled_from([None, "", "hello"]),
    error=st.sampled_from([None, "", "no sound"]),
    progress=st.sampled_from([None, Progress("steps"), Progress("stuck", 60)]),
    credits=st.sampled_from([None, 0, 7]),
    faults=st.sampled_from([None, (), ("hang",)]),
)


def test_the_nearest_layer_decides_field_by_field() -> None:
    """Each field comes from the nearest layer that gives it, and says so; the rest is the default."""
    resolved = resolve(
        (
            ("header", parse_plan("credits=7")),
            ("file name", parse_plan("done=never;credits=1")),
            ("tenant", parse_plan("done-after=1s;progress=steps;fault=hang")),
        )
    )
    assert resolved.plan == Plan(
        finish=Finish("never"), credits=7, progress=Progress("steps"), faults=("hang",)
    )
    assert dict(resolved.source) == {
        "finish": "file name",
        "outcome": "default",
        "text": "default",
        "error": "default",
        "progress": "tenant",
        "credits": "header",
        "faults": "tenant",
    }


def test_an_empty_value_is_a_value() -> None:
    """No faults, no credits and an empty text are decisions, not gaps."""
    near, far = parse_plan("fault=none;credits=0;text="), parse_plan("fault=hang;credits=3;text=x")
    plan = resolve((("a", near), ("b", far))).plan
    assert (plan.faults, plan.credits, plan.text) == ((), 0, "")


def test_no_layers_give_the_default() -> None:
    """Without any layer the plan is the default."""
    assert resolve(()).plan == DEFAULT_PLAN


@given(st.lists(layers, max_size=4))
def test_merging_first_changes_nothing(some: list[PlanLayer]) -> None:
    """Merged layers resolve to the plan that they resolve to one by one."""
    named = tuple((str(n), layer) for n, layer in enumerate(some))
    assert resolve((("all", merge(*some)),)).plan == resolve(named).plan


def test_the_same_layers_share_one_plan() -> None:
    """Equal layers resolve to the same object, which is what makes a million jobs small."""
    first, second = (resolve((("header", parse_plan("credits=9")),)) for _ in range(2))
    assert first is second
