"""Overlays: what was met becomes part of the contract."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from miragic_contracts.overlay import OverlayError, apply_overlay, as_overlay, load_spec_with, read_overlay
from miragic_contracts.rules import Rulebook, Severity
from miragic_contracts.spec import Level, Spec

from tests.broken_servers import operators as op
from tests.broken_servers.operators import job, pending
from tests.broken_servers.trial import check_server

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
