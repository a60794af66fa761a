"""Traces as HAR files, ours and other people's."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from miragic_contracts.checker import Report, Verdict, judge_trace
from miragic_contracts.har import HarError, as_har, read_har
from miragic_contracts.reports import as_html, as_json
from miragic_contracts.rules import Rulebook
from miragic_contracts.spec import Spec
from miragic_contracts.trace import Intent, Key

from tests.broken_servers import operators as op
from tests.broken_servers.operators import completed
from tests.broken_servers.trial import check_server

REAL_KEY = "key-of-a-recorded-customer"


@pytest.fixture(scope="module")
def report() -> Report:
    """A check of a server whose text changes after the end."""
    return check_server(op.trace_patch({"/data/transcription": "Another text."}, -1, when=completed)())


@pytest.fixture
def recorded(report: Report) -> dict[str, Any]:
    """The same traffic as a proxy would record it: without our notes, with the customer's key in clear."""
    text = as_har(report.trace).replace("$MIRAGIC_API_KEY", REAL_KEY)
    har: dict[str, Any] = json.loads(text)
    del har["log"]["_miragic"]
    entries = [entry for entry in har["log"]["entries"] if entry["_miragic"]["key"] == "FIRST"]
    har["log"]["entries"] = [
        {name: value for name, value in entry.items() if name != "_miragic"} for entry in entries
    ]
    return har


def test_a_trace_comes_back_from_its_file(report: Report, spec: Spec) -> None:
    """Writing a trace and reading it again gives the same trace."""
    assert read_har(as_har(report.trace), spec).trace == report.trace


def test_a_recorded_run_is_judged_the_same(report: Report, rulebook: Rulebook) -> None:
    """The same rules on the file say what they said of the run."""
    again = judge_trace(read_har(as_har(report.trace), rulebook.spec).trace, rulebook)
    assert again.findings == report.findings
    assert again.verdict is report.verdict is Verdict.FAIL


def test_a_file_has_what_har_asks_for(report: Report) -> None:
    """Each entry has the fields that HAR 1.2 requires, and a name of ours begins with an underscore."""
    log = json.loads(as_har(report.trace))["log"]
    assert log["version"] == "1.2"
    for entry in log["entries"]:
        assert {"startedDateTime", "time", "request", "response", "cache", "timings"} <= entry.keys()
        assert {"send", "wait", "receive"} <= entry["timings"].keys()
        for message in (entry["request"], entry["response"]):
            assert {"httpVersion", "cookies", "headers", "headersSize", "bodySize"} <= message.keys()
        assert {"size", "mimeType"} <= entry["response"]["content"].keys()


def test_the_traffic_of_others_is_judged(recorded: dict[str, Any], rulebook: Rulebook) -> None:
    """Without our own notes, jobs and intents are guessed from the requests, and the fault is found too."""
    reading = read_har(json.dumps(recorded), rulebook.spec)
    judgement = rulebook.judge(reading.trace)
    assert "end-stays" in {finding.rule for finding in judgement.findings}
    intents = {exchange.intent for exchange in reading.trace.exchanges}
    assert {Intent.SUBMIT, Intent.POLL, Intent.NO_FILE, Intent.WRONG_FORMAT, Intent.UNKNOWN_JOB} <= intents


def test_a_recorded_key_reaches_no_trace(recorded: dict[str, Any], spec: Spec) -> None:
    """A key in a recording is replaced in requests and answers, and the rules still see that it was there."""
    recorded["log"]["entries"][0]["response"]["content"]["text"] = json.dumps(
        {"success": False, "error": {"code": "X", "message": f"unknown {REAL_KEY}"}}
    )
    reading = read_har(json.dumps(recorded), spec)
    assert REAL_KEY not in repr(reading.trace)
    assert reading.redactor.text(REAL_KEY) == "$MIRAGIC_API_KEY"
    assert "key-kept" in {finding.rule for finding in Rulebook(spec).judge(reading.trace).findings}


def test_no_key_of_many_reaches_a_trace(recorded: dict[str, Any], spec: Spec) -> None:
    """A recording may hold keys of many customers, short ones too; none is left, in a header or elsewhere."""
    keys = [f"{REAL_KEY}-{number}" for number in range(5)] + ["pass"]
    for key, entry in zip(keys, recorded["log"]["entries"], strict=False):
        entry["request"]["headers"] = [{"name": "x-api-key", "value": key}]
    reading = read_har(json.dumps(recorded), spec)
    assert [key for key in keys if key in repr(reading.trace)] == []
    assert [key for key in keys[:5] if key in reading.redactor.text(" ".join(keys))] == []


def test_a_key_put_into_a_file_of_ours_reaches_no_trace(report: Report, spec: Spec) -> None:
    """Our own files hold markers only; one that was edited to hold a key is cleaned all the same."""
    reading = read_har(as_har(report.trace).replace("$MIRAGIC_API_KEY", REAL_KEY), spec)
    assert reading.trace == report.trace
    assert reading.redactor.text(REAL_KEY) == "$MIRAGIC_API_KEY"


def test_keys_are_told_apart(recorded: dict[str, Any], spec: Spec) -> None:
    """The key that is used most is the customer's; none, an empty one and another one are told from it."""
    kinds = {0: None, 1: "", 2: "somebody-else's-key"}
    for index, value in kinds.items():
        headers = [
            h for h in recorded["log"]["entries"][index]["request"]["headers"] if h["name"] != "X-API-Key"
        ]
        if value is not None:
            headers.append({"name": "x-api-key", "value": value})
        recorded["log"]["entries"][index]["request"]["headers"] = headers
    keys = [exchange.key for exchange in read_har(json.dumps(recorded), spec).trace.exchanges]
    assert keys[:4] == [Key.NONE, Key.EMPTY, Key.OTHER, Key.FIRST]


def test_a_file_without_keys_is_taken_for_the_customers(recorded: dict[str, Any], spec: Spec) -> None:
    """Where a tool stripped all keys, every request counts as made with the right one."""
    for entry in recorded["log"]["entries"]:
        entry["request"]["headers"] = []
    assert {e.key for e in read_har(json.dumps(recorded), spec).trace.exchanges} == {Key.FIRST}


def test_what_cannot_be_judged_is_counted(recorded: dict[str, Any], spec: Spec) -> None:
    """Traffic of others and answers whose body was not kept are left out, and their number is told."""
    entries = recorded["log"]["entries"]
    foreign = copy.deepcopy(entries[0])
    foreign["request"]["url"] = "https://example.org/api/other"
    del entries[3]["response"]["content"]["text"]
    entries.append(foreign)
    reading = read_har(json.dumps(recorded), spec)
    assert (reading.foreign, reading.bodiless) == (1, 1)
    assert len(reading.trace.exchanges) == len(entries) - 2


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"log": {}}', '{"log": {"entries": []}}', '{"log": {"entries": [1]}}', "<har/>"]
)
def test_what_is_no_har_is_refused(text: str, spec: Spec) -> None:
    """A file that holds nothing to judge is an error that says what was expected."""
    with pytest.raises(HarError, match="expected a HAR file"):
        read_har(text, spec)


def test_a_broken_answer_comes_back(spec: Spec) -> None:
    """Bytes that are no text, and requests without an answer, survive the file."""
    report = check_server(op.body(lambda _: b"\xff\xfe\x00", completed)())
    assert read_har(as_har(report.trace), spec).trace == report.trace


def test_what_a_file_leaves_null_is_not_taken_for_a_value(report: Report, spec: Spec) -> None:
    """Null is nothing: no header's value, no size of a file, no media type."""
    har = json.loads(as_har(report.trace))
    entry = next(e for e in har["log"]["entries"] if e["request"].get("postData", {}).get("params"))
    entry["response"]["headers"] = [{"name": "X-Nothing", "value": None}]
    entry["response"]["content"] = {"size": 0, "mimeType": None}
    for part in entry["request"]["postData"]["params"]:
        part.update({"_size_bytes": None} if "fileName" in part else {"value": None})
    exchange = next(e for e in read_har(json.dumps(har), spec).trace.exchanges if e.request.form)
    assert exchange.answer
    assert exchange.answer.headers == (("X-Nothing", ""),)
    assert exchange.request.form
    assert {value for _, value in exchange.request.form.fields} == {""}


def test_a_media_type_told_twice_is_one(report: Report, spec: Spec) -> None:
    """A file that keeps no body names its type beside the header that does."""
    har = json.loads(as_har(report.trace))
    entry = har["log"]["entries"][0]
    types = [pair for pair in entry["response"]["headers"] if pair["name"].lower() == "content-type"]
    entry["response"]["content"] = {"size": 0, "mimeType": types[0]["value"]}
    answer = read_har(json.dumps(har), spec).trace.exchanges[0].answer
    assert answer
    assert answer.header("Content-Type") == "application/json"


def test_a_body_in_no_base64_is_refused(report: Report, spec: Spec) -> None:
    """Letters that base64 does not have end in an error that says what was expected."""
    har = json.loads(as_har(report.trace))
    har["log"]["entries"][0]["response"]["content"].update(text="\u00e9", encoding="base64")
    with pytest.raises(HarError, match="a body in base64"):
        read_har(json.dumps(har), spec)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("_miragic/intent", "WHATEVER"),
        ("_miragic/key", None),
        ("_miragic/sent_at_s", "soon"),
        ("_miragic/operation", "another"),
        ("_miragic/job", True),
        ("_miragic/trouble", "x"),
        ("_miragic", []),
        ("request/headers", 7),
        ("request/headers/0", {"value": REAL_KEY}),
        ("response/content", REAL_KEY),
        ("response/status", "200"),
        ("time", "long"),
    ],
)
def test_a_senseless_entry_is_refused(report: Report, spec: Spec, path: str, value: object) -> None:
    """What cannot be read ends in an error that names the place and shows nothing of what stands there."""
    har = json.loads(as_har(report.trace))
    *above, name = path.split("/")
    holder = har["log"]["entries"][2]
    for token in above:
        holder = holder[token]
    holder[int(name) if name.isdecimal() else name] = value
    with pytest.raises(HarError, match=rf"log/entries/2/{path}.*: expected ") as caught:
        read_har(json.dumps(har), spec)
    assert REAL_KEY not in str(caught.value)


JUNK = st.sampled_from([None, 0, -1, "", [], {}, "x", 1e400, True, {"a": 1}, ["y"], 2**70, "\ud800", "2026"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), value=JUNK)
def test_no_file_crashes_the_judge(
    report: Report, rulebook: Rulebook, data: st.DataObject, value: object
) -> None:
    """Whatever stands in the place of one value of a file, it is judged or refused, and never a traceback."""
    har = json.loads(as_har(report.trace))
    places = [(har["log"], name) for name in har["log"]] + list(values_of(har["log"]["entries"][5:8]))
    holder, name = data.draw(st.sampled_from(places))
    holder[name] = value
    try:
        reading = read_har(json.dumps(har), rulebook.spec)
    except HarError:
        return
    judged = judge_trace(reading.trace, rulebook)
    assert as_json(judged)
    assert as_html(judged)
    assert as_har(judged.trace)


def values_of(node: Any) -> Iterator[tuple[Any, Any]]:
    """Each value below a node, as what holds it and the key there."""
    for name, child in node.items() if isinstance(node, dict) else enumerate(node):
        yield node, name
        if isinstance(child, dict | list):
            yield from values_of(child)
