"""The removals prove something: a change that cannot be made, or that no test notices, is reported."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bench.client_removals import ROOT, Outcomes, Trial, judge, node_ids, trials_of
from tests.client.removals import FEATURES, Removal


@pytest.mark.parametrize(("old", "times"), [("no such text", 0), ("Final", 30)])
def test_a_text_that_does_not_stand_there_once_is_an_error(old, times):
    """The source has moved on: the removal would prove nothing."""
    verdict = judge(Trial("row", Removal("_api.py", old, "", ("test_api::any",)), ("any",)))
    (problem,) = verdict.wrong
    assert problem.startswith("the old text stands in _api.py ")
    assert (" 0 times" in problem) == (times == 0)


def test_a_test_fails_if_one_of_its_cases_does():
    """A test that did not run has neither failed nor passed."""

    class Report:
        def __init__(self, nodeid, failed):
            self.nodeid, self.failed, self.when = nodeid, failed, "call"

    outcomes = Outcomes()
    for name, failed in (("a.py::t[1]", False), ("a.py::t[2]", True), ("a.py::u", False)):
        outcomes.pytest_runtest_logreport(Report(name, failed))
    assert [outcomes.of(name) for name in ("a.py::t", "a.py::t[1]", "a.py::u", "a.py::v")] == [
        True,
        False,
        False,
        None,
    ]


def test_a_vector_is_run_on_both_clients():
    """The promise is made for both."""
    assert [name.rsplit("/", 1)[1] for name in node_ids(["vector paying/answer-lost"])] == [
        "test_vectors.py::test_the_client_passes[paying-answer-lost]",
        "test_vectors.py::test_the_asynchronous_client_passes[paying-answer-lost]",
    ]


def test_every_test_is_seen_to_pass_first():
    """A test that fails anyway would seem to catch everything."""
    row = {"server poll hint": FEATURES["server poll hint"]}
    whole, *changed = trials_of(row.items())
    assert whole.removal is None
    assert {name for trial in changed for name in trial.tests} >= set(whole.tests)


IDLE = """
import bench.client_removals
from tests.client.removals import Removal

old = "# Spellings of the job's identity, in the order they are looked for"
idle = Removal("_api.py", old, "# Spellings", ("test_api::test_the_base_url_is_the_contracts",))
bench.client_removals.ROWS = {"a comment": [idle]}
raise SystemExit(bench.client_removals.main([]))
"""


def test_a_change_that_no_test_minds_is_told():
    """A comment is taken away, and nothing fails; the command does."""
    run = subprocess.run([sys.executable, "-c", IDLE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 1, run.stderr
    assert "a comment: _api.py without" in run.stdout
    assert "not caught by: tests/client/test_api.py::test_the_base_url_is_the_contracts" in run.stdout
    assert "0 of 1 removals, of 1 rows" in run.stdout
