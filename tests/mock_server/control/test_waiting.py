"""Waiting for a job by the control API, bounded in time and in number."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from miragic_mock.control.api import Control
from miragic_mock.control.waiting import MOST_WAITING, Waiting
from miragic_mock.domain.jobs.lifecycle import TRANSITIONS
from miragic_mock.exchange.messages import Request


def test_a_wait_ends_when_the_job_does(api: Any) -> None:
    """A wait answers with the job as soon as it has the status."""
    waits = Control(api.engine, waiting=Waiting(sleep=api.time.pass_s, monotonic=api.time))
    job_id = api.submitted("done-after=3s;outcome=failed")
    assert _wait(waits, f"job={job_id}&until=FAILED&timeout=10") == (200, "FAILED")
    assert 3 <= api.time.now - 1_767_265_200 < 3.1


def test_a_wait_is_bounded(api: Any) -> None:
    """A wait is refused when its time is over, and says how far the job is."""
    waits = Control(api.engine, waiting=Waiting(sleep=api.time.pass_s, monotonic=api.time))
    job_id = api.submitted("done=never")
    status, message = _wait(waits, f"job={job_id}&timeout=5")
    assert (status, message) == (408, "The job was not terminal in time: it is PENDING after 0 polls.")
    assert api.time.now - 1_767_265_200 == pytest.approx(5)


def test_a_wait_for_what_cannot_come_ends_at_once(api: Any) -> None:
    """A job that ended otherwise, or a status that there is not, is said at once instead of waited for."""
    waits = Control(api.engine, waiting=Waiting(sleep=api.time.pass_s, monotonic=api.time))
    job_id, began = api.submitted("done-after=0s;outcome=failed"), api.time.now
    assert _wait(waits, f"job={job_id}&until=COMPLETED") == (
        409,
        "The job has ended as FAILED; it will not be COMPLETED any more.",
    )
    status, message = _wait(waits, f"job={job_id}&until=COMPLTED")
    assert (status, "'COMPLTED'" in message.replace('"', "'")) == (400, True)
    assert all(word in message for word in (*TRANSITIONS, "terminal", "polls>="))
    assert _wait(waits, f"job={job_id}&until=failed") == (200, "FAILED")
    assert api.time.now == began


def test_a_wait_can_be_for_polls(api: Any) -> None:
    """Polls of others end a wait for a number of them."""
    job_id = api.submitted("done=never")

    def another_polls(seconds: float) -> None:
        api.time.pass_s(seconds)
        api.poll(job_id)

    waits = Control(api.engine, waiting=Waiting(sleep=another_polls, monotonic=api.time))
    assert _wait(waits, f"job={job_id}&until=polls%3E%3D4") == (200, "PENDING")
    assert api.control("GET", f"/jobs/{job_id}")["polls"] == 4


def test_only_some_may_wait_at_once(api: Any) -> None:
    """When all seats are taken a further wait is refused at once, and a seat left is free again."""
    waiting = Waiting(sleep=api.time.pass_s, monotonic=api.time)
    waits = Control(api.engine, waiting=waiting)
    job_id = api.submitted("done=never")
    for _ in range(MOST_WAITING):
        waiting.seats.acquire()
    assert _wait(waits, f"job={job_id}")[0] == 503
    waiting.seats.release()
    assert _wait(waits, f"job={job_id}&timeout=0")[0] == 408
    assert _wait(waits, f"job={job_id}&timeout=0")[0] == 408


def _wait(waits: Control, query: str) -> tuple[int, str]:
    answer = waits.handle(Request("GET", "/_mock/wait", {}, io.BytesIO(), query=query))
    document = json.loads(answer.body)
    return answer.status, document["status"] if answer.status == 200 else document["error"]["message"]
