"""Which requests a fault hits, and how many it plans to hit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from miragic_mock.domain.conditions import Fault
from miragic_mock.domain.faults import Hang
from miragic_mock.language.faults import parse_fault


@pytest.mark.parametrize(
    ("condition", "hit"),
    [
        ({}, [1, 2, 3, 4, 5, 6, 7]),
        ({"first": 3}, [1, 2, 3]),
        ({"every": 3}, [3, 6]),
        ({"skip": 2}, [3, 4, 5, 6, 7]),
        ({"skip": 2, "first": 1}, [3]),
        ({"skip": 1, "every": 2}, [3, 5, 7]),
        ({"every": 2, "first": 4}, [2, 4]),
        ({"skip": 1, "every": 2, "first": 3}, [3]),
    ],
)
def test_which_requests_are_hit(condition: dict[str, int], hit: list[int]) -> None:
    """The first few, every so many, after sparing some, and all of these at once."""
    fault = Fault(Hang(), **condition)  # type: ignore[arg-type]
    assert [n for n in range(1, 8) if fault.hits(n, elapsed_s=0, chance=0)] == hit


@pytest.mark.parametrize(
    ("elapsed_s", "chance", "expected"),
    [(0, 0, True), (9.99, 0.2499, True), (10, 0, False), (0, 0.25, False), (9.99, 0.99, False)],
)
def test_a_fault_for_a_time_and_by_chance(elapsed_s: float, chance: float, expected: bool) -> None:
    """The window excludes its end, and a probability excludes itself: p=0 never hits, p=1 always."""
    assert Fault(Hang(), within_s=10, p=0.25).hits(1, elapsed_s=elapsed_s, chance=chance) is expected
    assert not Fault(Hang(), p=0).hits(1, elapsed_s=0, chance=0)
    assert Fault(Hang(), p=1).hits(1, elapsed_s=0, chance=1 - 2**-53)


@pytest.mark.parametrize(
    ("on", "concerned"), [("any", "create status"), ("create", "create"), ("status", "status")]
)
def test_a_fault_concerns_its_operation(on: str, concerned: str) -> None:
    """Requests of other operations do not count."""
    fault = Fault(Hang(), on=on)  # type: ignore[arg-type]
    assert [name for name in ("create", "status") if fault.concerns(name)] == concerned.split()


@given(first=st.integers(1, 12), every=st.integers(1, 5), skip=st.integers(0, 5))
def test_the_planned_number_of_hits_is_the_real_one(first: int, every: int, skip: int) -> None:
    """Counting the hits of a fault that plans a number gives that number."""
    fault = Fault(Hang(), first=first, every=every, skip=skip)
    hits = sum(fault.hits(n, elapsed_s=0, chance=0) for n in range(1, 30))
    assert fault.expected_hits() == hits


@pytest.mark.parametrize("text", ["hang", "hang(first=3,p=0.5)", "hang(first=3,within=1s)", "hang(every=2)"])
def test_chance_time_or_no_end_plan_no_number(text: str) -> None:
    """It cannot be known beforehand how often these faults will hit."""
    assert parse_fault(text).expected_hits() is None
