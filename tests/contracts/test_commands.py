"""The command, as people and programs use it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from miragic_contracts.commands import miragic_contract
from miragic_contracts.har import as_har
from miragic_contracts.rules import RULES

from tests.broken_servers import operators as op
from tests.broken_servers.operators import completed
from tests.broken_servers.trial import KEY, SECOND_KEY, check_server
from tests.broken_servers.wire import between, refusal

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

FORMS = ("report-json", "junit", "sarif", "html", "markdown", "annotations", "har", "record-overlay")


def run(*arguments: str, **environment: str) -> Result:
    clean = {"MIRAGIC_API_KEY": None, "MIRAGIC_SECOND_API_KEY": None, "COLUMNS": "200"}
    return CliRunner().invoke(miragic_contract, arguments, env={**clean, **environment})


def check(url: str, *arguments: str) -> Result:
    return run(
        "check", "--base-url", url, "--api-key", KEY, "--profile", "mock", "--timeout", "20", *arguments
    )


@pytest.fixture
def dead_url(served: Callable[[WSGIApplication], str]) -> str:
    """A server that must never be asked: it fails the test that does."""

    def fail(environ: object, start_response: object) -> list[bytes]:
        raise AssertionError("a request was sent")

    return served(fail)


def test_a_sound_server_conforms(sound_url: str, tmp_path: Path) -> None:
    """The command leaves with 0, writes every form that was asked for, and none of them holds a key."""
    files = {form: tmp_path / "made" / f"report.{form}" for form in FORMS}
    wanted = [word for form, file in files.items() for word in (f"--{form}", str(file))]
    result = check(sound_url, "--second-api-key", SECOND_KEY, "--seed", "7", *wanted)
    assert result.exit_code == 0, result.output
    assert "CONFORMS" in result.output
    for file in files.values():
        assert KEY not in file.read_text(encoding="utf-8")
    report = json.loads(files["report-json"].read_text(encoding="utf-8"))
    assert (report["verdict"], report["seed"], report["not_tested"]) == ("pass", 7, [])


def test_a_broken_server_violates(served: Callable[[WSGIApplication], str]) -> None:
    """The command leaves with 1, and says what was expected, what came, and the line of the contract."""
    url = served(between(lambda *_: [], lambda ask, incoming: refusal(401).with_value("/success", True)))
    result = check(url)
    assert result.exit_code == 1
    assert "`success` false" in result.output
    assert "openapi.yaml:" in result.output


def test_no_credits_are_inconclusive(served: Callable[[WSGIApplication], str]) -> None:
    """The command leaves with 3 where the account stands in the way."""
    url = served(
        between(lambda *_: [], lambda ask, incoming: refusal(402, "INSUFFICIENT_CREDITS", "None left."))
    )
    result = check(url)
    assert result.exit_code == 3
    assert "too few credits" in result.output


def test_a_budget_of_nothing_stops_the_run(sound_url: str) -> None:
    """The command leaves with 4 where the budget allows no verdict."""
    assert check(sound_url, "--max-jobs", "0").exit_code == 4


def test_a_dry_run_sends_nothing(dead_url: str) -> None:
    """The most that a run can spend is printed, nothing is sent, and no key is needed for it."""
    result = run("check", "--base-url", dead_url, "--dry-run")
    assert result.exit_code == 0
    assert "at most 5 jobs" in result.output
    assert "10 credits" in result.output


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--base-url", "example.org", "--api-key", KEY], "expected http://"),
        (["--base-url", "http://me:secret@x", "--api-key", KEY], "no name or password"),
        (["--base-url", "http://[::1", "--api-key", KEY], "expected http://"),
        (["--base-url", "http://x:99999", "--api-key", KEY], "expected http://"),
        (["--base-url", "http://a..b", "--api-key", KEY], "expected http://"),
        (["--base-url", "http://*", "--api-key", KEY], "expected http://"),
        (["--base-url", "http://x/?v=1", "--api-key", KEY], "no ? and no #"),
        (["--base-url", "http://x", "--api-key", KEY, "--rate", "fast"], "expected a rate"),
        (["--base-url", "http://x", "--api-key", KEY, "--rate", "0/s"], "expected a rate"),
        (["--base-url", "http://x", "--api-key", KEY, "--timeout", "0"], "--timeout"),
        (["--base-url", "http://x", "--api-key", "clé secrète"], "visible ASCII"),
        (["--base-url", "http://x", "--api-key", KEY, "--profile", "slow"], "--profile"),
        (["--base-url", "http://x", "--api-key", KEY, "--max-jobs", "-1"], "--max-jobs"),
        (["--base-url", "http://x", "--api-key", KEY, "--spec", "nowhere.yaml"], "nowhere.yaml"),
        (["--base-url", "http://x", "--api-key", KEY, "--overlay", "nowhere.yaml"], "nowhere.yaml"),
        (["--base-url", "http://x", "--api-key", KEY, "--baseline", "nowhere.toml"], "nowhere.toml"),
        (["--base-url", "http://x"], "--api-key"),
        (["--api-key", KEY], "--base-url"),
    ],
)
def test_what_is_misspelt_is_a_usage_error(arguments: list[str], problem: str) -> None:
    """A mistake on the command line leaves with 2, names the option, and repeats no key."""
    result = run("check", *arguments)
    assert result.exit_code == 2
    assert problem in result.output
    assert "clé" not in result.output


def test_the_key_may_come_from_the_environment(dead_url: str) -> None:
    """A key need not stand on the command line, where others can read it."""
    result = run("check", "--base-url", dead_url, "--dry-run", MIRAGIC_API_KEY=KEY)
    assert result.exit_code == 0


def test_a_report_on_standard_output_stands_alone(sound_url: str) -> None:
    """With `-` the report goes to standard output, and what people read to standard error."""
    result = check(sound_url, "--report-json", "-")
    assert json.loads(result.stdout)["verdict"] == "pass"
    assert "CONFORMS" in result.stderr


def test_a_recording_is_judged(tmp_path: Path) -> None:
    """`judge` says of a recording what `check` said of the run, and sends nothing."""
    file = tmp_path / "run.har"
    file.write_text(as_har(check_server().trace), encoding="utf-8")
    assert run("judge", str(file)).exit_code == 0
    wrong = check_server(op.json_patch("/data/id", "other", completed)())
    file.write_text(as_har(wrong.trace), encoding="utf-8")
    result = run("judge", str(file))
    assert result.exit_code == 1
    assert "id-echo" in result.output


def test_half_a_character_in_an_answer_stops_no_report(tmp_path: Path) -> None:
    """What a server may escape and no file can hold is judged, and shown in each form of report."""
    file, files = tmp_path / "run.har", {form: tmp_path / form for form in FORMS}
    sound = as_har(check_server().trace)
    broken = sound.replace(r"\"COMPLETED\"", r"\"\\ud800\"")
    assert broken != sound
    file.write_text(broken, encoding="utf-8")
    wanted = [word for form, path in files.items() for word in (f"--{form}", str(path))]
    result = run("judge", str(file), *wanted)
    assert result.exit_code == 0, result.output
    assert "\ufffd" in files["html"].read_text(encoding="utf-8")


def test_a_baseline_accepts(tmp_path: Path) -> None:
    """A finding that the baseline accepts does not fail the command."""
    file, baseline = tmp_path / "run.har", tmp_path / "baseline.toml"
    file.write_text(as_har(check_server(op.cost("2")()).trace), encoding="utf-8")
    baseline.write_text(
        '[[accepted]]\nrule = "job-document"\nreason = "known"\nexpires = 2999-01-01\n', encoding="utf-8"
    )
    assert run("judge", str(file)).exit_code == 1
    result = run("judge", str(file), "--baseline", str(baseline))
    assert result.exit_code == 0
    assert "1 accepted" in result.output


def test_what_is_no_recording_is_a_usage_error(tmp_path: Path) -> None:
    """A file that is no HAR leaves with 2 and says so."""
    file = tmp_path / "x.har"
    file.write_text("{}", encoding="utf-8")
    result = run("judge", str(file))
    assert result.exit_code == 2
    assert "expected a HAR file" in result.output


def test_rules_are_explained() -> None:
    """Each rule is listed with its severity, its sentence, what it stands on and what it needs."""
    listed = json.loads(run("rules", "--json").output)
    assert [rule["id"] for rule in listed] == [rule.id for rule in RULES]
    assert all(rule["sentence"] and rule["lines"] and rule["needs"] for rule in listed)
    text = run("rules", "legal-moves").output
    assert "x-job-lifecycle" in text or "Stands on job" in text
    assert run("rules", "legal-move").exit_code == 2


def test_a_contract_without_a_ground_is_a_usage_error(dead_url: str, tmp_path: Path) -> None:
    """Where the contract lacks what a rule stands on, nothing is sent, and rule and ground are named."""
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(
        "overlay: 1.0.0\ninfo: {title: t, version: '1'}\n"
        "actions: [{target: \"$['x-open-questions']['Q15']\", remove: true}]\n",
        encoding="utf-8",
    )
    named = "the rule 'created-document' stands on 'Q15', which the contract does not declare"
    for result in (check(dead_url, "--overlay", str(overlay)), run("rules", "--overlay", str(overlay))):
        assert result.exit_code == 2
        assert named in " ".join(result.output.split())


def test_without_its_libraries_the_command_says_what_to_install() -> None:
    """Where the extra was not installed, the command names it instead of showing a traceback."""
    code = "import sys; sys.modules['click'] = None; from miragic_contracts.__main__ import main; main()"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 2
    assert "miragic-stt-toolkit[contracts]" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_defect_of_ours_is_not_taken_for_a_verdict() -> None:
    """Where the command itself fails, its status blames no server, and says where it failed."""
    code = (
        "import sys; from click import Command; import miragic_contracts.commands as commands\n"
        "commands.miragic_contract = Command('broken', callback=lambda: 1 / 0); sys.argv[1:] = []\n"
        "from miragic_contracts.__main__ import main; main()"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 3
    assert "ZeroDivisionError" in result.stderr
    assert "says nothing of the server" in result.stderr


def test_an_interruption_is_not_taken_for_a_verdict() -> None:
    """Ctrl-C while no request is under way leaves with the status of what is not known."""
    code = (
        "import signal, sys; from click import Command; import miragic_contracts.commands as commands\n"
        "interrupt = lambda: signal.raise_signal(signal.SIGINT); sys.argv[1:] = []\n"
        "commands.miragic_contract = Command('slow', callback=interrupt)\n"
        "from miragic_contracts.__main__ import main; main()"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 3
    assert "interrupted" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_reader_that_goes_away_changes_no_verdict(tmp_path: Path) -> None:
    """Where the output is not read to its end, the status is the verdict, and reports are written."""
    recording, report = tmp_path / "run.har", tmp_path / "report.json"
    recording.write_text(as_har(check_server().trace), encoding="utf-8")
    words = ["judge", str(recording), "--report-json", str(report)]
    reading, writing = os.pipe()
    os.close(reading)
    try:
        result = subprocess.run(
            [sys.executable, "-m", "miragic_contracts", *words],
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(writing)
    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads(report.read_text(encoding="utf-8"))["verdict"] == "pass"


def test_a_report_that_cannot_be_written_is_told_before_anything_is_spent(
    dead_url: str, tmp_path: Path
) -> None:
    """A path that leads nowhere is a usage error, and no request is sent for a report that would be lost."""
    taken = tmp_path / "file"
    taken.touch()
    result = run("check", "--base-url", dead_url, "--api-key", KEY, "--html", str(taken / "report.html"))
    assert result.exit_code == 2
    assert "--html" in result.output
