"""Accepting findings, for a reason and for a while."""

from __future__ import annotations

import datetime

import pytest
from miragic_contracts.baseline import BaselineError, read_baseline
from miragic_contracts.checker import Report, Verdict
from miragic_contracts.checker.check import judge_trace
from miragic_contracts.rules import Rulebook

from tests.broken_servers import operators as op
from tests.broken_servers.operators import completed
from tests.broken_servers.trial import check_server

DAY = datetime.date(2027, 1, 31)
TEXT = """
[[accepted]]
rule = "job-document"
pointer = "/data/creditsUsed"
reason = "The vendor knows, ticket 4711."
expires = 2027-01-31
"""


@pytest.fixture(scope="module")
def report() -> Report:
    """A report with one error."""
    return check_server(op.json_patch("/data/creditsUsed", "2", completed)())


@pytest.mark.parametrize(
    ("today", "verdict"),
    [
        pytest.param(DAY - datetime.timedelta(1), Verdict.PASS, id="the day before"),
        pytest.param(DAY, Verdict.PASS, id="the last day"),
        pytest.param(DAY + datetime.timedelta(1), Verdict.FAIL, id="the day after"),
    ],
)
def test_an_acceptance_holds_up_to_its_day(
    report: Report, rulebook: Rulebook, today: datetime.date, verdict: Verdict
) -> None:
    """An accepted finding does not count, and counts again when the acceptance has expired."""
    baseline = read_baseline(TEXT, today=today)
    judged = judge_trace(report.trace, rulebook, accept=baseline.split)
    assert judged.verdict is verdict
    assert len(judged.findings) + len(judged.accepted) == len(report.findings)


def test_another_place_is_not_accepted(report: Report, rulebook: Rulebook) -> None:
    """An acceptance with a pointer is for that place alone; without one it is for the whole rule."""
    elsewhere = read_baseline(TEXT.replace("creditsUsed", "progress"), today=DAY)
    anywhere = read_baseline(
        "\n".join(line for line in TEXT.splitlines() if "pointer" not in line), today=DAY
    )
    assert judge_trace(report.trace, rulebook, accept=elsewhere.split).verdict is Verdict.FAIL
    assert judge_trace(report.trace, rulebook, accept=anywhere.split).verdict is Verdict.PASS


def test_what_is_out_of_date_is_said(report: Report) -> None:
    """An acceptance that has expired, or that nothing needs any more, is pointed out with its reason."""
    late = read_baseline(TEXT, today=DAY + datetime.timedelta(1))
    assert [remark.partition(" on ")[0] for remark in late.remarks(report.findings)] == [
        "the acceptance of job-document expired"
    ]
    (remark,) = read_baseline(TEXT, today=DAY).remarks(())
    assert "not needed any more" in remark
    assert "4711" in remark
    assert list(read_baseline(TEXT, today=DAY).remarks(report.findings)) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("[[accepted", "expected TOML", id="no TOML"),
        pytest.param('other = "x"', "nothing else", id="something else"),
        pytest.param(TEXT.replace("job-document", "job-docment"), "entry 1: no rule", id="an unknown rule"),
        pytest.param(TEXT.replace("reason", "why"), "entry 1: expected expires", id="an unknown word"),
        pytest.param(TEXT.replace('"The vendor knows, ticket 4711."', '" "'), "`reason`", id="no reason"),
        pytest.param(TEXT.replace("2027-01-31", '"2027-01-31"'), "without quotes", id="a day in quotes"),
        pytest.param(TEXT.replace("2027-01-31", "2027-01-31T00:00:00"), "a day", id="a moment"),
        pytest.param(TEXT.replace('"/data/creditsUsed"', "3"), "`pointer`", id="no pointer"),
    ],
)
def test_what_is_no_baseline_is_refused(text: str, problem: str) -> None:
    """A file that cannot be read says which entry is wrong and what was expected."""
    with pytest.raises(BaselineError) as caught:
        read_baseline(text, today=DAY)
    assert problem in str(caught.value)
