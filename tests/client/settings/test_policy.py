"""The numbers that govern a call: sensible ones are taken, others are refused at once."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from miragic_stt import AsyncClient, Client, Polling, RequestTimeouts, Retries, UsageError


@pytest.mark.parametrize(
    "make",
    [
        lambda: Polling(first_s=0),
        lambda: Polling(cap_s=-1),
        lambda: Polling(first_s=math.inf),
        lambda: Polling(factor=0.5),
        lambda: Polling(jitter=1),
        lambda: Polling(jitter=-0.1),
        lambda: Polling(missing_grace_s=-1),
        lambda: Retries(attempts=0),
        lambda: Retries(first_s=math.nan),
        lambda: Retries(cap_s=0),
        lambda: Retries(jitter=1.5),
        lambda: Retries(retry_after_ceiling_s=-1),
        lambda: RequestTimeouts(connect_s=0),
        lambda: RequestTimeouts(upload_s=-3),
        lambda: RequestTimeouts(read_s=math.nan),
        lambda: Client("key", timeout_s=0),
        lambda: Client("key", timeout_s=math.nan),
        lambda: Client("key").get("job-1", timeout_s=-1),
    ],
)
def test_numbers_that_make_no_sense_are_refused(make):
    """A policy that could hang or spin is an error where it is written, not where it is used."""
    with pytest.raises(UsageError, match="must be"):
        make()


KNOBS = [
    (Polling, "first_s"), (Polling, "factor"), (Polling, "cap_s"), (Polling, "jitter"),
    (Polling, "missing_grace_s"), (Retries, "attempts"), (Retries, "first_s"), (Retries, "cap_s"),
    (Retries, "jitter"), (Retries, "retry_after_ceiling_s"), (RequestTimeouts, "connect_s"),
    (RequestTimeouts, "upload_s"), (RequestTimeouts, "read_s"), (Client, "timeout_s"),
    (AsyncClient, "timeout_s"),
]  # fmt: skip


@pytest.mark.parametrize("value", ["x", "60", True, [1], -1, math.nan, 1j])
@pytest.mark.parametrize(("owner", "name"), KNOBS)
def test_what_is_no_number_is_refused_by_name(owner, name, value):
    """The error is not a TypeError from somewhere inside."""
    key = {"api_key": "key"} if owner in (Client, AsyncClient) else {}
    with pytest.raises(UsageError, match=rf"{name} must be .*, not ") as caught:
        owner(**key, **{name: value})
    assert repr(value) in str(caught.value)


def test_every_number_is_tried():
    """A number that is added to a policy is added here, or this fails."""
    fields = {
        (owner, each.name)
        for owner in (Polling, Retries, RequestTimeouts)
        for each in dataclasses.fields(owner)
    }
    assert fields | {(Client, "timeout_s"), (AsyncClient, "timeout_s")} == set(KNOBS)


def test_more_time_than_sockets_can_count_is_refused():
    """It would overflow somewhere inside, at the first request."""
    with pytest.raises(UsageError, match=r"RequestTimeouts\.read_s must be seconds above 0, a year at most"):
        RequestTimeouts(read_s=1e12)


@pytest.mark.parametrize("concurrency", [0, -1, "4", 2.5, math.nan])
def test_a_concurrency_that_makes_no_sense_is_refused(stage, concurrency):
    """Nothing is sent."""
    with pytest.raises(UsageError, match="concurrency must be a whole number of 1 or more"):
        stage.client().transcribe_many([b""], concurrency=concurrency)


@pytest.mark.parametrize("call", ["get", "wait"])
def test_a_job_id_that_is_no_text_is_refused(stage, call):
    """The message shows what was passed."""
    with pytest.raises(UsageError, match="a job id is a text, not 5"):
        getattr(stage.client(), call)(5)


@given(
    st.floats(0.01, 100), st.floats(1, 10), st.floats(0.01, 1000), st.floats(0, 0.99),
    st.integers(1, 10**9), st.floats(0, 1, exclude_max=True),
)  # fmt: skip
def test_a_pause_stays_between_first_and_cap(first_s, factor, cap_s, jitter, looks, chance):
    """After any number of looks the pause is finite, above 0, and within the jitter of its bounds."""
    pause = Polling(first_s=first_s, factor=factor, cap_s=cap_s, jitter=jitter).pause_s(looks, chance)
    slack = 1 + 1e-9
    assert min(first_s, cap_s) * (1 - jitter) / slack <= pause <= cap_s * (1 + jitter) * slack


def test_pauses_before_repetitions_double_up_to_their_cap():
    """Half a second, one, two, four, eight, eight."""
    retries = Retries(jitter=0)
    assert [retries.pause_s(failures, 0.5) for failures in range(1, 7)] == [0.5, 1, 2, 4, 8, 8]


def test_policies_are_values():
    """Two with the same numbers are the same, and none changes under a client."""
    assert Polling() == Polling()
    with pytest.raises(AttributeError):
        Polling().first_s = 3
