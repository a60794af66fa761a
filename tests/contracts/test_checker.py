"""What a run asks, at what pace, and what it may spend: on a server in this process and on virtual time."""

from __future__ import annotations

import itertools
import threading
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from miragic_contracts.checker import PROFILES, Report, Stop, Terms, Verdict, prepare
from miragic_contracts.checker.conversation import retry_after_s
from miragic_contracts.checker.material import LARGE_BYTES, large_speech, speech
from miragic_contracts.checker.schedule import first_wait_s, looks_within, waits
from miragic_contracts.checker.verdict import decide, exit_status
from miragic_contracts.reports import as_annotations
from miragic_contracts.rules import RULES
from miragic_contracts.spec import Spec, form_names
from miragic_contracts.trace import Answer, Exchange, Intent, Key

from tests.broken_servers import operators as op
from tests.broken_servers.trial import KEY, SECOND_KEY, check_server
from tests.broken_servers.wire import refusal

BUSY = refusal(429, "TOO_MANY_REQUESTS", "Slow down.").with_header("Retry-After", "7")


@pytest.fixture(scope="module")
def sound() -> Report:
    """A live run against a sound server."""
    return check_server()


def test_a_sound_server_passes(sound: Report) -> None:
    """Nothing is found, every rule is tested, and four jobs were bought."""
    assert (sound.verdict, sound.exit_status, sound.findings) == (Verdict.PASS, 0, ())
    assert sound.not_tested == ()
    assert sound.spent is not None
    assert (sound.spent.jobs, sound.spent.credits) == (4, 8.0)


def test_free_probes_come_before_paid_jobs(sound: Report) -> None:
    """Everything that must be refused whoever asks is asked before the first job is bought."""
    intents = [exchange.intent for exchange in sound.trace.exchanges if exchange.key is Key.FIRST]
    first_job = intents.index(Intent.SUBMIT)
    assert {Intent.NO_FILE, Intent.NO_FORMAT, Intent.WRONG_FORMAT, Intent.UNKNOWN_JOB} <= set(
        intents[:first_job]
    )


def test_a_live_run_keeps_its_pace(sound: Report) -> None:
    """Between two requests of a live run there is a second."""
    sent = [exchange.sent_at_s for exchange in sound.trace.exchanges]
    assert all(later - earlier >= 1 for earlier, later in itertools.pairwise(sent))


def test_looks_wait_longer_each_time(sound: Report) -> None:
    """A job is looked at at once and then less and less often, as the page advises (D21)."""
    assert list(itertools.islice(waits(1.0), 7)) == [1.0, 1.5, 2.25, 3.375, 5.0625, 7.59375, 10.0]


def test_a_trace_holds_no_key(sound: Report) -> None:
    """What was sent and received is kept without the keys, which stand there as markers."""
    assert KEY not in repr(sound.trace)
    assert SECOND_KEY not in repr(sound.trace)
    headers = {
        value for e in sound.trace.exchanges for name, value in e.request.headers if name == "X-API-Key"
    }
    assert "$MIRAGIC_API_KEY" in headers


def test_the_same_seed_asks_the_same(sound: Report) -> None:
    """A seed decides every name, question and id; another seed asks otherwise."""

    def asked(report: Report) -> list[object]:
        return [(e.intent, e.key, e.request.form, e.request.path) for e in report.trace.exchanges]

    assert asked(check_server()) == asked(sound)
    assert asked(check_server(seed=2)) != asked(sound)


@pytest.mark.parametrize("profile", PROFILES)
def test_no_run_spends_more_than_it_said(spec: Spec, profile: str) -> None:
    """The limits told beforehand hold for a server that accepts and never finishes whatever it is sent."""
    greedy = op.request_acceptance(lambda asked: asked.is_submit)
    report = check_server(greedy(), profile=profile, timeout_s=30.0)
    limits = prepare(spec, PROFILES[profile], Terms(30.0), seed=1, has_second_key=True).limits
    assert report.spent is not None
    assert report.spent.jobs <= limits.jobs
    assert report.spent.requests <= limits.requests
    assert report.spent.credits <= limits.credits


@given(
    timeout_s=st.floats(1, 600),
    max_jobs=st.none() | st.integers(0, 9),
    max_credits=st.none() | st.floats(0, 30),
    profile=st.sampled_from(sorted(PROFILES)),
)
def test_terms_are_never_exceeded_by_the_plan(
    spec: Spec, timeout_s: float, max_jobs: int | None, max_credits: float | None, profile: str
) -> None:
    """A plan is held to the jobs and credits that somebody allows, and buys what they pay for."""
    terms = Terms(timeout_s, max_jobs, max_credits)
    preparation = prepare(spec, PROFILES[profile], terms, seed=0)
    limits = preparation.limits
    assert limits.jobs <= (PROFILES[profile].max_jobs if max_jobs is None else max_jobs)
    assert max_credits is None or limits.credits <= max_credits
    assert len(preparation.plan.submissions) * limits.credits_per_job <= limits.credits
    assert limits.seconds >= timeout_s


@pytest.mark.parametrize(("max_jobs", "max_credits"), [(0, None), (None, 1.0)])
def test_without_money_no_submission_is_sent(
    spec: Spec, max_jobs: int | None, max_credits: float | None
) -> None:
    """A budget that pays for no job sends nothing that could make one, and gives no verdict."""
    report = check_server(terms=Terms(60.0, max_jobs, max_credits))
    assert {exchange.operation for exchange in report.trace.exchanges} == {spec.poll.id}
    assert (report.verdict, report.exit_status, report.stop) == (Verdict.INCONCLUSIVE, 4, Stop.BUDGET)


def test_one_job_is_enough_for_a_verdict() -> None:
    """The quick profile and a budget of one job test every required rule."""
    for report in (check_server(profile="quick"), check_server(terms=Terms(60.0, max_jobs=1))):
        assert report.verdict is Verdict.PASS
        assert report.spent is not None
        assert report.spent.jobs == 1


def test_a_price_beyond_the_budget_stops_the_run() -> None:
    """A budget that bad requests use up stops the run; what was found until then decides."""
    accepts_anything = op.request_acceptance(lambda asked: asked.is_submit and asked.file_name is None)
    report = check_server(accepts_anything(), terms=Terms(60.0, max_jobs=1))
    assert report.stop is Stop.BUDGET
    assert (report.verdict, report.exit_status) == (Verdict.FAIL, 1)


def test_retry_after_is_waited_for() -> None:
    """A submission that is answered 429 is sent again after the time that the server asks for, and not
    before.
    """
    report = check_server(op.once(BUSY, lambda asked: asked.is_submit and asked.holds("not-audio"))())
    tries = [e for e in report.trace.exchanges if e.intent is Intent.SUBMIT_NOISE]
    assert [e.answer.status for e in tries if e.answer] == [429, 201]
    assert tries[1].sent_at_s - tries[0].received_at_s >= 7
    assert report.verdict is Verdict.PASS


def test_a_paid_request_whose_fate_is_unknown_is_not_repeated() -> None:
    """A submission that was answered 500 may have made a job: it is sent once and counted as spent."""
    report = check_server(op.once(refusal(500), lambda asked: asked.is_submit and asked.holds("not-audio"))())
    tries = Counter(
        e.job for e in report.trace.exchanges if e.operation == "createTranscriptionJob" and e.job
    )
    assert set(tries.values()) == {1}
    assert report.spent is not None
    assert report.spent.jobs == 4


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 3 ", 3.0),
        ("Thu, 01 Jan 2026 11:00:30 GMT", 30.0),
        ("Thu, 01 Jan 2026 10:00:00 GMT", 0.0),
        ("soon", 2.0),
        ("-1", 2.0),
        ("٣", 2.0),
        ("9" * 400, 999_999_999.0),
        (None, 2.0),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(value: str | None, seconds: float) -> None:
    """Both forms of RFC 9110, section 10.2.3, are understood; anything else is two seconds."""
    headers = () if value is None else (("Retry-After", value),)
    assert retry_after_s(Answer(429, headers), 1_767_265_200.0) == seconds


def test_ctrl_c_gives_the_report_so_far() -> None:
    """An interrupted run is judged by what it saw, and is inconclusive."""

    def interrupt(exchange: Exchange) -> None:
        if exchange.number == 5:
            raise KeyboardInterrupt

    report = check_server(on_exchange=interrupt)
    assert (report.stop, report.verdict, report.exit_status) == (Stop.INTERRUPTED, Verdict.INCONCLUSIVE, 3)
    assert len(report.trace.exchanges) == 5


@pytest.mark.parametrize("number", range(1, 12))
def test_an_interrupted_run_does_not_blame_the_key(number: int) -> None:
    """Every sound server refuses probes without a key: that the last one was refused says nothing of it."""

    def interrupt(exchange: Exchange) -> None:
        if exchange.number == number:
            raise KeyboardInterrupt

    report = check_server(on_exchange=interrupt)
    assert report.environment == ()
    assert as_annotations(report).splitlines()[-1] == "::warning title=inconclusive::stopped: interrupted"


def test_looks_are_counted_as_they_fall(spec: Spec) -> None:
    """The number of looks in a time is what a run makes in it: one at once, one past the end."""
    never = op.each_look(lambda _, told: told.with_value("/data/status", "PENDING"))
    report = check_server(never(), profile="mock", timeout_s=20.0)
    looks = Counter(e.job for e in report.trace.exchanges if e.is_ordinary and e.intent is Intent.POLL)
    most = looks_within(20.0, first_wait_s(0.0))
    # One more at the very end of the run; the first job is also looked at with the header spelt otherwise.
    assert looks[2] <= most + 1
    assert looks[1] <= most + 2


@pytest.mark.parametrize(("rate", "pause_s"), [(1000.0, 0.05), (10.0, 0.1), (1.0, 1.0), (0.5, 2.0)])
def test_whoever_allows_more_requests_waits_less_for_jobs(rate: float, pause_s: float) -> None:
    """The first pause between two looks is that between any two requests, but 20 looks a second will do."""
    never = op.each_look(lambda _, told: told.with_value("/data/status", "PENDING"))
    report = check_server(never(), profile="quick", terms=Terms(30.0, rate=rate))
    at_s = [e.sent_at_s for e in report.trace.exchanges if e.is_ordinary and e.intent is Intent.POLL]
    assert at_s[1] - at_s[0] == pytest.approx(pause_s)
    assert report.stop is None


def test_no_job_is_left_alone_for_long() -> None:
    """However slow the pace, the pause is no longer than the longest that looks grow to."""
    assert first_wait_s(3600.0) == next(itertools.islice(waits(1.0), 50, None)) == 10.0


def test_verdicts() -> None:
    """An error fails whatever else there is; without one, only a run that saw all it needs passes."""
    required = [rule for rule in RULES if rule.is_required]
    assert decide((), (), (), None) is Verdict.PASS
    assert decide((), required[:1], (), None) is Verdict.INCONCLUSIVE
    assert decide((), (), ("the network is down",), None) is Verdict.INCONCLUSIVE
    assert decide((), (), (), Stop.BUDGET) is Verdict.INCONCLUSIVE
    assert exit_status(Verdict.INCONCLUSIVE, Stop.BUDGET) == 4
    assert exit_status(Verdict.INCONCLUSIVE, Stop.BUDGET, ("an outage",)) == 3


def test_the_recordings_are_what_they_say(spec: Spec) -> None:
    """Each format of the contract has a recording, and the large one is a WAV of the largest size that
    is tried.
    """
    assert speech("mp3")[:3] in (b"ID3", b"\xff\xfb\x90") or speech("mp3")[0] == 0xFF
    large = large_speech()
    assert LARGE_BYTES - 1 <= len(large) <= LARGE_BYTES
    assert (large[:4], large[8:12]) == (b"RIFF", b"WAVE")
    assert int.from_bytes(large[4:8], "little") == len(large) - 8
    assert int.from_bytes(large[40:44], "little") == len(large) - 44
    assert form_names(spec).formats == ("mp3", "wav")


def test_progress_is_told() -> None:
    """Whoever watches a run is told of each exchange as it happens."""
    seen: list[int] = []
    report = check_server(on_exchange=lambda exchange: seen.append(exchange.number))
    assert seen == [exchange.number for exchange in report.trace.exchanges]


def test_jobs_are_submitted_at_the_same_moment() -> None:
    """Against a mock three submissions are in flight at once, so that an id given twice in a race is
    found.
    """
    at_once = threading.Barrier(3, timeout=5)
    lock, first = threading.Lock(), list[op.Told]()

    def serve(ask: op.Serve, asked: op.Asked) -> op.Told:
        told = ask(asked)
        if not (op.created(asked, told) and asked.holds("(2) - it's", "audio/mpeg")):
            return told
        at_once.wait()
        with lock:
            first.append(told)
            return first[0]

    report = check_server(lambda server: op.between(server, serve), profile="mock")
    assert "ids-unique" in {finding.rule for finding in report.findings}
    assert not at_once.broken
