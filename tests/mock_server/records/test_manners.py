"""Manners: each rule's breach with the exchanges that show it, and the behaviour that is just right."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from miragic_mock.records.journal import Exchange, Journal
from miragic_mock.records.manners import DEFAULT_MANNERS, RULES, Finding, Manners, judge, verify

POLITE = (0.0, 1.0, 3.0, 7.0, 15.0)


def numbered(*exchanges: Exchange) -> tuple[Exchange, ...]:
    return tuple(exchange._replace(number=number) for number, exchange in enumerate(exchanges, start=1))


def poll(at: float, shown: str | None = "PENDING", *, job: str = "j", **values: object) -> Exchange:
    exchange = Exchange("status", "GET", f"/jobs/{job}", 200, real_at=at, at=at, job_id=job, job_status=shown)
    return exchange._replace(**values)


def create(at: float, *, digest: str = "aa", job: str | None = "j", **values: object) -> Exchange:
    exchange = Exchange("create", "POST", "/generate", 200, real_at=at, at=at, sha256=digest, job_id=job)
    return exchange._replace(**values)


def findings(*exchanges: Exchange, manners: Manners = DEFAULT_MANNERS) -> list[tuple[str, tuple[int, ...]]]:
    return [(finding.rule, finding.exchanges) for finding in judge(numbered(*exchanges), manners)]


def polls(*times: float) -> list[Exchange]:
    return [poll(at) for at in times]


def test_a_polite_client_is_not_blamed() -> None:
    """Submit once, poll ever more slowly, stop at the end."""
    strict = Manners(min_interval_s=1.0, deadline_s=60.0)
    assert findings(create(0), *polls(*POLITE), poll(31, "COMPLETED"), manners=strict) == []


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED"])
def test_no_poll_after_a_terminal_state(status: str) -> None:
    """Asking again for a finished job is pointless; each time is a finding."""
    again = findings(poll(0), poll(1, status), poll(3, status), poll(9, status))
    assert again == [("no-poll-after-terminal", (2, 3)), ("no-poll-after-terminal", (3, 4))]


@pytest.mark.parametrize(
    ("fault", "again_at", "blamed"),
    [
        ("truncate", 1, False),
        ("malformed-json", 1, False),
        ("answer-lost", 1, False),
        ("delay(by=10s)", 1, False),
        ("delay(by=10s)", 11, True),
        ("extra-field", 1, True),
    ],
)
def test_an_end_that_could_not_be_read_is_no_reason_to_stop(
    fault: str, again_at: float, blamed: bool
) -> None:
    """A client is right to ask again where the answer that told of the end was spoilt or is to come."""
    again = findings(poll(0, "COMPLETED", fault=fault), poll(again_at, "COMPLETED"))
    assert again == ([("no-poll-after-terminal", (1, 2))] if blamed else [])


@pytest.mark.parametrize("status", ["PROCESSING", None])
def test_an_unknown_status_is_no_reason_to_stop(status: str | None) -> None:
    """A client polls on after a status it does not know, and after an answer without one."""
    assert findings(poll(0, status), poll(1, "PENDING")) == []


def test_each_job_is_judged_by_itself() -> None:
    """Polls of several jobs may be mixed in the journal."""
    mixed = [poll(0, "COMPLETED", job="a"), poll(0.1, job="b"), poll(5, "COMPLETED", job="b")]
    assert findings(*mixed, manners=Manners(min_interval_s=1)) == []


@pytest.mark.parametrize(("gap", "blamed"), [(0.94, True), (0.95, False), (1.0, False)])
def test_the_shortest_interval(gap: float, blamed: bool) -> None:
    """Polls must not be closer than asked, with a little tolerance for clocks."""
    expected = [("min-interval", (1, 2))] if blamed else []
    assert findings(poll(0), poll(gap), manners=Manners(min_interval_s=1.0)) == expected


@pytest.mark.parametrize(
    ("times", "blamed"),
    [
        pytest.param(POLITE, False, id="doubling"),
        pytest.param((0, 2, 4, 6), False, id="too few to tell"),
        pytest.param((0, 2, 4, 6, 8), True, id="a fixed interval"),
        pytest.param((0, 4, 7, 9, 10), True, id="ever faster"),
        pytest.param((0, 1.2, 2.0, 4.5, 6.0, 11.0, 15.0), False, id="rising with jitter"),
    ],
)
def test_intervals_back_off(times: Sequence[float], blamed: bool) -> None:
    """On average later waits are longer than earlier ones; the finding names every poll of the job."""
    expected = [("backs-off", tuple(range(1, len(times) + 1)))] if blamed else []
    assert findings(*polls(*times)) == expected


@pytest.mark.parametrize(("first", "blamed"), [(1, True), (2, False), (90, False)])
def test_whose_first_polls_are_gone_is_not_blamed_for_a_steady_pace(first: int, blamed: bool) -> None:
    """A poller that backs off up to a limit keeps that pace: only from its beginning can one tell."""
    steady = [
        exchange._replace(poll=first + place) for place, exchange in enumerate(polls(0, 15, 30, 45, 60, 75))
    ]
    assert bool(findings(*steady)) == blamed


@pytest.mark.parametrize(("back_at", "blamed"), [(11.9, True), (11.96, False), (12.0, False)])
def test_retry_after_is_honoured(back_at: float, blamed: bool) -> None:
    """Coming back before the time asked for is a finding."""
    limited = poll(10, None, status=429, retry_after_s=2.0)
    assert findings(limited, poll(back_at)) == ([("retry-after", (1, 2))] if blamed else [])


def test_retry_after_concerns_the_same_errand() -> None:
    """Another job, another file and another kind of request need not wait; giving up is no breach."""
    limited = create(10, job=None, status=429, retry_after_s=5.0)
    assert findings(limited, poll(10.1), create(10.2, digest="bb")) == []
    assert findings(limited) == []
    assert findings(limited, create(11)) == [("retry-after", (1, 2))]
    polled = poll(10, None, status=429, retry_after_s=5.0)
    assert findings(polled, poll(10.1, job="k")) == []
    assert findings(polled, poll(10.1, method="HEAD")) == []


@pytest.mark.parametrize(
    "answer",
    [
        {"status": None},
        {"status": 500},
        {"status": 502},
        {"status": 200, "fault": "truncate(first=1)"},
        {"status": 200, "fault": "malformed-json"},
    ],
)
def test_no_second_upload_after_an_unknown_answer(answer: dict[str, object]) -> None:
    """When a job was made and its sender could not read so, sending the file again pays twice."""
    assert findings(create(0, **answer), create(1, job="k")) == [("no-second-upload", (1, 2))]


@pytest.mark.parametrize("fault", ["delay(by=2s)", "uniform(low=2s,high=9s)"])
@pytest.mark.parametrize(("after_s", "blamed"), [(1.0, True), (1.9, True), (1.95, False), (2.0, False)])
def test_no_second_upload_while_the_answer_is_on_its_way(fault: str, after_s: float, blamed: bool) -> None:
    """A client that gave up waiting for a late answer does not know what came of it, and pays twice."""
    expected = [("no-second-upload", (1, 2))] if blamed else []
    assert findings(create(0, fault=fault), create(after_s, job="k")) == expected
    # In a mock whose clock stands still the delay passes in real time, without a socket on its clock alone.
    assert findings(create(0, fault=fault), create(0, job="k", real_at=after_s)) == expected


def test_who_polls_the_job_has_read_the_answer() -> None:
    """After a poll of the first job the same file is another intent, whatever the clocks say."""
    assert findings(create(0, fault="delay(by=2s)"), poll(0), create(0, job="k")) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param({}, {}, id="a readable answer: a second job was wanted"),
        pytest.param({"fault": "delay(by=1s)"}, {}, id="a late answer"),
        pytest.param({"status": 503, "job": None}, {}, id="refused before a job was made"),
        pytest.param({"status": None, "job": None}, {}, id="lost before a job was made"),
        pytest.param({"status": None}, {"digest": "bb"}, id="another file"),
        pytest.param({"status": None}, {"question": "another"}, id="another question"),
        pytest.param({"status": None}, {"digest": None}, id="no file at all"),
        pytest.param({"status": None, "digest": None}, {"digest": None}, id="never a file"),
        pytest.param({"status": None, "operation": "status"}, {}, id="no upload at first"),
        pytest.param({"status": 499}, {}, id="a refusal that can be read"),
    ],
)
def test_other_uploads_are_new_intents(first: dict[str, object], second: dict[str, object]) -> None:
    """Only the same file with the same question after an unreadable answer is a repetition."""
    assert findings(create(0, **first), create(1, **second)) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(("last", "blamed"), [(10.0, False), (10.05, False), (10.2, True)])
def test_giving_up_by_the_deadline(last: float, blamed: bool) -> None:
    """The time runs from the first poll of each job."""
    manners = Manners(deadline_s=10.0)
    expected = [("deadline", (3,))] if blamed else []
    assert findings(poll(100), poll(101), poll(100 + last), manners=manners) == expected


def test_without_a_deadline_one_may_poll_for_ever() -> None:
    """Unless a deadline is asked about, there is none."""
    assert findings(poll(0), poll(1e6)) == []


def test_every_finding_has_the_id_of_its_rule() -> None:
    """Rules are known by the names their findings carry."""
    manners = Manners(min_interval_s=2.0, deadline_s=5.0)
    rude = [create(0, status=None), create(0.5, job="k"), poll(1, None, retry_after_s=5.0)]
    rude += [poll(at, "COMPLETED") for at in (5.5, 6, 7, 8, 9)]
    found = judge(numbered(*rude), manners)
    assert {finding.rule for finding in found} == set(RULES)
    assert all(isinstance(finding, Finding) and finding.sentence and finding.exchanges for finding in found)


# verify --------------------------------------------------------------------------------------------------


def test_a_clean_journal_is_verified() -> None:
    """All planned faults met, nothing dropped, good manners."""
    exchanges = numbered(create(0, job=None, status=503, fault="503(first=1)"), create(1))
    assert verify(Journal(exchanges, 0), faults=["503(first=1)"]).is_good


@pytest.mark.parametrize(
    ("fault", "struck", "is_met"),
    [
        ("503(first=2)", 1, False),
        ("503(first=2)", 2, True),
        ("503(first=4,every=2)", 2, True),
        ("503(p=0.5)", 0, False),
        ("503(p=0.5)", 1, True),
        ("503", 1, True),
    ],
)
def test_a_planned_fault_must_be_met(fault: str, struck: int, is_met: bool) -> None:
    """As often as it names, or once where it names no number."""
    exchanges = numbered(*(poll(at, None, fault=fault, job=str(at)) for at in range(struck)))
    verdict = verify(Journal(exchanges, 0), faults=[fault, fault])
    assert verdict.unmet_faults == (() if is_met else (fault,))
    assert verdict.is_good is is_met


def test_a_journal_with_losses_proves_nothing() -> None:
    """What was dropped might have been a breach."""
    verdict = verify(Journal((), 1))
    assert (verdict.dropped, verdict.is_good) == (1, False)


def test_bad_manners_are_in_the_verdict() -> None:
    """Findings make a verdict bad."""
    verdict = verify(Journal(numbered(poll(0, "COMPLETED"), poll(1, "COMPLETED")), 0))
    assert [finding.rule for finding in verdict.findings] == ["no-poll-after-terminal"]
    assert not verdict.is_good


@pytest.mark.parametrize(
    ("exchanges", "sentence"),
    [
        (
            [poll(0, "FAILED"), poll(1, "FAILED")],
            "job j was polled again after it had shown FAILED",
        ),
        (
            [poll(10, None, status=429, retry_after_s=2.0), poll(11.5)],
            "GET /jobs/j was asked to wait 2 s and came back after 1.500 s",
        ),
        (
            [poll(10), poll(11), poll(16)],
            "job j was still polled 6.000 s after the first poll",
        ),
        (
            [poll(10), poll(10.25)],
            "job j was polled 0.250 s after the poll before, sooner than 1 s",
        ),
        (
            polls(0, 2, 4, 5, 6),
            "job j was polled 5 times without backing off: "
            "2.000 s between early polls, 1.000 s between late ones",
        ),
    ],
)
def test_a_finding_is_a_sentence_with_figures(exchanges: list[Exchange], sentence: str) -> None:
    """What happened, of which job, and how far from what was asked."""
    found = judge(numbered(*exchanges), Manners(min_interval_s=1.0, deadline_s=5.9))
    assert sentence in [finding.sentence for finding in found]
