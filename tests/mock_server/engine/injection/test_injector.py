"""Which fault strikes, when, and what is written down of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from miragic_mock import ControlError, PlanError

Opened = Callable[..., AbstractContextManager[Any]]
NOON = "2026-01-01T12:00:00Z"


def codes(caller: Any, times: int) -> list[int]:
    return [caller.submit().status_code for _ in range(times)]


def test_a_list_of_faults_is_a_sequence(intercepted: Opened) -> None:
    """The first fault that hits takes the request, and those after it do not count it."""
    with intercepted(faults=["503(first=2)", "429(first=1)"]) as caller:
        assert codes(caller, 5) == [503, 503, 429, 201, 201]


def test_every_nth_request_after_some(intercepted: Opened) -> None:
    """`skip` spares the first requests, `every` hits each n-th of the rest."""
    with intercepted(faults=["500(skip=1,every=2)"]) as caller:
        assert codes(caller, 7) == [201, 201, 500, 201, 500, 201, 500]


def test_a_time_window_is_on_the_tenants_clock(intercepted: Opened) -> None:
    """`within` counts from when the fault was set, on the clock of the tenant."""
    with intercepted(clock="frozen") as caller:
        caller.mock.faults("503(within=60s)")
        caller.mock.advance(59)
        assert codes(caller, 1) == [503]
        caller.mock.advance(1)
        assert codes(caller, 1) == [201]


@pytest.mark.parametrize("fault", ["503(within=60s)", "503(byte=100,within=60s)"])
def test_a_time_window_of_a_submission_begins_with_the_first(served: Opened, fault: str) -> None:
    """A plan's `within` lets a client that sends the same recording again through when the time is over."""
    with served(clock="frozen") as caller:
        plan, other = f"fault={fault}", b"another" * 1000
        assert caller.submit(plan).status_code == 503
        caller.mock.advance(59)
        assert [caller.submit(plan).status_code, caller.submit(plan, content=other).status_code] == [503, 503]
        caller.mock.advance(1)
        assert [caller.submit(plan).status_code for _ in range(2)] == [201, 201]


def test_a_time_window_of_a_job_begins_with_the_job(intercepted: Opened) -> None:
    """Polls are struck for so long after the job was made, whenever they begin."""
    with intercepted(clock="frozen") as caller:
        job_id = caller.submitted("fault=503(on=status,within=60s)")
        caller.mock.advance(59)
        assert caller.poll(job_id).status_code == 503
        caller.mock.advance(1)
        assert caller.poll(job_id).status_code == 200


def test_setting_a_fault_again_counts_anew(intercepted: Opened) -> None:
    """Hits are counted from when a fault was set, even where the clock stands still."""
    with intercepted(clock="frozen") as caller:
        for _ in range(3):
            caller.mock.faults("503(first=1)")
            assert codes(caller, 2) == [503, 201]


def test_chance_is_repeatable(intercepted: Opened) -> None:
    """The same seed strikes the same requests; about as many as were asked for."""
    runs = []
    for _ in range(2):
        with intercepted(seed=5, faults=["503(p=0.5)"]) as caller:
            runs.append(codes(caller, 40))
    assert runs[0] == runs[1]
    assert 10 <= runs[0].count(503) <= 30


def test_faults_of_a_plan_count_per_submission(intercepted: Opened) -> None:
    """Each file fails once, not only the first; and each job's polls are counted by themselves."""
    with intercepted(plan="done=never;fault=503(first=1)") as caller:
        for content in (b"one", b"two"):
            assert caller.submit(content=content).status_code == 503
            job_id = caller.submitted(content=content)
            assert [caller.poll(job_id).status_code for _ in range(3)] == [503, 200, 200]


def test_faults_of_a_tenant_count_its_requests(intercepted: Opened) -> None:
    """A tenant's fault is struck by any of its requests, and by nobody else's."""
    with intercepted() as caller:
        struck, other = (type(caller)(caller.mock.tenant(), caller.door) for _ in "ab")
        struck.mock.faults("503(on=status,first=1)")
        assert struck.poll(struck.submitted()).status_code == 503
        assert struck.poll(struck.submitted()).status_code == 200
        assert other.poll(other.submitted()).status_code == 200


def test_a_lost_answer_has_made_one_job(intercepted: Opened) -> None:
    """After a lost answer the books show one job, charged once, and the journal an answer never sent."""
    with intercepted(credits=10) as caller:
        with pytest.raises(OSError, match="without response"):
            caller.submit("fault=answer-lost;credits=3")
        books = caller.mock.ledger()
        assert (books["jobs_created"], books["charged"], books["balance"]) == (1, 3, 7)
        (exchange,) = caller.mock.journal()
        assert exchange["status"] is None
        assert exchange["job_id"] == books["entries"][0]["job"]


def test_what_is_refused_first_makes_no_job(intercepted: Opened) -> None:
    """A status instead of the work costs nothing, however often it strikes."""
    with intercepted(credits=2) as caller:
        assert [caller.submit("fault=500(first=3)").status_code for _ in range(4)] == [500, 500, 500, 201]
        assert caller.mock.ledger()["jobs_created"] == 1


def test_a_fault_waits_for_an_answer_it_can_strike(intercepted: Opened) -> None:
    """A status that goes back needs a finished job; what finds nothing to strike is not counted."""
    with intercepted(plan="done-after=3polls;fault=status-back(first=1)") as caller:
        job_id = caller.submitted()
        assert caller.statuses(job_id, 4) == ["PENDING", "PENDING", "PENDING", "COMPLETED"]


def test_an_unmet_fault_is_told(intercepted: Opened) -> None:
    """`verify` names the faults that did not strike as often as planned."""
    with intercepted(faults=["missing-field(name=nonsense)", "503(on=status,first=2)"]) as caller:
        caller.poll(caller.submitted())
        verdict = caller.mock.verify()
        assert verdict["unmet_faults"] == ["missing-field(name=nonsense)", "503(on=status,first=2)"]
        assert verdict["good"] is False


def test_retry_after_dates_are_on_the_tenants_clock(intercepted: Opened) -> None:
    """The date of a Retry-After is as far from the tenant's now as was asked."""
    with intercepted(clock=NOON) as caller:
        answer = caller.submit("fault=503(retry-after=90s,retry-as=date)")
        assert answer.headers["Retry-After"] == "Thu, 01 Jan 2026 12:01:30 GMT"
        assert caller.mock.journal()[0]["retry_after_s"] == 90


def test_an_upload_is_stalled_on_the_mocks_clock(intercepted: Opened) -> None:
    """Without a socket nobody waits: what a fault would wait, the clock goes forward."""
    with intercepted(clock=NOON) as caller:
        caller.submitted("fault=delay(by=30s,byte=100)", timeout=60)
        caller.submitted("fault=delay(by=30s)", timeout=60)
        assert caller.mock.clock()["now"] == "2026-01-01T12:01:00.000Z"


def test_an_upload_too_short_is_not_struck(intercepted: Opened) -> None:
    """A fault at a byte that never comes does not strike, and does not count the request."""
    with intercepted(faults=["reset(when=upload,byte=100000,first=1)"]) as caller:
        assert codes(caller, 1) == [201]
        with pytest.raises(OSError, match="reset"):
            caller.submit(content=b"x" * 200_000)
        assert caller.submit(content=b"x" * 200_000).status_code == 201


@pytest.mark.parametrize("name", ["a[fault=reset].mp3", "a[fault=reset(when=upload,byte=9)].mp3"])
def test_a_tag_comes_too_late_for_an_upload(intercepted: Opened, name: str) -> None:
    """What must strike before the file's name is known cannot be planned by the file's name."""
    with intercepted() as caller:
        answer = caller.submit(name=name)
        assert answer.status_code == 400
        assert "plan it by header, API key or tenant" in answer.json()["error"]["message"]
        assert caller.mock.ledger()["jobs_created"] == 0


def test_a_tag_in_a_file_name_strikes_before_the_job_is_made(intercepted: Opened) -> None:
    """A tag can fail the submission that it came with, and its repetition goes through."""
    with intercepted() as caller:
        sent = [caller.submit(name="a[fault=503(on=create,first=1)].mp3").status_code for _ in range(2)]
        assert sent == [503, 201]
        assert caller.mock.ledger()["jobs_created"] == 1


def test_a_magic_key_brings_its_faults(intercepted: Opened) -> None:
    """An unmodified client is driven by its key alone."""
    with intercepted(api_key="mock-rate-limited-7") as caller:
        assert codes(caller, 3) == [429, 429, 201]


def test_a_job_gets_faults_later(intercepted: Opened) -> None:
    """Changing a job's plan strikes its polls from then on."""
    with intercepted(plan="done=never") as caller:
        job_id = caller.submitted()
        caller.mock.change_plan(job_id, "fault=502(first=1)")
        assert [caller.poll(job_id).status_code for _ in range(2)] == [502, 200]


def test_what_no_door_can_do_is_refused_at_once(served: Opened) -> None:
    """A fault that does not parse is refused where it is planned, pointing at the word."""
    with pytest.raises(PlanError, match="answer-list"), served(faults=["answer-list"]):
        pass
    with served() as caller, pytest.raises(ControlError, match="answer-lost"):
        caller.mock.faults("answer-list")


def test_a_refusal_is_delayed_like_an_answer(intercepted: Opened) -> None:
    """A delay holds for refusals of the mock's own, too."""
    with intercepted(clock=NOON, faults=["delay(by=5s)"]) as caller:
        assert caller.poll("no-such-job").status_code == 404
        assert caller.mock.clock()["now"] == "2026-01-01T12:00:05.000Z"
