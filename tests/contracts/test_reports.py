"""Reports: the same findings in each form, well formed, and without a key."""

from __future__ import annotations

import base64
import html.parser
import io
import json
import os
import re
import subprocess
from collections.abc import Callable
from xml.etree import ElementTree

import jsonschema
import pytest
from miragic_contracts.checker import Report
from miragic_contracts.har import as_har
from miragic_contracts.overlay import as_overlay
from miragic_contracts.redaction import redactor_for
from miragic_contracts.reports import (
    as_annotations,
    as_html,
    as_json,
    as_junit,
    as_markdown,
    as_sarif,
    report_schema,
    show,
    without_keys,
)
from miragic_contracts.reports.facts import facts
from miragic_contracts.rules import Severity
from pydantic import ValidationError
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif
from rich.console import Console

from tests.broken_servers import operators as op
from tests.broken_servers.operators import completed
from tests.broken_servers.trial import KEY, SECOND_KEY, check_server
from tests.broken_servers.wire import refusal
from tests.hostile import CONTROL, is_said, rows, spellings

# What an answer may hold to break out of a report.
NASTY = "</script><script>alert(1)</script> | `x` \x00\x1b[31m ]]> ::error::x\n::warning::y @somebody"

FORMS: dict[str, Callable[[Report], str]] = {
    "json": as_json,
    "junit": as_junit,
    "sarif": as_sarif,
    "html": as_html,
    "markdown": as_markdown,
    "annotations": as_annotations,
    "har": lambda report: as_har(report.trace),
    "overlay": as_overlay,
}


@pytest.fixture(scope="module")
def failed() -> Report:
    """A report with an error, a warning and news, on a server that tries to break the page."""
    wrong = op.changed(
        lambda incoming, reply: op.patched(
            reply,
            {
                "/data/transcription": NASTY,
                "/data/creditsUsed": NASTY,
                "/data/language": NASTY,
                "/data/metadata": {"apiResponse": {"success": True, "transcription": "other"}},
            },
        ),
        completed,
    )
    return check_server(wrong())


@pytest.fixture(scope="module")
def inconclusive() -> Report:
    """A report on an account without credits."""
    return check_server(op.refusing(lambda a: a.is_submit and a.key == KEY, refusal(402))())


@pytest.fixture(scope="module")
def leaky() -> Report:
    """A report on a server that repeats keys in answers of every kind, plain and encoded."""
    encoded = base64.b64encode(f"x{KEY}".encode()).decode()

    def repeat(incoming: op.Incoming, reply: op.Reply) -> op.Reply:
        reply = reply.with_header("X-Key", incoming.key or "").with_value("/key", encoded)
        return reply.with_value("/error/message", f"{incoming.key} {SECOND_KEY}").with_value(
            "/data/userId", KEY
        )

    return check_server(op.changed(repeat)())


def test_the_report_holds_to_its_schema(failed: Report, inconclusive: Report, leaky: Report) -> None:
    """What is written for programs is what the shipped schema says, whatever the outcome."""
    schema = report_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    for report in (failed, inconclusive, leaky, check_server()):
        jsonschema.validate(json.loads(as_json(report)), schema)


def test_the_report_says_what_the_issue_promises(failed: Report) -> None:
    """Verdict, findings, untested rules, what was spent and the seed are where programs look for them."""
    document = json.loads(as_json(failed))
    assert document["verdict"] == "fail"
    assert {"rule", "severity", "evidence", "message", "pointer", "exchange"} <= document["findings"][
        0
    ].keys()
    assert document["spent"] == {"jobs": 4, "requests": len(failed.trace.exchanges), "credits": 8}
    assert document["seed"] == 1
    assert json.loads(as_json(check_server(has_second_key=False)))["not_tested"] == ["jobs-private"]


@pytest.mark.parametrize("form", FORMS)
def test_no_form_holds_a_key(leaky: Report, form: str) -> None:
    """A server that repeats keys in its answers gets none of them into a report, in no encoding."""
    text = FORMS[form](leaky)
    redactor = redactor_for(KEY, SECOND_KEY)
    assert redactor.text(text) == text


@pytest.fixture(scope="module")
def echoing() -> Report:
    """A report on a server that says its key in every spelling, as value and as name, among controls."""
    said = [
        *dict(spellings(KEY)).values(),
        *(text for kind in ("controls", "commands") for _, text in rows(kind)),
    ]

    def echo(incoming: op.Incoming, reply: op.Reply) -> op.Reply:
        for number, text in enumerate(said):
            whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            reply = reply.with_value(f"/said{number}", {whole: whole}).with_value("/data/status", whole)
        return reply.with_value("/error/message", "\n".join(said[:-1]).encode(errors="replace").decode())

    return check_server(op.changed(echo)())


@pytest.mark.parametrize("form", FORMS)
def test_no_form_repeats_a_hostile_echo(echoing: Report, form: str) -> None:
    """No spelling of the key, no control and no command of a server's is in any form of report."""
    text = FORMS[form](without_keys(echoing, redactor_for(KEY, SECOND_KEY)))
    assert not is_said(KEY, text, depth=1)
    assert not CONTROL.search(text)


def test_the_key_that_came_back_is_found(leaky: Report) -> None:
    """The proof that the search above searches: the rule saw the markers that stand for keys."""
    assert "key-kept" in {finding.rule for finding in leaky.findings}
    assert "$MIRAGIC_API_KEY" in as_har(leaky.trace)


def test_junit_counts(failed: Report, inconclusive: Report) -> None:
    """Each rule is a test case: errors fail, the untested are skipped, and an inconclusive run errs."""
    suite = ElementTree.fromstring(as_junit(failed))
    cases = {case.get("name"): case for case in suite}
    errors = {finding.rule for finding in failed.of(Severity.ERROR)}
    assert {name for name, case in cases.items() if case.find("failure") is not None} == errors
    assert suite.get("failures") == str(len(errors))
    undecided = ElementTree.fromstring(as_junit(inconclusive))
    assert undecided.get("errors") == "1"
    assert int(undecided.get("skipped", "0")) == len(inconclusive.not_tested)


# JUnit as Jenkins' junit-10.xsd has it, which is what its readers expect: of each element the attributes that
# must be there, those that may, and what may stand in it, in order.
JUNIT: dict[str, tuple[set[str], set[str], list[str]]] = {
    "testsuite": (
        {"name", "tests"},
        {"failures", "errors", "skipped", "time", "timestamp", "hostname", "id", "package", "file", "log"},
        ["properties", "testcase", "system-out", "system-err"],
    ),
    "testcase": (
        {"name"},
        {"classname", "time", "status", "assertions", "group", "file", "line"},
        ["skipped", "error", "failure", "system-out", "system-err"],
    ),
    "skipped": (set(), {"type", "message"}, []),
    "error": (set(), {"type", "message"}, []),
    "failure": (set(), {"type", "message"}, []),
    "system-out": (set(), set(), []),
}


def test_junit_holds_to_its_schema(failed: Report, inconclusive: Report) -> None:
    """Elements, their attributes and their order are those of JUnit's schema, whatever the outcome."""
    for report in (failed, inconclusive, check_server()):
        for holder in ElementTree.fromstring(as_junit(report)).iter():
            needed, free, children = JUNIT[holder.tag]
            assert needed <= set(holder.keys()) <= needed | free
            places = [children.index(child.tag) for child in holder]
            assert places == sorted(places)


def test_sarif_holds_to_its_schema(failed: Report, inconclusive: Report) -> None:
    """Whatever the outcome, the file is what the schema of SARIF 2.1.0 asks for, and nothing beside it."""
    for report in (failed, inconclusive, check_server()):
        written = json.loads(as_sarif(report))
        Sarif.model_validate(written)
        (run,) = written["runs"]
        with pytest.raises(ValidationError):
            Sarif.model_validate({**written, "runs": [{**run, "unheardOf": 1}]})


def test_sarif_points_at_lines_of_the_contract(failed: Report) -> None:
    """Each result names its rule, its level, and a line of openapi.yaml; accepted ones are suppressed."""
    (run,) = json.loads(as_sarif(failed))["runs"]
    lines = failed.spec.text.splitlines()
    rules = run["tool"]["driver"]["rules"]
    assert len(run["results"]) == len(failed.findings)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        (location,) = result["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"] == "openapi.yaml"
        assert lines[location["physicalLocation"]["region"]["startLine"] - 1].strip()


class _Page(html.parser.HTMLParser):
    """Collects the tags of a page, and what its links lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.ids: set[str] = set()
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        values = dict(attrs)
        self.ids.add(values.get("id") or "")
        self.links.add(values.get("href") or "")
        assert "src" not in values
        assert not any(name.startswith("on") for name in values)


def test_html_is_one_page_that_needs_nothing(failed: Report) -> None:
    """The page runs no script, loads nothing, and each of its links leads to a place on it."""
    page = _Page()
    page.feed(as_html(failed))
    assert "script" not in page.tags
    assert {link[1:] for link in page.links if link} <= page.ids
    assert {"svg", "article", "figure", "style"} <= page.tags


def test_html_shows_each_job_and_finding(failed: Report) -> None:
    """There is a timeline for each of the four jobs, and a card for each finding."""
    text = as_html(failed)
    assert text.count("<figure>") == 4
    assert text.count('class="finding ') == len(failed.findings)


def test_html_shows_a_job_that_goes_back() -> None:
    """The caption of a job's timeline tells each move that was seen, the illegal one too."""
    back = op.trace_patch({"/data/status": "PENDING"}, 2, when=completed)
    text = as_html(check_server(back()))
    assert "Job 1: audio.mp3. PENDING → COMPLETED → PENDING → COMPLETED<" in text
    assert "Job 4: not-audio.mp3. PENDING → FAILED<" in text


def test_markdown_escapes_what_answers_say(failed: Report) -> None:
    """A cell of the table is one line that holds no markup of the server's, and tells nobody."""
    rows = [line for line in as_markdown(failed).splitlines() if line.startswith("| `")]
    assert len(rows) == len(failed.findings)
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 6 for row in rows)
    assert "@somebody" not in as_markdown(failed)


def test_annotations_are_one_line_each(failed: Report) -> None:
    """A line break in an answer starts no workflow command of its own."""
    lines = as_annotations(failed).splitlines()
    assert len(lines) == len(failed.findings)
    assert all(
        re.match(r"::(error|warning|notice) file=openapi\.yaml,line=\d+,title=[\w-]+::", line)
        for line in lines
    )


def test_a_finding_can_be_tried_again(failed: Report) -> None:
    """The curl command of a finding is one that a shell reads, with the key left to a variable."""
    for fact in facts(failed):
        words = subprocess.run(
            ["sh", "-c", f'set -- {fact.curl}; printf "%s\\n" "$@"'],
            env={**os.environ, "MIRAGIC_API_KEY": "the key"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert words.startswith("curl\n")
        assert "X-API-Key: the key" in words


def test_the_console_ends_with_the_verdict(failed: Report, inconclusive: Report) -> None:
    """People read the verdict last, and every finding with what was expected and received."""
    for report, word in ((failed, "VIOLATES"), (inconclusive, "INCONCLUSIVE"), (check_server(), "CONFORMS")):
        said = io.StringIO()
        show(report, Console(file=said, width=200, soft_wrap=True))
        assert said.getvalue().splitlines()[-1].startswith(word)
        assert said.getvalue().count("expected ") >= len(report.findings)
