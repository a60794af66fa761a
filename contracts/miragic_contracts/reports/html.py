"""The report as one HTML file that needs nothing else: no script, no font, no network."""

from __future__ import annotations

import datetime
import importlib.resources
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree

from ..checker.budget import Spent
from ..checker.report import Report
from ..rules import Severity
from ..trace import Exchange
from .elements import Element, element
from .facts import Fact, facts
from .timeline import timelines

_VERDICTS: Final = {"pass": "conforms", "fail": "violates the contract", "inconclusive": "inconclusive"}


def as_html(report: Report) -> str:
    """Return a report as a page: verdict, findings, a timeline of each job, rules, exchanges."""
    verdict = _VERDICTS[report.verdict]
    page = element(
        "html",
        element(
            "head",
            element("meta", charset="utf-8"),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("title", f"Miragic contract: {verdict}"),
            # ElementTree writes the text of `style` unescaped, as HTML wants it; ours holds no `</`.
            element("style", _style()),
        ),
        element(
            "body",
            element(
                "main",
                *_head(report, verdict),
                *_findings(report),
                *_jobs(report),
                *_rules(report),
                *_exchanges(report),
            ),
        ),
        lang="en",
    )
    # Without it a browser falls back to its quirks mode.
    return "<!doctype html>\n" + ElementTree.tostring(page, encoding="unicode", method="html") + "\n"


def _style() -> str:
    return (importlib.resources.files("miragic_contracts.reports") / "report.css").read_text(encoding="utf-8")


def _head(report: Report, verdict: str) -> Iterator[Element]:
    spent = report.spent or Spent()
    begun = datetime.datetime.fromtimestamp(report.trace.started_at_s, datetime.UTC)
    yield element(
        "header",
        element("h1", element("span", verdict, class_=f"verdict {report.verdict}")),
        element("p", element("code", report.trace.base_url), f" on {begun:%Y-%m-%d at %H:%M} UTC"),
        class_="head",
    )
    counts = [(severity.value, len(report.of(severity))) for severity in Severity]
    figures = [
        *counts,
        ("exchanges", len(report.trace.exchanges)),
        ("jobs", spent.jobs),
        ("credits", f"{spent.credits:g}"),
        ("contract", report.spec.version),
        *([("seed", report.seed)] if report.seed is not None else []),
    ]
    yield element(
        "dl",
        *(element("div", element("dt", name), element("dd", str(value))) for name, value in figures),
        class_="figures",
    )
    for sentence in (*report.environment, *([f"Stopped: {report.why}"] if report.stop else [])):
        yield element("p", sentence, class_="weather")


def _findings(report: Report) -> Iterator[Element]:
    yield element("h2", "Findings")
    if not report.findings:
        yield element("p", "None.")
    yield from map(_finding, facts(report))
    if report.accepted:
        yield element("h2", "Accepted by the baseline")
        yield from map(_finding, facts(report, report.accepted))


def _finding(fact: Fact) -> Element:
    finding = fact.finding
    times = f" and {finding.occurrences - 1} more" if finding.occurrences > 1 else ""
    rows = (
        ("expected", finding.expected),
        ("received", finding.received),
        ("at", finding.pointer or "the whole answer"),
        ("because", f"{fact.why} (openapi.yaml, line {fact.line})"),
    )
    return element(
        "article",
        element("h3", element("span", finding.severity, class_="tag"), f" {finding.rule}"),
        element("p", fact.rule.sentence),
        element("dl", *(part for name, text in rows for part in (element("dt", name), element("dd", text)))),
        element("p", "In ", _link(fact.exchange), f"{times}."),
        element("details", element("summary", "Try it"), element("pre", fact.curl)),
        class_=f"finding {finding.severity}",
    )


def _jobs(report: Report) -> Iterator[Element]:
    charts = list(timelines(report))
    if charts:
        yield element("h2", "Jobs")
        yield element("p", "Each dot is one look; hover over it for its time. A ring marks a finding.")
        yield from charts


def _rules(report: Report) -> Iterator[Element]:
    yield element("h2", "Rules")
    rows = (
        element(
            "tr",
            element("td", element("code", rule.id), *([" (required)"] if rule.is_required else [])),
            element("td", rule.sentence),
            element(
                "td", str(report.observations[rule.id]) if report.observations[rule.id] else "not tested"
            ),
        )
        for rule in report.rules
    )
    head = element("tr", *(element("th", name) for name in ("rule", "what must hold", "judged")))
    yield element("table", head, *rows)


def _exchanges(report: Report) -> Iterator[Element]:
    yield element("h2", "Exchanges")
    for exchange in report.trace.exchanges:
        request, answer = exchange.request, exchange.answer
        outcome = str(answer.status) if answer else str(exchange.trouble)
        job = f", job {exchange.job}" if exchange.job is not None else ""
        summary = f"{exchange.number}. {request.method} {request.path}: {outcome} ({exchange.intent}{job})"
        yield element(
            "details",
            element("summary", summary),
            element("pre", _transcript(exchange)),
            id=f"exchange-{exchange.number}",
            class_="exchange",
        )


def _transcript(exchange: Exchange) -> str:
    request, answer = exchange.request, exchange.answer
    lines = [f"at {exchange.sent_at_s:.3f} s, with the {exchange.key} key"]
    lines += [f"> {name}: {value}" for name, value in request.headers]
    if request.form:
        lines += [f"> {name} = {value}" for name, value in request.form.fields]
        if request.form.file_name is not None:
            lines.append(f"> file {request.form.file_name!r}, {request.form.size_bytes} bytes")
    if answer is None:
        return "\n".join([*lines, f"! {exchange.trouble}: {exchange.detail}"])
    lines += [f"< {name}: {value}" for name, value in answer.headers]
    # A page with many large bodies would not open in a browser; the HAR file has them whole.
    return "\n".join([*lines, "", answer.text[:20_000]])


def _link(exchange: Exchange) -> Element:
    return element("a", f"exchange {exchange.number}", href=f"#exchange-{exchange.number}")
