"""The report on a terminal."""

from __future__ import annotations

from typing import Final

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..checker.budget import Limits, Spent
from ..checker.report import Report
from ..checker.verdict import Verdict
from ..harmless import harmless_line
from ..rules import Severity
from .facts import Fact, facts

STYLES: Final = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFORMATION: "cyan"}
_VERDICTS: Final = {
    Verdict.PASS: ("CONFORMS", "bold green"),
    Verdict.FAIL: ("VIOLATES THE CONTRACT", "bold red"),
    Verdict.INCONCLUSIVE: ("INCONCLUSIVE", "bold yellow"),
}


def show(report: Report, console: Console) -> None:
    """Print a report. The verdict comes last, where the eye ends."""
    for fact in facts(report):
        console.print(_finding(fact))
    console.print(_tested(report))
    for sentence in report.environment:
        console.print(Text(harmless_line(f"environment: {sentence}"), style="yellow"))
    if report.stop:
        console.print(Text(harmless_line(f"stopped: {report.why}"), style="yellow"))
    word, style = _VERDICTS[report.verdict]
    console.print(Text.assemble((word, style), f"  {_summary(report)}"))


def show_limits(limits: Limits, console: Console) -> None:
    """Print the most that a run can spend."""
    console.print(
        f"at most {limits.jobs} jobs, {limits.requests} requests, {limits.credits:g} credits, "
        f"{limits.seconds:g} seconds"
    )


def _finding(fact: Fact) -> RenderableType:
    finding = fact.finding
    table = Table.grid(padding=(0, 1))
    table.add_column(style="dim", no_wrap=True)
    # Folded, not cut: the curl command has to be whole.
    table.add_column(overflow="fold")
    place = f" at {finding.pointer}" if finding.pointer else ""
    times = f", and {finding.occurrences - 1} more" if finding.occurrences > 1 else ""
    for name, text in (
        ("expected", f"{finding.expected}{place}"),
        ("received", finding.received),
        ("in", f"{fact.where}{times}: {fact.exchange.request.method} {fact.exchange.request.path}"),
        ("because", f"{fact.why} (openapi.yaml:{fact.line})"),
    ):
        # As `Text`: Rich would take brackets in an answer for markup, such as `[red]`.
        table.add_row(name, Text(harmless_line(text)))
    # A line break in quotes is part of the command.
    table.add_row("again", Text(fact.curl))
    head = Text.assemble((finding.severity, STYLES[finding.severity]), " ", (finding.rule, "bold"), " ")
    return Group(head.append(fact.rule.sentence), Padding(table, (0, 0, 1, 2)))


def _tested(report: Report) -> Text:
    untested = report.not_tested
    text = Text(f"{len(report.rules) - len(untested)} of {len(report.rules)} rules had something to judge")
    for rule in untested:
        mark = "required, not tested" if rule.is_required else "not tested"
        text.append(
            f"\n  {mark}: {rule.id} (needs {rule.needs})", style="yellow" if rule.is_required else "dim"
        )
    return text


def _summary(report: Report) -> str:
    counts = ", ".join(f"{len(report.of(severity))} {severity.value}" for severity in Severity)
    accepted = f", {len(report.accepted)} accepted" if report.accepted else ""
    spent = report.spent or Spent()
    seed = f", seed {report.seed}" if report.seed is not None else ""
    return (
        f"{counts}{accepted}; {len(report.trace.exchanges)} exchanges, {spent.jobs} jobs, "
        f"{spent.credits:g} credits{seed}"
    )
