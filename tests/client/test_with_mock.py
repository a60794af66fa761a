"""The client against the mock: in this process under any script of faults, on sockets under every fault.

Three promises, whatever goes wrong: at most one job is paid for, the call ends by its deadline, and if a job
exists the caller knows its id, or is told that it may exist.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from miragic_mock import MockServer, intercept
from miragic_mock.domain.faults import only_on
from miragic_mock.language.faults import KINDS, parse_fault
from miragic_stt import (
    AsyncClient,
    Client,
    MiragicError,
    Polling,
    RequestTimeouts,
    Retries,
    SubmissionUnknownError,
    Transcript,
)

IN_PROCESS_S = 60.0
ON_SOCKETS_S = 2.0
DRIP_S = 0.5  # in process, what a drip waits before its next piece is not cut, as it is on sockets
TICK_S = 0.01


@contextmanager
def ends_by(seconds):
    """The block ends within that time, counted in ticks of this process, which a busy machine delays too."""
    ticks, over = itertools.count(), threading.Event()

    def tick():
        while not over.wait(TICK_S):
            next(ticks)

    ticker = threading.Thread(target=tick)
    ticker.start()
    try:
        yield
    finally:
        over.set()
        ticker.join()
    assert next(ticks) * TICK_S <= seconds


def settle(run):
    """What a call gives: a transcript, or the error it ends with. Anything else is a bug, and escapes."""
    try:
        return run()
    except MiragicError as error:
        return error


def check_promises(mock, outcome):
    ledger = mock.ledger()
    assert ledger["jobs_created"] <= 1
    if isinstance(outcome, Transcript):
        assert ledger["jobs_created"] == 1
    elif ledger["jobs_created"] and not isinstance(outcome, SubmissionUnknownError):
        assert outcome.job_id == ledger["entries"][0]["job"]
    elif not ledger["jobs_created"]:
        assert outcome.job_id is None


def transcribe_in_process(wav, *, plan, faults, seed=0):
    """One transcription on a clock that mock and client share; gives the outcome, and how long it took."""
    now = [1_700_000_000.0]

    def sleep(seconds):
        now[0] += seconds

    with intercept(plan=plan, faults=faults, seed=seed, sleep=sleep, real_clock=lambda: now[0]) as mock:
        client = Client(
            mock.api_key,
            mock.url,
            clock=lambda: now[0],
            sleep=sleep,
            random=lambda: 0.5,
            timeout_s=IN_PROCESS_S,
        )
        began = now[0]
        outcome = settle(lambda: client.transcribe(wav))
        check_promises(mock, outcome)
        return outcome, now[0] - began, mock.verify()


def test_thirty_minutes_pass_in_no_time(wav):
    """The mock's clock and the client's are one; the client has manners."""
    now = [1_700_000_000.0]

    def sleep(seconds):
        now[0] += seconds

    with intercept(plan="done-after=30m", sleep=sleep, real_clock=lambda: now[0]) as mock:
        client = Client(mock.api_key, mock.url, clock=lambda: now[0], sleep=sleep, timeout_s=3600)
        assert client.transcribe(wav).job.status == "COMPLETED"
        verdict = mock.verify(min_interval_s=0.5)
    assert 1800 <= now[0] - 1_700_000_000 <= 1830
    assert verdict["good"], verdict


conditions = st.sampled_from(["first=1", "first=2", "first=3", "every=2", "p=0.5", "first=9"])
# Every kind the mock knows.
EFFECTS = [
    *(f"{status}(" for status in sorted(KINDS) if status.isdigit()),
    "429(retry-after=2", "503(retry-after=1", "413(byte=100", "reset(", "reset(when=upload,byte=100",
    "reset(when=after", "answer-lost(", "hang(", "hang(for=40s", "hang(for=40s,byte=100", "delay(by=5s",
    "delay(by=5s,byte=100", "delay(by=100s,byte=100",
    "delay(by=100s", "uniform(low=1s,high=30s", "lognormal(median=3s",
    "drip(chunk=20,pause=500ms", "drip(chunk=1,pause=500ms", "drip(chunk=1,pause=40s",
    # One pause at most: in process nothing cuts a head short.
    "slow-headers(chunk=80,pause=400ms", "slow-headers(chunk=80,pause=40s", "truncate(keep=20",
    "content-length(delta=5", "content-length(delta=-5", "malformed-json(", "python-repr(",
    "content-type(", "unknown-status(", "status-back(", "stale(", "extra-field(", "missing-field(name=id",
    "missing-field(name=jobId", "missing-field(name=status",
]  # fmt: skip


def struck_by(fault):
    """The operations that a fault, written up to its closing parenthesis, can strike."""
    only = only_on(parse_fault(f"{fault})").effect)
    return ["create", "status"] if only is None else [only]


@st.composite
def faults(draw):
    effect = draw(st.sampled_from(EFFECTS))
    on, when = draw(st.sampled_from(["any", *struck_by(effect)])), draw(conditions)
    return f"{effect}{'' if effect.endswith('(') else ','}on={on},{when})"


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    script=st.lists(faults(), min_size=1, max_size=4),
    plan=st.sampled_from(
        ["done-after=0s", "done-after=3s", "done-after=3polls", "outcome=failed", "done=never"]
    ),
    seed=st.integers(0, 10),
)
def test_the_promises_hold_under_any_script_of_faults(wav, script, plan, seed):
    """Any faults, in any order, under any plan."""
    _, took_s, _ = transcribe_in_process(wav, plan=plan, faults=script, seed=seed)
    assert took_s <= IN_PROCESS_S + DRIP_S


def test_the_client_has_manners_under_a_rate_limit(wav):
    """It waits as long as it was asked to, backs off, and stops when the job is done."""
    outcome, _, verdict = transcribe_in_process(
        wav,
        plan="done-after=20s",
        faults=["429(retry-after=7,on=status,every=2)", "503(on=status,first=1,skip=3)"],
    )
    assert isinstance(outcome, Transcript)
    assert verdict["findings"] == []


# Every kind the mock knows, where it hits which request. Times are short: these run on real sockets.
ON_SOCKETS = {
    **{status: f"{status}(first=1" for status in KINDS if status.isdigit()},
    "429": "429(retry-after=0,first=2",
    "answer-lost": "answer-lost(first=1",
    "content-length": "content-length(delta=7,first=1",
    "content-type": "content-type(type=text/plain,first=1",
    "delay": "delay(by=10ms,first=2",
    "drip": "drip(chunk=40,pause=5ms,first=1",
    "extra-field": "extra-field(name=new,value=1",
    "hang": "hang(for=5s,first=1",
    "lognormal": "lognormal(median=5ms",
    "malformed-json": "malformed-json(first=1",
    "missing-field": "missing-field(name=id,first=1",
    "python-repr": "python-repr(first=1",
    "reset": "reset(first=1",
    "slow-headers": "slow-headers(chunk=40,pause=5ms,first=1",
    "stale": "stale(polls=1",
    "status-back": "status-back(first=1",
    "truncate": "truncate(keep=12,first=1",
    "uniform": "uniform(low=1ms,high=5ms",
    "unknown-status": "unknown-status(first=1",
}
MORE = ["reset(when=upload,byte=500,first=1", "reset(when=after,first=1", "delay(by=5s,byte=300,first=1"]
EVERY_FAULT = [(fault, on) for fault in [*ON_SOCKETS.values(), *MORE] for on in struck_by(fault)]


def options(mock):
    return {
        "api_key": mock.api_key,
        "base_url": mock.url,
        "timeout_s": ON_SOCKETS_S,
        "polling": Polling(first_s=0.01),
        "retries": Retries(first_s=0.01),
        "request_timeouts": RequestTimeouts(read_s=0.1, upload_s=0.1),
    }


def test_every_fault_of_the_mock_is_tried():
    """A fault added to the mock is added here, on sockets and in the property, or this fails."""
    assert set(ON_SOCKETS) == {effect.split("(")[0] for effect in EFFECTS} == set(KINDS)


@pytest.mark.parametrize(("fault", "on"), EVERY_FAULT)
def test_the_promises_hold_on_sockets(wav, fault, on):
    """The synchronous client under each fault, on the submission and on the looks."""
    with MockServer(plan="done-after=2polls", faults=[f"{fault},on={on})"]) as mock:
        with ends_by(2 * ON_SOCKETS_S), Client(**options(mock)) as client:
            outcome = settle(lambda: client.transcribe(wav))
        check_promises(mock, outcome)


@pytest.mark.parametrize(("fault", "on"), EVERY_FAULT)
def test_the_promises_hold_on_sockets_asynchronously(wav, fault, on):
    """The asynchronous client likewise."""

    async def run(mock):
        async with AsyncClient(**options(mock)) as client:
            return await client.transcribe(wav)

    with MockServer(plan="done-after=2polls", faults=[f"{fault},on={on})"]) as mock:
        with ends_by(2 * ON_SOCKETS_S):
            outcome = settle(lambda: asyncio.run(run(mock)))
        check_promises(mock, outcome)


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("answer-lost(on=create)", SubmissionUnknownError),
        ("429(retry-after=0,on=create,first=2)", Transcript),
        ("502(on=status,first=2)", Transcript),
        ("unknown-status(on=status,first=2)", Transcript),
        ("drip(chunk=7,pause=1ms)", Transcript),
        ("content-type(type=text/plain)", Transcript),
        ("extra-field(name=new,value=1)", Transcript),
    ],
)
def test_what_can_be_survived_is_survived(wav, fault, found):
    """The promises could be kept by giving up at once; the client does not."""
    patient = {
        "timeout_s": IN_PROCESS_S,
        "request_timeouts": None,
    }  # a busy machine is no fault of the client's
    with (
        MockServer(plan="done-after=2polls", faults=[fault]) as mock,
        Client(**options(mock) | patient) as client,
    ):
        assert isinstance(settle(lambda: client.transcribe(wav)), found)


def test_an_upload_reset_halfway_is_made_good():
    """Most of a large upload was still on this side: it cannot have been accepted, and is sent again."""
    large = b"RIFF\x24\x08\x00\x00WAVE" + bytes(32 << 20)
    fault = "reset(when=upload,byte=2000,on=create,first=1)"
    with (
        MockServer(plan="done-after=1polls", faults=[fault]) as mock,
        Client(mock.api_key, mock.url) as client,
    ):
        assert client.transcribe(large).job.status == "COMPLETED"
        assert mock.ledger()["jobs_created"] == 1


def test_a_batch_that_is_killed_is_taken_up_and_paid_once(wav, tmp_path):
    """A run is killed while two of four recordings wait: the next waits for those, and submits the others."""
    files, journal = [tmp_path / f"{n}.wav" for n in range(4)], tmp_path / "journal"
    for n, file in enumerate(files):
        file.write_bytes(wav + bytes([n]))
    command = [
        sys.executable, "-m", "miragic_stt", "transcribe", *map(str, files), "--json", "--concurrency", "2",
        "--journal", str(journal),
    ]  # fmt: skip
    with MockServer(plan="done-after=60s;text=hello", clock="frozen") as mock:
        environment = {**os.environ, "MIRAGIC_API_KEY": mock.api_key, "MIRAGIC_BASE_URL": mock.url}
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as first:
            patience = threading.Event()
            while not journal.exists() or journal.read_text().count("accepted") < 2:
                assert first.poll() is None
                patience.wait(0.02)
            first.kill()
        assert mock.ledger()["jobs_created"] == 2
        mock.advance(60)
        mock.plan("done-after=0s;text=hello")
        second = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert second.returncode == 0, second.stderr
        assert [result["transcription"] for result in json.loads(second.stdout)["results"]] == ["hello"] * 4
        assert mock.ledger()["jobs_created"] == 4
