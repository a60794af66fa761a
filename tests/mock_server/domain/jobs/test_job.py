"""A job's due time follows from its plan."""

from __future__ import annotations

from dataclasses import replace

from miragic_mock.domain.jobs.job import Job, Upload
from miragic_mock.domain.jobs.plan import Finish, Plan


def test_a_new_plan_has_a_new_due_time() -> None:
    """`due_at` follows from the plan and cannot disagree with it."""
    job = Job("id", "t", 1000.0, Upload("a.mp3", "mp3", 1, "aa"), "q", "u", Plan(finish=Finish("time", 4)))
    assert job.due_at == 1004.0
    assert replace(job, plan=Plan(finish=Finish("manual"))).due_at is None
