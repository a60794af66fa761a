"""The same seed and the same requests give the same bytes, however they overtake one another."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from miragic_mock.domain.tenants import SERVER, Tenant
from miragic_mock.stores import Bounds, Store

KEYS = ("one", "two", "three")
PLANS = (
    "done-after=0s",
    "done-after=0s;outcome=failed",
    "done-after=1h",
    "done-after=3polls;text=hi",
    "fault=503(on=status,first=1,retry-after=2);fault=python-repr(on=status,p=0.5)",
    "",
)


def errand(api: Any, key: str, number: int) -> list[tuple[object, ...]]:
    """Submit and poll as one client, and return every status, header and byte of the answers."""
    client = api.as_(key)
    created = client.submit(PLANS[number % len(PLANS)], content=f"{key} {number}".encode())
    job_id = created.get_json()["data"]["jobId"]
    answers = [created, *(client.poll(job_id) for _ in range(3))]
    return [(answer.status, sorted(answer.headers), answer.data) for answer in answers]


@pytest.mark.parametrize("seed", range(3))
def test_any_interleaving_gives_the_same_bytes(make_api: Callable[..., Any], seed: int) -> None:
    """Under a clock that stands still, threads in any order get what one thread gets in order."""
    errands = [(key, number) for key in KEYS for number in range(10)]
    alone = make_api()
    in_order = {each: errand(alone, *each) for each in errands}
    shuffled = list(errands)
    random.Random(seed).shuffle(shuffled)
    crowded = make_api()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda each: errand(crowded, *each), shuffled))
    assert dict(zip(shuffled, answers, strict=True)) == in_order


def test_refusals_are_the_same_but_for_their_number(make_api: Callable[..., Any]) -> None:
    """The id of an answer about no job counts arrivals; nothing else of it depends on what came before."""

    def refusals(api: Any) -> list[tuple[object, ...]]:
        answers = [api.poll("none"), api.submit("done=maybe"), api.submit(content=b""), api.client.get("/x")]
        assert len({answer.headers["X-Request-Id"] for answer in answers}) == len(answers)
        headers_of_all = [
            [pair for pair in answer.headers if pair[0] != "X-Request-Id"] for answer in answers
        ]
        return [
            (answer.status, headers, answer.data)
            for answer, headers in zip(answers, headers_of_all, strict=True)
        ]

    quiet, busy = make_api(), make_api()
    for _ in range(3):
        busy.poll(busy.submitted())
    assert refusals(busy) == refusals(quiet)


def test_equal_uploads_are_told_apart_in_order(api: Any) -> None:
    """A tenant's second submission of the same file is another job, and the same one in every run."""
    assert len({api.submitted() for _ in range(5)}) == 5


def test_a_forgotten_count_replaces_no_job(
    make_api: Callable[..., Any], open_fresh: Callable[..., Store]
) -> None:
    """When the count of equal uploads made space for others, those that follow are still other jobs."""
    api = make_api(store=open_fresh(Bounds(counters=2)))
    ids = [api.submitted() for _ in range(2)]
    api.submitted(content=b"something else")
    ids += [api.submitted() for _ in range(2)]
    assert len(set(ids)) == 4
    assert {api.poll(job_id).status_code for job_id in ids} == {200}


def test_another_seed_gives_other_ids_and_texts(make_api: Callable[..., Any]) -> None:
    """The seed is what ids and made-up words follow from."""
    jobs = []
    for seed in (1, 1, 2):
        api = make_api(server=Tenant(SERVER, seed=seed))
        jobs.append(api.job(api.submitted("done-after=0s")))
    assert jobs[0] == jobs[1]
    for field in ("id", "userId", "transcription"):
        assert jobs[0][field] != jobs[2][field]
