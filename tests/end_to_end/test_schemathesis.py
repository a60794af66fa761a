"""Schemathesis with all checks and phases finds no fault in the mock, and finds one that is put in."""

from __future__ import annotations

import json
import subprocess
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

ROOT: Final = Path(__file__).parents[2]
CONTRACT: Final = "openapi.yaml"
CONTROL: Final = "mock_server/miragic_mock/control/control.yaml"
PHASES: Final = ["examples", "coverage", "fuzzing", "stateful"]
# The key that schemathesis.toml sends. Every other key must be refused, or the checks of keys mean nothing.
KEY_OPTIONS: Final = ("--api-key", "schemathesis")

# A run takes about ten seconds; on a busy machine it may take many times that.
TIMEOUT_S: Final = 300

pytestmark = pytest.mark.timeout(TIMEOUT_S + 30)

Fuzz = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def mock_url(start_mock: Any) -> Iterator[str]:
    """A mock with one valid key, whose jobs finish while schemathesis still polls them."""
    with start_mock(*KEY_OPTIONS, "--plan", "done-after=2polls") as url:
        yield url


@pytest.fixture
def fuzz(tmp_path: Path) -> Fuzz:
    """A function that runs Schemathesis on a server and returns its JSON report."""

    def fuzz(
        url: str, *options: str, spec: str = CONTRACT, config: str = "schemathesis.toml"
    ) -> dict[str, Any]:
        report = tmp_path / "report.json"
        st = Path(sysconfig.get_path("scripts")) / "st"
        command = [st, "--config-file", config, "run", spec, "--url", url]
        reporting = ["--report", "json", "--report-json-path", report]
        finished = subprocess.run(
            [*map(str, command), *map(str, reporting), *options],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        assert report.exists(), finished.stdout + finished.stderr
        document: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
        return document | {"log": finished.stdout}

    return fuzz


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_is_found(fuzz: Fuzz, mock_url: str, seed: int) -> None:
    """Each seed runs all phases on both operations, gets jobs and polls accepted, and reports no failure."""
    report = fuzz(mock_url, "--checks", "all", "--phases", ",".join(PHASES), "--seed", str(seed))

    assert report["failures"] == [], report["log"]
    assert report["errors"] == [], report["log"]
    assert report["exit_code"] == 0, report["log"]
    assert report["complete"]
    assert report["operations"]["tested"] == report["operations"]["total"] == 2
    assert {name: phase["status"] for name, phase in report["phases"].items()} == dict.fromkeys(
        PHASES, "success"
    )
    assert {name: found for name, found in report["warnings"].items() if found} == {}
    for operation, rates in report["valid_rates"].items():
        assert sum(rate["accepted"] for rate in rates.values()) > 0, f"{operation}: nothing was accepted"


def test_a_form_wrongly_accepted_is_still_found(fuzz: Fuzz, start_mock: Any, tmp_path: Path) -> None:
    """A server that takes a form without its required field is reported: only false alarms are dropped."""
    lenient = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
    lenient["components"]["schemas"]["TranscriptionRequest"]["required"].remove("audio_format")
    copy = tmp_path / "lenient.yaml"
    copy.write_text(yaml.safe_dump(lenient, sort_keys=False), encoding="utf-8")

    with start_mock(*KEY_OPTIONS, "--spec", str(copy)) as url:
        report = fuzz(url, "--phases", "coverage", "--seed", "1")

    assert {failure["code"] for failure in report["failures"]} == {"ST201"}, report["log"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_is_found_in_the_control_api(fuzz: Fuzz, mock_url: str, seed: int) -> None:
    """The mock's own control API keeps to its own document; what that cannot say is named in the settings.

    Each seed gets a tenth of the examples that schemathesis takes by itself, for there are many operations.
    """
    report = fuzz(
        f"{mock_url}/_mock",
        "--checks",
        "all",
        "--seed",
        str(seed),
        "--max-examples",
        "10",
        spec=CONTROL,
        config="tests/end_to_end/schemathesis_control.toml",
    )
    assert report["failures"] == [], report["log"]
    assert report["errors"] == [], report["log"]
    assert report["complete"]
    assert report["operations"]["tested"] == report["operations"]["total"]
