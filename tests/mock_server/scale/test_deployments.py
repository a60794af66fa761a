"""However many processes answer, clients see one mock: the same tests for each way it is deployed."""

from __future__ import annotations

import hashlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from miragic_mock import ControlError


def test_as_many_processes_answer_as_were_asked_for(deployment: Any) -> None:
    """Control calls are numbered by each process for itself, so equal numbers come from different ones."""
    health = f"{deployment.url}/_mock/health"
    ids = Counter(requests.get(health, timeout=30).headers["X-Request-Id"] for _ in range(60))
    assert max(ids.values()) <= deployment.processes
    assert (max(ids.values()) > 1) == (deployment.processes > 1)


def test_a_job_made_by_one_is_polled_at_any(deployment: Any) -> None:
    """Polls count together, whoever answers them: the seventh ends the job, and it stays ended."""
    client = deployment.tenant()
    job_id = client.submitted("done-after=7polls;text=good morning")
    shown = [client.job(job_id) for _ in range(10)]
    assert [job["status"] for job in shown] == ["PENDING"] * 6 + ["COMPLETED"] * 4
    assert [job["transcription"] for job in shown] == [None] * 6 + ["good morning"] * 4
    assert shown[6:] == [shown[6]] * 4


def test_polls_at_once_are_all_counted(deployment: Any) -> None:
    """Of forty polls made together as many show the job pending as were planned to; its end is one moment."""
    client = deployment.tenant()
    job_id = client.submitted("done-after=21polls")
    shown = client.at_once(40, lambda: client.job(job_id)["status"])
    assert Counter(shown) == {"PENDING": 20, "COMPLETED": 20}
    assert len({job["updatedAt"] for job in client.at_once(8, lambda: client.job(job_id))}) == 1


def test_equal_submissions_at_once_are_different_jobs(deployment: Any) -> None:
    """Each has an id of its own, and all are there."""
    client = deployment.tenant()
    ids = client.at_once(24, client.submitted)
    assert len(set(ids)) == 24
    assert {job["id"] for job in client.mock.jobs()} == set(ids)
    assert client.mock.ledger()["jobs_created"] == 24


def test_time_is_one(deployment: Any) -> None:
    """A clock that stands still, or was moved, does so for all at once."""
    client = deployment.tenant(clock="frozen")
    job_id = client.submitted("done-after=1h")
    for seconds, expected in (
        (0, ("PENDING", 0)),
        (900, ("PENDING", 25)),
        (2700, ("COMPLETED", 100)),
    ):
        client.mock.advance(seconds)
        shown = client.at_once(12, lambda: client.job(job_id))
        assert {(job["status"], job["progress"]) for job in shown} == {expected}


def test_the_jobs_that_time_ends_are_told_once(deployment: Any) -> None:
    """Those who move a clock together each learn of the jobs their own move ended; no move is lost."""
    client = deployment.tenant(clock="frozen")
    jobs = [client.submitted(f"done-after={n + 1}s", content=b"%d" % n) for n in range(6)]
    answers = client.at_once(6, lambda: client.mock.advance(1))
    assert sorted(change["job"] for changes in answers for change in changes) == sorted(jobs)


def test_a_fault_strikes_as_often_as_planned(deployment: Any) -> None:
    """The first five requests that meet it are struck, whoever answers them, and no other."""
    client = deployment.tenant()
    job_id = client.submitted()
    client.mock.faults("503(first=5,on=status)")
    statuses = client.at_once(24, lambda: client.poll(job_id).status_code)
    assert Counter(statuses) == {503: 5, 200: 19}
    assert client.mock.verify()["unmet_faults"] == []


def test_a_rate_is_the_keys_own(deployment: Any) -> None:
    """A limit holds for all processes together."""
    client = deployment.tenant(clock="frozen", rate_limit="9/min")
    job_id = client.submitted()
    statuses = client.at_once(16, lambda: client.poll(job_id).status_code)
    assert Counter(statuses) == {200: 8, 429: 8}


def test_the_journal_misses_nothing(deployment: Any) -> None:
    """Every exchange has a number of its own, which its answer names, and none is missing."""
    client = deployment.tenant()
    job_id = client.submitted()
    answers = client.at_once(32, lambda: client.poll(job_id))
    assert sorted(exchange["number"] for exchange in client.mock.journal()) == list(range(1, 34))
    named = {answer.headers["X-Request-Id"] for answer in answers}
    assert named == {f"{job_id}-{poll}" for poll in range(1, 33)}
    assert named | {f"{job_id}-0"} == {exchange["request_id"] for exchange in client.mock.journal()}


def test_nobody_spends_more_than_was_granted(deployment: Any) -> None:
    """Of twelve submissions made together those that are paid for make jobs; the rest are refused."""
    client = deployment.tenant(credits=10)
    statuses = client.at_once(12, lambda: client.submit("done=never;credits=2").status_code)
    assert Counter(statuses) == {201: 5, 402: 7}
    books = client.mock.ledger()
    assert (books["granted"], books["charged"], books["jobs_created"]) == (10, 10, 5)


def test_a_rate_limit_is_one(deployment: Any) -> None:
    """Of twelve requests made together as many are let in as the limit says, and the books count them all."""
    client = deployment.tenant(rate_limit="5/min", clock="frozen")
    statuses = client.at_once(12, lambda: client.submit("done=never").status_code)
    assert Counter(statuses) == {201: 5, 429: 7}
    books = client.mock.ledger()
    assert (books.rate_limit.used, books.rate_limit.refused, books.rate_limited) == (5, 7, 7)


def test_an_upload_is_fetched_from_any(deployment: Any) -> None:
    """The link in a job leads to the bytes that were sent, at the address the client used."""
    client = deployment.tenant()
    content = hashlib.sha256(b"seed").digest() * 40_000
    url = client.job(client.submitted(content=content))["audioUrl"]
    assert url.startswith(deployment.url)
    for _ in range(3):
        assert requests.get(url, timeout=30).content == content


def test_a_waiting_call_hears_of_what_others_do(deployment: Any) -> None:
    """A call that waits for a job is answered when another process ends the job."""
    client = deployment.tenant()
    job_id = client.submitted("done=manual")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.mock.wait, job_id, timeout_s=30)
        ended = requests.post(
            f"{deployment.url}/_mock/jobs/{job_id}/finish",
            json={"text": "so be it"},
            headers={"X-API-Key": client.mock.api_key},
            timeout=30,
        )
        assert ended.status_code == 200
        assert waiting.result()["status"] == "COMPLETED"


def test_a_tenant_ends_everywhere(deployment: Any) -> None:
    """What was reset or ended is so for all; other tenants do not notice."""
    client, other = deployment.tenant(), deployment.tenant()
    job_id, kept = client.submitted(), other.submitted()
    client.mock.reset()
    assert {answer.status_code for answer in client.at_once(8, lambda: client.poll(job_id))} == {404}
    client.mock.end()
    with pytest.raises(ControlError):
        client.mock.clock()
    assert {answer.status_code for answer in other.at_once(8, lambda: other.poll(kept))} == {200}
