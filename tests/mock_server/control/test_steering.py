"""The plan, scenario and faults that the control API sets for later requests."""

from __future__ import annotations

from typing import Any


def test_steering_is_set_read_and_cleared(api: Any) -> None:
    """Plan, scenario and faults are kept in canonical spelling until they are cleared."""
    scenario = '[[rule]]\nname = "*.wav"\nplan = "outcome=failed"\n'
    for path, name, given, kept, cleared in (
        ("/plan", "plan", "done-after=2m", "done-after=120s", ""),
        ("/scenario", "scenario", scenario, scenario, ""),
        ("/faults", "faults", ["429(first=3,retry-after=2)"], ["429(retry-after=2s,first=3)"], []),
    ):
        assert api.control("PUT", path, json={name: given})[name] == kept
        assert api.control("GET", path)[name] == kept
        api.control("DELETE", path, status=204)
        assert api.control("GET", path)[name] == cleared


def test_what_cannot_be_read_is_pointed_at(api: Any) -> None:
    """A slip in a plan, a scenario or a fault is a 400 that names the word, and changes nothing."""
    for path, body, word in (
        ("/plan", {"plan": "outcome=faild"}, "faild"),
        ("/scenario", {"scenario": "[[rule]]\nnme = 'x'\n"}, "nme"),
        ("/faults", {"faults": ["499"]}, "499"),
    ):
        assert word in api.control("PUT", path, status=400, json=body)["error"]["message"]
