"""Whatever a server says, it is judged and reported: a report that crashes has cost its money for nothing."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from miragic_contracts.checker import judge_trace
from miragic_contracts.har import as_har, read_har
from miragic_contracts.overlay import as_overlay
from miragic_contracts.reports import as_annotations, as_html, as_json, as_junit, as_markdown, as_sarif
from miragic_contracts.rules import Rulebook
from miragic_contracts.trace import Answer, Exchange, Intent, Key, Trace, Trouble, read_answer

from tests.broken_servers import operators as op
from tests.broken_servers.trial import check_server
from tests.broken_servers.wire import refusal

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
# What a document usually has where it usually has it, next to anything else.
FIELDS = st.sampled_from(
    [
        "id",
        "jobId",
        "userId",
        "status",
        "progress",
        "transcription",
        "errorMessage",
        "metadata",
        "creditsUsed",
        "createdAt",
        "updatedAt",
        "question",
        "audioFormat",
        "audioFileName",
        "audioUrl",
        "download_signed_url",
    ]
)
_STATES = st.sampled_from(["PENDING", "COMPLETED", "FAILED", "x", ""])
_NUMBERS = st.sampled_from([0, -1, 1e308, 10**400])
_MOMENTS = st.sampled_from(["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+23:59", "2026-01-01T11:00:00Z"])
_HOLDERS = st.sampled_from([None, True, [], {}, {"apiResponse": 1}, {"apiResponse": {"transcription": None}}])
LIKELY = _STATES | _NUMBERS | _MOMENTS | _HOLDERS
DOCUMENTS = JSON | st.builds(
    lambda success, data, error: {"success": success, "data": data, "error": error},
    JSON,
    st.dictionaries(FIELDS, LIKELY | JSON, max_size=16) | JSON,
    JSON,
)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(
            ["Content-Type", "Content-Length", "Retry-After", "Date", "Allow", "Content-Encoding"]
        ),
        st.text(max_size=20),
    ),
    max_size=3,
)


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    body = (
        draw(st.binary(max_size=40)) if draw(st.integers(0, 5)) == 0 else json.dumps(draw(DOCUMENTS)).encode()
    )
    status = draw(st.sampled_from([200, 200, 200, 201, 204, 302, 400, 401, 404, 429, 500, 503, 599, 999]))
    return read_answer(status, draw(HEADERS), body, size_bytes=len(body))


@st.composite
def exchanges(draw: st.DrawFn, make: Callable[..., Exchange]) -> Exchange:
    answer = draw(st.none() | answers())
    return make(
        answer,
        intent=draw(st.sampled_from(Intent)),
        key=draw(st.sampled_from([Key.FIRST, *Key])),
        job=draw(st.sampled_from([1, 1, 1, 2, None])),
        trouble=None if answer else draw(st.sampled_from(Trouble)),
    )


@given(data=st.data(), timeout_s=st.none() | st.floats(0, 5))
@settings(max_examples=150, deadline=None)
def test_any_answer_is_judged_and_reported(
    rulebook: Rulebook,
    exchange_of: Callable[..., Exchange],
    trace_of: Callable[..., Trace],
    data: st.DataObject,
    timeout_s: float | None,
) -> None:
    """No answer, however strange, keeps the rules from judging, nor any form of report from being written."""
    drawn = data.draw(st.lists(exchanges(exchange_of), max_size=5))
    submissions = [
        dataclasses.replace(e, operation=rulebook.spec.submit.id) if "submit" in e.intent else e
        for e in drawn
    ]
    report = judge_trace(trace_of(submissions, timeout_s=timeout_s), rulebook)
    for form in (as_json, as_junit, as_sarif, as_html, as_markdown, as_annotations, as_overlay):
        assert form(report)
    if drawn:
        assert read_har(as_har(report.trace), rulebook.spec).trace == report.trace


@pytest.mark.parametrize("depth", [50, 900])
def test_a_deep_document_is_judged(
    rulebook: Rulebook, exchange_of: Callable[..., Exchange], trace_of: Callable[..., Trace], depth: int
) -> None:
    """A document that nests for ever is judged like any other."""
    body = b'{"success": true, "data": ' + b"[" * depth + b"]" * depth + b"}"
    answer = read_answer(200, [("Content-Type", "application/json")], body, size_bytes=len(body))
    judgement = rulebook.judge(trace_of([exchange_of(answer), exchange_of(answer)]))
    assert "job-document" in {finding.rule for finding in judgement.findings}


STRANGE: list[object] = [[], {}, None, True, 7, 10**400, float("inf"), -1e308, "", "x" * 5000, {"a": [1]}]


@pytest.mark.parametrize("value", STRANGE, ids=lambda value: repr(value)[:20])
@pytest.mark.parametrize(
    "field", ["status", "id", "creditsUsed", "progress", "createdAt", "transcription", "metadata"]
)
def test_a_run_survives_any_field(field: str, value: object) -> None:
    """A server with anything at all in one field of its jobs is asked to the end, and found wrong or not."""
    report = check_server(op.json_patch(f"/data/{field}", value, op.ended)())
    assert as_json(report)
    assert as_html(report)
    assert report.stop is None


@pytest.mark.parametrize("document", STRANGE, ids=lambda value: repr(value)[:20])
def test_a_run_survives_any_document(document: object) -> None:
    """A server that answers submissions and looks with anything at all is asked to the end."""
    report = check_server(op.changed(lambda _, reply: reply.with_document(document), op.either)())
    assert as_markdown(report)


@pytest.mark.parametrize(
    "date", ["Thu, 01 Jan 99999 00:00:00 GMT", "Thu, 32 Foo 2026 25:61:00 GMT", "", "x", "0"]
)
def test_any_date_is_read(date: str) -> None:
    """A date that is none says nothing of the time."""
    check_server(op.header("Date", date)())
    check_server(
        op.once(refusal(429).with_header("Retry-After", date), lambda incoming: incoming.is_submit)()
    )


def test_a_rate_limit_met_by_another_key_is_still_weather(
    rulebook: Rulebook, exchange_of: Callable[..., Exchange], trace_of: Callable[..., Trace]
) -> None:
    """Whose request a 429 answered does not matter: a trace of nothing else is an outage all the same."""
    exchange = exchange_of(Answer(429), intent=Intent.SUBMIT, key=Key.SECOND)
    report = judge_trace(trace_of([exchange]), rulebook)
    assert "429" in report.environment[0]
