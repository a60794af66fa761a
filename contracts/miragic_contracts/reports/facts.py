"""A finding with all that a reader wants beside it, made once for every form of report."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from miragic_contracts.checker.report import Report
from miragic_contracts.pointers import value_at
from miragic_contracts.rules import JOB, AnyRule, Finding
from miragic_contracts.spec import Spec
from miragic_contracts.trace import Exchange

_UNTOLD_HEADERS = frozenset({"content-length", "content-type", "connection", "accept-encoding"})


@dataclass(frozen=True, slots=True)
class Fact:
    """One finding: its rule, why the contract says so, the line of the contract that does, the
    exchange, and the request as a curl command without the key.
    """

    finding: Finding
    rule: AnyRule
    why: str
    line: int
    exchange: Exchange
    curl: str

    @property
    def where(self) -> str:
        """The place in short: the exchange, and the job it concerns."""
        job = f", job {self.finding.job}" if self.finding.job is not None else ""
        return f"exchange {self.finding.exchange}{job}"


def facts(report: Report, findings: tuple[Finding, ...] | None = None) -> Iterator[Fact]:
    """The findings of a report, or some of them, made ready."""
    rules = {rule.id: rule for rule in report.rules}
    exchanges = {exchange.number: exchange for exchange in report.trace.exchanges}
    for finding in report.findings if findings is None else findings:
        exchange = exchanges[finding.exchange]
        yield Fact(
            finding=finding,
            rule=rules[finding.rule],
            why=reason(finding, report.spec),
            line=report.spec.line(finding.clause),
            exchange=exchange,
            curl=curl(exchange, report.trace.base_url),
        )


def reason(finding: Finding, spec: Spec) -> str:
    """Why a finding is as bad as it is, in words of the contract."""
    entry = value_at(spec.document, finding.clause)
    text = ""
    if isinstance(entry, dict):
        keys = ("reading", "assumed", "what", "description")
        text = next((str(entry[key]) for key in keys if entry.get(key)), "")
    source = "what a job is" if finding.evidence == JOB else finding.evidence
    return f"{source}: {' '.join(text.split())}" if text else source


def curl(exchange: Exchange, base_url: str) -> str:
    """The request as a command for a shell in which the key is `$MIRAGIC_API_KEY`."""
    request = exchange.request
    words = ["curl", "-i"] if request.method == "GET" else ["curl", "-i", "-X", request.method]
    for name, value in request.headers:
        if name.lower() not in _UNTOLD_HEADERS:
            words += ["-H", f"{name}: {value}"]
    form = request.form
    for name, value in form.fields if form else ():
        words += ["--form-string", f"{name}={value}"]
    if form and form.file_name is not None:
        words += ["-F", f"{form.file_field}=@RECORDING;filename={form.file_name};type={form.file_type}"]
    words.append(f"{base_url}{request.path}")
    return " ".join(_quoted(word) for word in words)


def _quoted(word: str) -> str:
    """A word for a shell; one with a variable stands in double quotes, so that the shell fills it in."""
    return f'"{word}"' if "MIRAGIC_" in word and '"' not in word else shlex.quote(word)
