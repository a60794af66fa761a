"""The clock: virtual time as a straight line, changed without a jump."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from miragic_mock.domain.clock import LATEST, REAL, Clock

moments = st.integers(0, 2_000_000_000).map(float)
clocks = st.builds(Clock, moments, moments, st.sampled_from([0.0, 0.5, 1.0, 60.0])) | st.just(REAL)


def test_the_real_clock_shows_the_very_time_it_is_given() -> None:
    """No rounding, not even a new number."""
    real = 1762344258.785
    assert REAL.now(real) is real


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        pytest.param(REAL.frozen(100.0), 100.0, id="frozen"),
        pytest.param(REAL.advanced(30), 230.0, id="advanced"),
        pytest.param(REAL.scaled(100.0, 60), 6100.0, id="scaled"),
        pytest.param(REAL.frozen(100.0).advanced(5), 105.0, id="frozen and advanced"),
        pytest.param(REAL.scaled(100.0, 2).advanced(5).frozen(150.0), 205.0, id="all of it"),
        pytest.param(REAL.frozen(100.0).scaled(150.0, 1), 150.0, id="resumed"),
        pytest.param(REAL.set(200.0, 50.0), 50.0, id="set back"),
        pytest.param(REAL.frozen(0.0).set(100.0, 50.0), 50.0, id="set while frozen"),
    ],
)
def test_what_a_clock_shows_at_200(clock: Clock, expected: float) -> None:
    """Each way to change a clock, and some of them together."""
    assert clock.now(200.0) == expected


@given(clocks, moments)
def test_a_change_of_pace_does_not_move_the_hands(clock: Clock, real: float) -> None:
    """At the moment of the change old and new clock agree; later the new one follows its own rate."""
    before = clock.now(real)
    assert clock.frozen(real).now(real) == before
    assert clock.frozen(real).now(real + 99) == before
    assert clock.scaled(real, 2.0).now(real) == before
    assert clock.scaled(real, 2.0).now(real + 8) == min(before + 16, LATEST)


@given(clocks, moments, st.integers(0, 10_000))
def test_an_advance_adds_exactly_its_seconds(clock: Clock, real: float, seconds: int) -> None:
    """Now and at every later moment."""
    assert clock.advanced(seconds).now(real) == min(clock.now(real) + seconds, LATEST)


@given(clocks, moments, st.lists(st.integers(0, 1000), min_size=2, max_size=6))
def test_time_never_runs_backwards(clock: Clock, real: float, steps: list[int]) -> None:
    """A later moment is never shown as an earlier one."""
    shown = [clock.now(real := real + step) for step in steps]
    assert shown == sorted(shown)


def test_a_clock_stands_still_at_the_end_of_its_calendar() -> None:
    """However far it is advanced, the last moment is one that can still be written as a date."""
    clock = REAL.advanced(LATEST).advanced(LATEST)
    assert clock.now(1e9) == LATEST


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), LATEST * 2])
def test_an_impossible_advance_is_refused(seconds: float) -> None:
    """Time is not turned back by advancing, nor past the end of the calendar."""
    with pytest.raises(ValueError, match="advance: expected 0 to"):
        REAL.advanced(seconds)


@pytest.mark.parametrize("rate", [-1, float("nan"), 2e6])
def test_an_impossible_rate_is_refused(rate: float) -> None:
    """A clock does not run backwards."""
    with pytest.raises(ValueError, match="rate: expected 0"):
        REAL.scaled(0.0, rate)


@pytest.mark.parametrize("virtual", [-1, float("nan"), LATEST + 1])
def test_an_impossible_time_is_refused(virtual: float) -> None:
    """A clock is set to a moment between 1970 and its last."""
    with pytest.raises(ValueError, match="time: expected 0"):
        REAL.set(0.0, virtual)


def test_the_limits_themselves_are_allowed() -> None:
    """Slowest and fastest pace, first and last moment, an advance of nothing and of everything."""
    assert [REAL.scaled(5.0, rate).now(6.0) for rate in (0, 1e6)] == [5.0, 5.0 + 1e6]
    assert [REAL.set(5.0, virtual).now(5.0) for virtual in (0, LATEST)] == [0, LATEST]
    assert [REAL.advanced(seconds).now(0.0) for seconds in (0, LATEST)] == [0, LATEST]
