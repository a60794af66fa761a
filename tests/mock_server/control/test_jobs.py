"""Jobs by the control API: looked at, explained, planned anew and ended, none of which is a poll."""

from __future__ import annotations

from typing import Any

import pytest


def test_a_manual_job_ends_on_command(api: Any) -> None:
    """A job planned to be done on command is PENDING until then, and shows the text that the command gave."""
    job_id = api.submitted("done=manual")
    api.time.pass_s(1e6)
    assert api.job(job_id)["status"] == "PENDING"
    api.control("POST", f"/jobs/{job_id}/finish", json={"text": "by hand"})
    assert api.job(job_id)["transcription"] == "by hand"
    api.control("POST", f"/jobs/{job_id}/finish", status=409)


def test_a_command_can_fail_a_job(api: Any) -> None:
    """A reason alone ends the job as FAILED, before its time."""
    job_id = api.submitted("done-after=1h")
    api.control("POST", f"/jobs/{job_id}/finish", json={"error": "unplugged"})
    assert (api.job(job_id)["status"], api.job(job_id)["errorMessage"]) == ("FAILED", "unplugged")


def test_a_jobs_plan_can_change_until_it_ends(api: Any) -> None:
    """The control API's plan for one job wins over all others, and is named as its source."""
    job_id = api.submitted("done=never;text=before")
    changed = api.control("PUT", f"/jobs/{job_id}/plan", json={"plan": "done-after=1s;text=after"})
    assert changed["plan"].startswith("done-after=1s;")
    api.time.pass_s(1)
    assert api.job(job_id)["transcription"] == "after"
    given_by = {
        part["part"]: part["given_by"] for part in api.control("GET", f"/jobs/{job_id}/explain")["plan"]
    }
    assert given_by["finish"] == given_by["text"] == "control API"
    assert given_by["credits"] == "default"
    api.control("PUT", f"/jobs/{job_id}/plan", status=409, json={"plan": "done=never"})


def test_a_charged_job_keeps_its_price(api: Any) -> None:
    """Credits are charged at submission, so a later plan that names others is refused."""
    job_id = api.submitted("done=manual")
    api.control("PUT", f"/jobs/{job_id}/plan", status=400, json={"plan": "credits=9"})


@pytest.mark.parametrize(
    ("plan", "coming", "sentence"),
    [
        ("done-after=30s", ("COMPLETED", "time", 30.0), "The job is COMPLETED at 2026-01-01T11:00:30.000Z"),
        ("done-after=3polls;outcome=failed", ("FAILED", "poll", 3), "The job is FAILED at the 3. poll"),
        ("done=manual", ("COMPLETED", "command", 0), "The job is COMPLETED on command"),
        ("done=never", None, "The job never ends"),
        ("done-after=0s", None, "The job has ended as COMPLETED"),
    ],
)
def test_a_job_explains_itself(api: Any, plan: str, coming: Any, sentence: str) -> None:
    """The explanation says what happens next and when, and who planned it."""
    explained = api.control("GET", f"/jobs/{api.submitted(plan)}/explain")
    found = explained["next"]
    assert (found and (found["status"], found["how"], found["left"])) == coming
    assert explained["sentence"].startswith(sentence)
    assert explained["plan"][0]["given_by"] == "header X-Mock-Plan"
    assert explained["plan"][0]["value"] == plan.partition(";")[0]


def test_looking_here_is_no_poll(api: Any) -> None:
    """Neither a list, nor a look, nor an explanation brings a job closer to its end."""
    job_id = api.submitted("done-after=1polls")
    api.control("GET", "/jobs")
    api.control("GET", f"/jobs/{job_id}/explain")
    assert api.control("GET", f"/jobs/{job_id}")["status"] == "PENDING"
    assert api.job(job_id)["status"] == "COMPLETED"


def test_the_newest_jobs_are_listed(api: Any) -> None:
    """A list holds the newest, oldest of them first: the tenant's own, or everybody's."""
    ids = []
    for n in range(3):
        ids.append(api.submitted(content=bytes([n])))
        api.time.pass_s(1)
    theirs = api.as_("another-key").submitted()
    assert [job["id"] for job in api.control("GET", "/jobs?limit=2")["jobs"]] == ids[1:]
    assert [job["id"] for job in api.control("GET", "/jobs", about=None)["jobs"]] == [*ids, theirs]
