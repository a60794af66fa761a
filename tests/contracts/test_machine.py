"""Inputs and schedules drawn by Hypothesis, on the mock under a frozen clock; the model is a plain dict.

The rules that judge a live server judge the trace of each drawn run, too: on a sound server they find
nothing, whatever is asked in whatever order.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    multiple,
    rule,
    run_state_machine_as_test,
)
from miragic_contracts.checker.budget import Budget, Limits
from miragic_contracts.checker.conversation import Conversation
from miragic_contracts.checker.material import speech
from miragic_contracts.drivers import Call, Upload, wsgi_driver
from miragic_contracts.rules import Severity
from miragic_contracts.trace import Exchange, Intent, Key, Trace
from miragic_mock.domain.settings import Settings
from miragic_mock.domain.tenants import tenant_id
from miragic_mock.stores import Bounds, open_store
from miragic_mock.wsgi.flask_app import create_app

from tests.broken_servers import operators as op
from tests.broken_servers.operators import completed, ended, job
from tests.broken_servers.trial import KEY, SECOND_KEY, contract, rulebook, unchanged
from tests.broken_servers.virtual_time import VirtualTime

MANY = Limits(jobs=10_000, requests=10_000, credits=1e9, seconds=1e9, credits_per_job=2.0)
NAMES = st.text(
    st.characters(min_codepoint=0x20, exclude_characters='"\\/', exclude_categories=["Cc", "Cs"]),
    min_size=1,
    max_size=40,
).filter(lambda name: name.strip() == name)
QUESTIONS = st.none() | st.text(
    st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=60
).filter(lambda text: text.strip() == text)


class Conversations(RuleBasedStateMachine):
    """A customer who submits, looks, waits, and makes mistakes; `model` has what each job must show."""

    jobs = Bundle("jobs")
    wrap: Callable[[Any], Any] = staticmethod(unchanged)

    @initialize(create_status=st.sampled_from([200, 201, 202]), times=st.sampled_from(["iso", "unix"]))
    def begin(self, create_status: int, times: Any) -> None:
        self.time = VirtualTime()
        self.store = open_store(bounds=Bounds(blob_bytes=1))
        keys = frozenset({tenant_id(KEY), tenant_id(SECOND_KEY)})
        chosen = Settings(create_status=create_status, times=times, known_tenants=keys)
        self.plan = ""
        application = create_app(spec=contract(), store=self.store, settings=chosen, clock=self.time.now)
        planned = lambda environ, start: application({**environ, "HTTP_X_MOCK_PLAN": self.plan}, start)  # noqa: E731
        self.driver = wsgi_driver(self.wrap(planned), key=KEY, second_key=SECOND_KEY)
        self.talk = Conversation(self.driver, self.time.clock, Budget(MANY), contract().submit.id)
        self.model: dict[int, dict[str, Any]] = {}

    @rule(
        target=jobs,
        name=NAMES,
        question=QUESTIONS,
        format=st.sampled_from(["mp3", "wav"]),
        ends_after_s=st.integers(0, 6),
        outcome=st.sampled_from(["completed", "failed"]),
    )
    def submit(self, name: str, question: str | None, format: str, ends_after_s: int, outcome: str) -> Any:
        self.plan = f"done-after={ends_after_s}s; outcome={outcome}"
        fields = (("audio_format", format), *((("question", question),) if question is not None else ()))
        upload = Upload("file", name, "application/octet-stream", speech("mp3"))
        number = len(self.model) + 1
        operation = contract().submit
        call = Call(
            operation.id,
            Intent.SUBMIT,
            "POST",
            operation.path,
            "X-API-Key",
            Key.FIRST,
            fields,
            upload,
            number,
        )
        exchange = self.talk.say(call)
        assert exchange.answer is not None
        if not exchange.answer.is_success:
            return multiple()
        job_id = exchange.answer.document["data"]["jobId"]
        self.model[number] = {
            "id": job_id,
            "ends_at": self.time.now() + ends_after_s,
            "end": outcome.upper(),
            "question": "Transcribe this audio:" if question is None else question,
            "audioFormat": format,
        }
        return number

    @rule(
        job=jobs, key=st.sampled_from([Key.FIRST, Key.FIRST, Key.NONE, Key.WRONG, Key.TRUNCATED, Key.SECOND])
    )
    def look(self, job: int, key: Key) -> None:
        exchange = self._look(job, key)
        assert exchange.answer is not None
        if key is not Key.FIRST:
            assert exchange.answer.status in (401, 404)
            return
        wanted, shown = self.model[job], exchange.answer.document["data"]
        is_over = self.time.now() >= wanted["ends_at"]
        assert shown["status"] == (wanted["end"] if is_over else "PENDING")
        assert {name: shown[name] for name in ("id", "question", "audioFormat")} == {
            name: wanted[name] for name in ("id", "question", "audioFormat")
        }

    @rule(job=jobs)
    def look_right_at_the_end(self, job: int) -> None:
        """The moment that most faults are about is the job's own, so it is gone to, not hoped for."""
        left_s = self.model[job]["ends_at"] - self.time.now()
        if left_s > 0:
            self.time.sleep(left_s)
        self.look(job, Key.FIRST)

    @rule(seconds=st.integers(0, 3))
    def wait(self, seconds: int) -> None:
        self.time.sleep(seconds)

    @rule(job=consumes(jobs))
    def forget(self, job: int) -> None:
        """A customer who never looks again breaks nothing."""

    def _look(self, job: int, key: Key) -> Exchange:
        operation = contract().poll
        path = operation.path.replace("{jobId}", self.model[job]["id"])
        call = Call(operation.id, Intent.POLL, "GET", path, "X-API-Key", key, job=job)
        return self.talk.say(call)

    def teardown(self) -> None:
        if not hasattr(self, "talk"):
            return
        trace = Trace(self.driver.base_url, self.time.now() - self.talk.elapsed_s, tuple(self.talk.exchanges))
        self.driver.close()
        self.store.close()
        findings = rulebook().judge(trace).findings
        assert [f for f in findings if f.severity is not Severity.INFORMATION] == []


SETTINGS = settings(
    max_examples=30,
    stateful_step_count=15,
    deadline=None,
    derandomize=os.environ.get("CI") == "true",
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestConversations = Conversations.TestCase
TestConversations.settings = SETTINGS

FAULTS = {
    "the model sees it": op.json_patch("/data/question", str.upper, job),
    "only a rule sees it": op.each_look(
        lambda look, reply: reply.with_value("/data/metadata/processingTimeMs", look), when=completed
    ),
    "only at the very end": op.trace_patch({"/data/status": "PENDING"}, 1, when=ended),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_the_machine_finds_faults(fault: op.Make) -> None:
    """The model and the rules behind it find a server that does wrong, so their silence means something."""
    broken = type("Broken", (Conversations,), {"wrap": staticmethod(lambda server: fault()(server))})
    once = settings(SETTINGS, max_examples=200, derandomize=True, database=None, phases=[Phase.generate])
    with pytest.raises(AssertionError):
        run_state_machine_as_test(broken, settings=once)
