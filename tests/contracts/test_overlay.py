"""Overlays: what was met becomes part of the contract."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import oas_patch.overlay
import oas_patch.validator
import pytest
import yaml
from miragic_contracts.checker import Report, judge_trace
from miragic_contracts.overlay import OverlayError, apply_overlay, as_overlay, load_spec_with, read_overlay
from miragic_contracts.rules import Rulebook, Severity
from miragic_contracts.spec import Level, Spec, SpecError, default_spec_path
from miragic_contracts.spec.source import parse
from miragic_mock.cli.commands import serve
from miragic_mock.cli.serve import options_of
from miragic_mock.domain.settings import Settings

from tests.broken_servers import operators as op
from tests.broken_servers.operators import job, pending
from tests.broken_servers.trial import check_server, rulebook
from tests.broken_servers.wire import refusal

DOCUMENT: dict[str, Any] = {"a": {"b c": [1, {"x": 2}]}, "it's": {"k": 1}, "list": [{"n": 1}, {"n": 2}]}


def overlay(*actions: dict[str, Any]) -> dict[str, Any]:
    return {"overlay": "1.0.0", "actions": list(actions)}


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        pytest.param({"target": "$", "update": {"z": 1}}, {**DOCUMENT, "z": 1}, id="the root"),
        pytest.param(
            {"target": "$.a['b c'][1]", "update": {"y": 3}},
            {**DOCUMENT, "a": {"b c": [1, {"x": 2, "y": 3}]}},
            id="names and an index",
        ),
        pytest.param(
            {"target": '$["it\'s"]', "update": {"k": {"deep": True}}},
            {**DOCUMENT, "it's": {"k": {"deep": True}}},
            id="a quoted name",
        ),
        pytest.param(
            {"target": "$.a['b c']", "update": [9]},
            {**DOCUMENT, "a": {"b c": [1, {"x": 2}, 9]}},
            id="a list grows",
        ),
        pytest.param(
            {"target": "$.list[*].n", "remove": True}, {**DOCUMENT, "list": [{}, {}]}, id="all of a list"
        ),
        pytest.param(
            {"target": "$.a.*", "update": 5}, {**DOCUMENT, "a": {"b c": [1, {"x": 2}, 5]}}, id="all names"
        ),
    ],
)
def test_an_action_changes_its_target(action: dict[str, Any], expected: dict[str, Any]) -> None:
    """Objects are merged, lists grow, other values are replaced, and the document given is left alone."""
    before = copy.deepcopy(DOCUMENT)
    assert apply_overlay(DOCUMENT, overlay(action)) == expected
    assert before == DOCUMENT


@pytest.mark.parametrize(
    ("action", "problem"),
    [
        ({"target": "$.nowhere", "update": {}}, "not in the document"),
        ({"target": "$.list[7]", "update": {}}, "not in the document"),
        ({"target": "$..n", "update": {}}, "names, indexes and"),
        ({"target": "list", "update": {}}, "names, indexes and"),
        ({"target": "$.list[?@.n==1]", "remove": True}, "names, indexes and"),
        ({"target": "$.list"}, "`update` or `remove: true`"),
        ({"target": "$.list", "remove": False}, "`update` or `remove: true`"),
    ],
)
def test_an_action_that_does_not_fit_is_refused(action: dict[str, Any], problem: str) -> None:
    """What cannot be read or matches nothing stops the whole overlay, and names the action."""
    with pytest.raises(OverlayError, match="action 2") as caught:
        apply_overlay(DOCUMENT, overlay({"target": "$", "update": {"z": 1}}, action))
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("overlay: 2.0.0\nactions: []", "expected `overlay: 1.0.0`"),
        ("a: [", "expected YAML"),
        (b"\xff\xfe", "expected a readable UTF-8 file"),
        ("overlay: 1.0.0\nactions: [{target: $.nowhere, remove: true}]", "action 1: its target"),
    ],
)
def test_an_error_names_the_file(tmp_path: Path, text: str | bytes, problem: str) -> None:
    """Of several overlays the one at fault is named, and the error survives pickling."""
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(as_overlay(check_server()), encoding="utf-8")
    bad.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(OverlayError) as caught:
        load_spec_with(None, [good, bad])
    assert str(caught.value).startswith(f"overlay {bad}")
    assert problem in str(caught.value)
    assert caught.value.path == str(bad)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A path that leads nowhere is an overlay that cannot be used."""
    with pytest.raises(OverlayError, match=r"overlay .*missing\.yaml"):
        load_spec_with(None, [tmp_path / "missing.yaml"])


def test_a_contract_that_an_overlay_spoils_names_both(tmp_path: Path) -> None:
    """What no longer loads once an overlay is applied is not blamed on the contract's file alone."""
    file = tmp_path / "spoils.yaml"
    action = {"target": "$.components.schemas.Job.properties", "update": {"language": {"type": "string"}}}
    file.write_text(yaml.safe_dump(overlay(action)), encoding="utf-8")
    with pytest.raises(SpecError, match=r"openapi\.yaml#/components.*spoils\.yaml applied: expected `x-evid"):
        load_spec_with(None, [file])


@pytest.mark.parametrize(
    "text", ["", "a: [", "overlay: 2.0.0\nactions: []", "overlay: 1.0.0", "overlay: 1.0.0\nactions: [1]"]
)
def test_what_is_no_overlay_is_refused(text: str) -> None:
    """A file of another kind or version says what was expected."""
    with pytest.raises(OverlayError):
        read_overlay(text)


def test_what_was_assumed_becomes_observed(tmp_path: Path, spec: Spec) -> None:
    """A response that the contract only assumed is observed once it was met, with where it was seen as
    its source.
    """
    written = as_overlay(check_server())
    file = tmp_path / "seen.overlay.yaml"
    file.write_text(written, encoding="utf-8")
    seen = load_spec_with(None, [file])
    pointer = "/components/responses/NotFound"
    assert (spec.evidence[pointer].level, seen.evidence[pointer].level) == (Level.ASSUMED, Level.OBSERVED)
    (source,) = seen.sources.keys() - spec.sources.keys()
    assert seen.evidence[pointer].see[-1] == source
    unmet = "/components/responses/ContentTooLarge"
    assert seen.evidence[unmet].level is Level.ASSUMED


def test_what_was_met_is_held_against_the_server_from_then_on(tmp_path: Path) -> None:
    """A field that was news at first is part of the contract with the overlay, and no news any more."""
    server = op.json_patch("/data/language", "en", job)
    first = check_server(server())
    assert [f.pointer for f in first.of(Severity.INFORMATION)] == ["/data/language"]
    file = tmp_path / "seen.overlay.yaml"
    file.write_text(as_overlay(first), encoding="utf-8")
    again = Rulebook(load_spec_with(None, [file])).judge(first.trace)
    assert again.findings == ()
    other = Rulebook(load_spec_with(None, [file])).judge(
        check_server(op.json_patch("/data/language", 7, job)()).trace
    )
    assert {finding.severity for finding in other.findings} == {Severity.WARNING}


def test_unknown_states_are_listed_and_left_to_people() -> None:
    """A state that nobody knew is told, but not put into the lifecycle: which moves it allows, no trace
    tells.
    """
    report = check_server(op.json_patch("/data/status", "PROCESSING", pending)())
    document = yaml.safe_load(as_overlay(report))
    assert document["x-unknown-states"] == ["PROCESSING"]
    assert document["x-met-statuses"]["createTranscriptionJob"] == [201, 400, 401, 405]


def test_lines_stay_those_of_the_file(tmp_path: Path, spec: Spec) -> None:
    """With an overlay, an element is still found at its line of openapi.yaml, an added one at that
    around it.
    """
    file = tmp_path / "o.yaml"
    action = {
        "target": "$.components.schemas.Job.properties",
        "update": {"language": {"type": "string", "x-evidence": "observed"}},
    }
    file.write_text(yaml.safe_dump(overlay(action)), encoding="utf-8")
    seen = load_spec_with(None, [file])
    pointer = "/components/schemas/Job/properties"
    assert seen.line(f"{pointer}/status") == spec.line(f"{pointer}/status")
    assert seen.line(f"{pointer}/language") == spec.line(pointer)


# What a check records, by what the server did: as it is, with news, failing at once, not there at all.
RECORDED = {
    "a sound server": lambda: check_server(),
    "a server with news": lambda: check_server(op.json_patch("/data/language", "en", job)()),
    "a server in a state of its own": lambda: check_server(op.json_patch("/data/status", "NEW", pending)()),
    "an outage": lambda: check_server(op.refusing(lambda asked: True, refusal(503, "AWAY", "Back soon."))()),
    "nothing": lambda: judge_trace(dataclasses.replace(check_server().trace, exchanges=()), rulebook()),
}


@pytest.mark.parametrize("report", RECORDED.values(), ids=RECORDED.keys())
def test_what_is_recorded_is_an_overlay_as_the_standard_has_it(report: Callable[[], Report]) -> None:
    """Whatever was met, the file satisfies the schema of Overlay 1.0, and another tool that applies it makes
    the same contract of it.
    """
    recorded = yaml.safe_load(as_overlay(report()))
    assert oas_patch.validator.validate(recorded, "sh") == "Validation successful"
    base = parse(default_spec_path().read_text(encoding="utf-8"))
    assert oas_patch.overlay.apply_overlay(copy.deepcopy(base), recorded) == apply_overlay(base, recorded)


@pytest.mark.parametrize("status", [200, 201, 202])
def test_the_status_of_a_submission_is_recorded(tmp_path: Path, spec: Spec, status: int) -> None:
    """Of the three codes that are assumed the one that was met is observed: a mock answers with it, and
    another is a change that the checker warns of.
    """
    file = tmp_path / "seen.overlay.yaml"
    file.write_text(as_overlay(check_server(settings=Settings(create_status=status))), encoding="utf-8")
    seen = load_spec_with(None, [file])
    levels = {response.status: response.evidence.level for response in seen.submit.successes}
    assert levels == {"200": "assumed", "201": "assumed", "202": "assumed", str(status): "observed"}
    assert seen.submit.likeliest_success.status == str(status)
    assert spec.submit.likeliest_success.status == "201"
    for other in (200, 201, 202):
        trace = check_server(settings=Settings(create_status=other)).trace
        found = Rulebook(seen).judge(trace).findings
        assert [(f.rule, f.severity) for f in found] == [("status-declared", Severity.WARNING)] * (
            other != status
        )


def test_the_mock_answers_as_was_observed(tmp_path: Path) -> None:
    """With a recorded overlay `miragic-mock serve` submits with the code that was met, or told."""
    file = tmp_path / "seen.overlay.yaml"
    file.write_text(as_overlay(check_server(settings=Settings(create_status=202))), encoding="utf-8")

    def status(*arguments: str) -> int:
        return options_of(serve.make_context("serve", [*arguments]).params).settings.create_status

    assert status("--overlay", str(file)) == 202
    assert status("--overlay", str(file), "--create-status", "200") == 200
    assert status() == 201
