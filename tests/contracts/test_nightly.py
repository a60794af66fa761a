"""The nightly workflow asks for what the command can do, and keeps its key to itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from miragic_contracts.commands.check import check_command

FILE = Path(__file__).parents[2] / ".github" / "workflows" / "nightly-contract.yml"


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    """The workflow as YAML, in which the word `on` stays a word."""
    loaded: dict[str, Any] = yaml.load(FILE.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # ours
    return loaded


def test_it_runs_at_night_and_on_demand(workflow: dict[str, Any]) -> None:
    """The workflow has a schedule of five fields and can be started by hand, never by a pull request."""
    assert workflow["on"].keys() == {"schedule", "workflow_dispatch"}
    (schedule,) = workflow["on"]["schedule"]
    assert len(schedule["cron"].split()) == 5


def test_its_options_exist(workflow: dict[str, Any]) -> None:
    """Each option that the workflow gives to `check` is one of its options."""
    known = {name for parameter in check_command.params for name in parameter.opts}
    (job,) = workflow["jobs"].values()
    command = next(step["run"] for step in job["steps"] if step.get("id") == "check")
    used = set(re.findall(r"(?<=[\s(])--[a-z-]+", command))
    assert used
    assert used <= known


def test_the_key_comes_from_a_secret_and_stands_on_no_command_line(workflow: dict[str, Any]) -> None:
    """Keys are taken from secrets into the environment, and no step writes one down."""
    (job,) = workflow["jobs"].values()
    assert job["env"]["MIRAGIC_API_KEY"] == "${{ secrets.MIRAGIC_API_KEY }}"
    scripts = " ".join(step.get("run", "") for step in job["steps"])
    assert "--api-key" not in scripts
    assert "secrets." not in scripts
    assert not re.search(r"echo[^\n]*\$\{?MIRAGIC", scripts)


def test_no_expression_of_others_is_pasted_into_a_script(workflow: dict[str, Any]) -> None:
    """What somebody may choose reaches scripts through the environment, where a shell does not run it."""
    (job,) = workflow["jobs"].values()
    assert [step["run"] for step in job["steps"] if "${{" in step.get("run", "")] == []


def test_it_may_do_no_more_than_it_needs(workflow: dict[str, Any]) -> None:
    """By default the workflow only reads; its job may open issues and upload findings."""
    (job,) = workflow["jobs"].values()
    assert workflow["permissions"] == {"contents": "read"}
    assert job["permissions"] == {"contents": "read", "issues": "write", "security-events": "write"}
    assert int(job["timeout-minutes"]) <= 30


@pytest.mark.parametrize("file", sorted(FILE.parent.glob("*.yml")), ids=lambda file: file.stem)
def test_the_actions_of_others_are_pinned(file: Path) -> None:
    """What runs beside a key is one commit, named with its version, and a checkout leaves no token behind."""
    text = file.read_text(encoding="utf-8")
    assert re.findall(r"uses: (?!\S+@[0-9a-f]{40} # v\d+\.\d+\.\d+$).*", text, re.MULTILINE) == []
    jobs = yaml.safe_load(text)["jobs"].values()
    checkouts = [step for job in jobs for step in job["steps"] if "checkout" in step.get("uses", "")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)
