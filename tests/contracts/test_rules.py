"""Rules at their boundaries, on traces made by hand. That each finds its fault is proved by
`broken_servers`.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from miragic_contracts.rules import (
    RULES,
    Judgement,
    Rulebook,
    Severity,
    UndeclaredGroundError,
    rules_for,
)
from miragic_contracts.spec import Spec, default_spec_path
from miragic_contracts.spec.build import parse_spec
from miragic_contracts.trace import Exchange, Intent, Key, Trace, read_answer

Looks = Callable[..., list[Exchange]]
JudgeLooks = Callable[..., Judgement]
TEN, ELEVEN = "2026-01-01T11:00:10.000Z", "2026-01-01T11:00:11.000Z"


@pytest.fixture
def judge_looks(rulebook: Rulebook, trace_of: Callable[..., Trace], looks_at: Looks) -> JudgeLooks:
    """Judges a job by its looks."""

    def judge(*looks: Any, **values: Any) -> Judgement:
        return rulebook.judge(trace_of(looks_at(*looks), **values))

    return judge


def found(judgement: Judgement, severity: Severity = Severity.ERROR) -> set[str]:
    return {finding.rule for finding in judgement.findings if finding.severity is severity}


def test_the_examples_of_the_contract_break_no_rule(judge_looks: JudgeLooks) -> None:
    """A job told in the contract's own examples is a sound one."""
    assert judge_looks("pending", "completed", "completed", timeout_s=60.0).findings == ()


def renamed(exchanges: list[Exchange], old: str, new: str) -> list[Exchange]:
    """The same exchanges with a name of their documents replaced."""
    made = []
    for exchange in exchanges:
        assert exchange.answer is not None
        body = exchange.answer.text.replace(f'"{old}"', f'"{new}"').encode()
        told = read_answer(exchange.answer.status, exchange.answer.headers, body, size_bytes=len(body))
        made.append(dataclasses.replace(exchange, answer=told))
    return made


_QUESTION = "        question:\n          description: The question as"
RENAMED = [
    pytest.param(
        (("audioFileName", "originalName"),),
        "audioFileName",
        "originalName",
        "other.mp3",
        "file-name-echo",
        id="file name",
    ),
    pytest.param(
        (("audioFormat", "container"),), "audioFormat", "container", "wav", "format-echo", id="format"
    ),
    pytest.param(
        (
            (_QUESTION, _QUESTION.replace("question:", "prompt:")),
            ("        - question\n", "        - prompt\n"),
            ("/data/question", "/data/prompt"),
        ),
        "question",
        "prompt",
        "Something else",
        "question-echo",
        id="question",
    ),
]


@pytest.mark.parametrize(("edits", "old", "new", "wrong", "rule"), RENAMED)
def test_an_echo_is_judged_where_the_contract_has_it(
    trace_of: Callable[..., Trace],
    looks_at: Looks,
    edits: tuple[tuple[str, str], ...],
    old: str,
    new: str,
    wrong: str,
    rule: str,
) -> None:
    """No field's name is typed in the rules: a contract that renames one is judged by its new name."""
    text = default_spec_path().read_text(encoding="utf-8")
    for before, after in edits:
        assert before in text
        text = text.replace(before, after)
    book = Rulebook(parse_spec(text))
    sound = book.judge(trace_of(renamed(looks_at("completed"), old, new)))
    broken = book.judge(trace_of(renamed(looks_at(("completed", {old: wrong})), old, new)))
    assert (sound.findings, sound.observations[rule]) == ((), 1)
    (finding,) = broken.findings
    assert (finding.rule, finding.pointer, finding.severity) == (rule, f"/data/{new}", Severity.ERROR)
    assert finding.clause == f"/components/schemas/Job/properties/{new}"


@pytest.mark.parametrize("place", ["fileName", "format", "question", "resultCopy"])
def test_an_echo_without_a_place_is_not_tested(
    trace_of: Callable[..., Trace], looks_at: Looks, place: str
) -> None:
    """Where the contract does not say where a job repeats something, nothing is judged, and that is told."""
    rules = {"fileName": "file-name-echo", "format": "format-echo", "question": "question-echo"}
    text = re.sub(rf"\n    {place}: /data/.*", "", default_spec_path().read_text(encoding="utf-8"))
    judgement = Rulebook(parse_spec(text)).judge(trace_of(looks_at("completed")))
    assert judgement.findings == ()
    assert rules.get(place, "texts-agree") in judgement.not_tested


@pytest.mark.parametrize(
    ("place", "field", "before", "after"),
    [
        ("download", "download_signed_url", "https://example.org/a?until=1", "https://example.org/b?until=2"),
        ("upload", "audioUrl", "https://example.org/a?sign=1", "https://example.org/a?sign=2"),
    ],
)
def test_a_link_may_be_made_anew_where_the_contract_has_one(
    trace_of: Callable[..., Trace], looks_at: Looks, place: str, field: str, before: str, after: str
) -> None:
    """A finished job's link may change, but only a field that the contract calls a link is one."""
    text = default_spec_path().read_text(encoding="utf-8")
    line = f"    {place}: /data/{field}\n"
    assert line in text
    trace = trace_of(looks_at(("completed", {field: before}), ("completed", {field: after})))
    assert Rulebook(parse_spec(text)).judge(trace).findings == ()
    (finding,) = Rulebook(parse_spec(text.replace(line, ""))).judge(trace).findings
    assert (finding.rule, finding.pointer) == ("end-stays", f"/data/{field}")


@pytest.mark.parametrize(
    ("before", "after", "rules"),
    [
        pytest.param(42, 42, set(), id="stays"),
        pytest.param(42, 42.1, set(), id="grows by a hair"),
        pytest.param(42, 41.9, {"progress-order"}, id="falls by a hair"),
        pytest.param(42, None, set(), id="is not told any more"),
        pytest.param(0, 99, set(), id="from one end to the other"),
        pytest.param(0, 99.5, {"job-document"}, id="beyond 99 while pending"),
        pytest.param(True, 1, {"job-document"}, id="a boolean is no number"),
    ],
)
def test_progress(judge_looks: JudgeLooks, before: object, after: object, rules: set[str]) -> None:
    """Progress may stay, rise, or be silent; it never falls, and reaches 100 only at the end (D18)."""
    judgement = judge_looks(("pending", {"progress": before}), ("pending", {"progress": after}))
    assert found(judgement) == rules


@pytest.mark.parametrize(
    ("created", "updated", "rules"),
    [
        pytest.param(TEN, TEN, set(), id="the same moment"),
        pytest.param(TEN, ELEVEN, set(), id="in order"),
        pytest.param(ELEVEN, TEN, {"times-in-order"}, id="out of order"),
        pytest.param("2026-01-01T12:00:10+01:00", ELEVEN, set(), id="in another zone"),
        pytest.param(1767265210, 1767265211.5, set(), id="numbers"),
        pytest.param(1767265210, ELEVEN, {"times-one-type"}, id="one of each"),
        pytest.param(1767265210000, 1767265211000, {"times-plausible"}, id="milliseconds"),
        pytest.param("2026-01-01 11:00:10", ELEVEN, {"job-document"}, id="without a zone"),
    ],
)
def test_times(judge_looks: JudgeLooks, created: object, updated: object, rules: set[str]) -> None:
    """Times come as texts or as numbers, both of one kind, in order, near the moment of submission (D25)."""
    judgement = judge_looks(("pending", {"createdAt": created, "updatedAt": updated}))
    assert found(judgement) == rules


@pytest.mark.parametrize(("off_s", "is_found"), [(899, False), (900, False), (901, True), (-901, True)])
def test_a_quarter_of_an_hour_is_allowed(judge_looks: JudgeLooks, off_s: int, is_found: bool) -> None:
    """A clock that is off by up to a quarter of an hour is not judged."""
    # The submission is answered 1.1 seconds after the trace begins.
    at_s = 1_767_265_201.1 + off_s
    judgement = judge_looks(("pending", {"createdAt": at_s, "updatedAt": at_s}))
    assert ("times-plausible" in found(judgement)) is is_found


def test_a_job_is_late_only_when_its_time_is_up(judge_looks: JudgeLooks) -> None:
    """A job that is still pending breaks nothing before its time is up, and a rule right then."""
    pending = ["pending"] * 5
    assert "job-ends" in judge_looks(*pending, timeout_s=5.1).not_tested
    assert "job-ends" in found(judge_looks(*pending, timeout_s=5.0))
    assert "job-ends" in judge_looks(*pending, timeout_s=None).not_tested


@pytest.mark.parametrize("state", ["COMPLETED", "FAILED", "PENDING"])
def test_what_is_null_while_pending_is_left_open(judge_looks: JudgeLooks, state: str) -> None:
    """Until a job has completed, only its id and its state must be there (Q2)."""
    fields = ("userId", "audioFileName", "question", "audioFormat", "createdAt", "updatedAt")
    judgement = judge_looks((state.lower(), dict.fromkeys(fields)))
    assert bool(found(judgement)) is (state == "COMPLETED")


def test_an_unknown_state_is_news(judge_looks: JudgeLooks) -> None:
    """A state that nobody knew, and fields that nobody declared, are information."""
    judgement = judge_looks(("pending", {"status": "PROCESSING", "stage": 2}), "completed", timeout_s=60.0)
    assert found(judgement) == found(judgement, Severity.WARNING) == set()
    assert found(judgement, Severity.INFORMATION) == {"job-document"}
    pointers = {finding.pointer for finding in judgement.findings}
    assert pointers == {"/data/status", "/data/stage"}


def test_a_finding_points_at_the_element_that_it_breaks(judge_looks: JudgeLooks, spec: Spec) -> None:
    """A breach of shape names the property of the contract, in the schema of the job's state."""
    judgement = judge_looks(("completed", {"transcription": ""}))
    (finding,) = (finding for finding in judgement.findings if finding.rule == "job-document")
    assert finding.clause == "/components/schemas/CompletedJob/properties/transcription"
    assert "transcription:" in spec.text.splitlines()[spec.line(finding.clause) - 1]


def test_the_same_breach_is_told_once(judge_looks: JudgeLooks) -> None:
    """A breach that every look shows is one finding that says how often it was met."""
    judgement = judge_looks(*[("pending", {"creditsUsed": "2"})] * 4)
    (finding,) = judgement.findings
    assert (finding.occurrences, finding.exchange) == (4, 2)


def test_a_fingerprint_does_not_depend_on_values(judge_looks: JudgeLooks) -> None:
    """The same breach with another value in another exchange has the same fingerprint."""
    one = judge_looks(("completed", {"creditsUsed": "2"})).findings[0]
    other = judge_looks("pending", ("completed", {"creditsUsed": "7"})).findings[0]
    assert one.fingerprint == other.fingerprint
    assert one.received != other.received


_STATES = st.lists(st.sampled_from(["pending", "completed", "failed"]), min_size=1, max_size=6)


@given(
    before=st.lists(st.just("pending"), max_size=3),
    end=st.sampled_from(["completed", "failed"]),
    after=_STATES,
)
def test_only_an_end_that_stays_is_legal(
    rulebook: Rulebook,
    trace_of: Callable[..., Trace],
    looks_at: Looks,
    before: list[str],
    end: str,
    after: list[str],
) -> None:
    """After a job's end any look that shows another state is found, and no other sequence is."""
    trace = trace_of(looks_at(*before, end, *after))
    broken = any(one != other for one, other in itertools.pairwise([end, *after]) if one != "pending")
    assert ("legal-moves" in found(rulebook.judge(trace))) is broken


@pytest.mark.parametrize("status", [429, 402, 502, 503, 504])
def test_weather_is_not_judged(
    rulebook: Rulebook, trace_of: Callable[..., Trace], exchange_of: Callable[..., Exchange],
    answer_with: Callable[..., Any], status: int,
) -> None:  # fmt: skip
    """An answer that says "not now" breaks no rule, however it looks."""
    answer = answer_with(b"<html>Slow down</html>", status)
    judgement = rulebook.judge(trace_of([exchange_of(answer), exchange_of(answer, key=Key.NONE)]))
    assert judgement.findings == ()


def test_rules_that_saw_nothing_are_not_tested(rulebook: Rulebook, trace_of: Callable[..., Trace]) -> None:
    """An empty trace breaks nothing and tests nothing."""
    judgement = rulebook.judge(trace_of([]))
    assert judgement.findings == ()
    assert set(judgement.not_tested) == {rule.id for rule in rules_for(rulebook.spec)}


def test_judging_is_pure(rulebook: Rulebook, trace_of: Callable[..., Trace], looks_at: Looks) -> None:
    """The same trace is judged the same, and the order of the rules does not matter."""
    trace = trace_of(looks_at("pending", ("completed", {"creditsUsed": "2", "id": "other"}), "pending"))
    backwards = Rulebook(rulebook.spec, RULES[::-1])
    first, again, other = rulebook.judge(trace), rulebook.judge(trace), backwards.judge(trace)
    assert first == again
    assert set(first.findings) == set(other.findings)


def test_every_rule_says_what_it_is(spec: Spec, rulebook: Rulebook) -> None:
    """Each rule has an id of its own, one sentence, something it needs, and grounds that the contract
    knows.
    """
    assert len({rule.id for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.sentence.endswith((".", ")", ".)")), rule.id
        assert rule.needs
        assert rule.grounds


def test_a_job_under_an_id_that_was_given_twice_is_not_judged_by_its_looks(
    rulebook: Rulebook, trace_of: Callable[..., Trace], looks_at: Looks
) -> None:
    """Two submissions with one id are one finding: what is shown under that id tells nothing of the
    second.
    """
    first = looks_at("pending", "completed")
    second = [dataclasses.replace(exchange, job=2) for exchange in looks_at()]
    assert found(rulebook.judge(trace_of([*first[:1], *second, *first[1:]]))) == {"ids-unique"}


def test_probes_do_not_count_as_looks(
    rulebook: Rulebook, trace_of: Callable[..., Trace], looks_at: Looks, exchange_of: Callable[..., Exchange],
    answer_with: Callable[..., Any],
) -> None:  # fmt: skip
    """A look in vain at a job that never was does not make its owner's jobs unreadable."""
    refusal = answer_with({"success": False, "error": {"code": "NOT_FOUND", "message": "None."}}, 404)
    probe = exchange_of(refusal, intent=Intent.UNKNOWN_JOB, job=None)
    assert found(rulebook.judge(trace_of([*looks_at("pending"), probe]))) == set()


@pytest.mark.parametrize(
    ("grounds", "words"),
    [
        (("RFC9111",), "'RFC9111', which the contract does not declare (did you mean 'RFC9110'?): add it to"),
        (("D12", "D99"), "'D99', which the contract does not declare"),
        (("/components/schemas/Nowhere",), "which is no element of the contract with `x-evidence`"),
        ((), "which is no ground: name an entry of x-sources, x-discrepancies or x-open-questions"),
    ],
)
def test_a_rule_stands_on_what_the_contract_declares(
    spec: Spec, grounds: tuple[str, ...], words: str
) -> None:
    """An undeclared ground is refused before anything is judged: which rule, which ground, what to do."""
    baseless = dataclasses.replace(RULES[0], id="baseless", grounds=grounds)
    with pytest.raises(UndeclaredGroundError) as caught:
        Rulebook(spec, [baseless])
    assert str(caught.value).startswith("the rule 'baseless' stands on ")
    assert words in str(caught.value)
    assert caught.value.ground == (grounds[-1] if grounds else "")


def test_a_ground_of_some_complaints_is_checked_too(spec: Spec) -> None:
    """What only single complaints stand on must be declared as well."""
    baseless = dataclasses.replace(RULES[0], lesser_grounds=("Q99",))
    with pytest.raises(UndeclaredGroundError, match="'status-declared' stands on 'Q99'"):
        Rulebook(spec, [baseless])


def test_an_undeclared_ground_fails_the_import() -> None:
    """Whoever adds a rule is told of its ground when the rules are imported."""
    program = (
        "import dataclasses\n"
        "import miragic_contracts.spec as spec\n"
        "known = spec.load_spec()\n"
        "sources = {name: entry for name, entry in known.sources.items() if name != 'OWASP'}\n"
        "spec.load_spec = lambda: dataclasses.replace(known, sources=sources)\n"
        "import miragic_contracts.rules\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "UndeclaredGroundError: the rule 'no-innards' stands on 'OWASP'" in done.stderr
