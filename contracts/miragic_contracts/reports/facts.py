"""Findings together with the details that every form of report shows beside them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ..checker.report import Report
from ..pointers import value_at
from ..rules import JOB, AnyRule, Finding
from ..spec import Spec
from ..trace import Exchange

# curl sends these by itself. The boundary in a recorded Content-Type would not be that of its body.
_OMITTED_HEADERS: Final = frozenset({"content-length", "content-type", "connection", "accept-encoding"})


@dataclass(frozen=True, slots=True)
class Fact:
    """A finding together with the details that reports show beside it.

    Attributes:
        finding: The finding.
        rule: The rule that was broken.
        why: Why it is as bad as it is, in words of the contract.
        line: The line of the contract.
        exchange: The exchange.
        curl: The request as a curl command without the key.
    """

    finding: Finding
    rule: AnyRule
    why: str
    line: int
    exchange: Exchange
    curl: str

    @property
    def where(self) -> str:
        """The exchange and the job, in short."""
        job = f", job {self.finding.job}" if self.finding.job is not None else ""
        return f"exchange {self.finding.exchange}{job}"


def facts(report: Report, findings: tuple[Finding, ...] | None = None) -> Iterator[Fact]:
    """Yield a fact for each finding: those that count, unless `findings` says which."""
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
    """Return why a finding is as bad as it is, in words of the contract."""
    entry = value_at(spec.document, finding.clause)
    text = ""
    if isinstance(entry, dict):
        # What a discrepancy, an open question, a source and an element say of themselves, in this order.
        keys = ("reading", "assumed", "what", "description")
        text = next((str(entry[key]) for key in keys if entry.get(key)), "")
    source = "what a job is" if finding.evidence == JOB else finding.evidence
    return f"{source}: {' '.join(text.split())}" if text else source


def curl(exchange: Exchange, base_url: str) -> str:
    """Return a request as a command for a shell in which `$MIRAGIC_API_KEY` is the key."""
    request = exchange.request
    words = ["curl", "-i"] if request.method == "GET" else ["curl", "-i", "-X", request.method]
    for name, value in request.headers:
        if name.lower() not in _OMITTED_HEADERS:
            words += ["-H", f"{name}: {value}"]
    form = request.form
    for name, value in form.fields if form else ():
        # Not `-F`, which reads a file where a value begins with `@` or `<`, and takes `;type=` out of it.
        words += ["--form-string", f"{name}={value}"]
    if form and form.file_name is not None:
        words += ["-F", f"{form.file_field}=@RECORDING;filename={form.file_name};type={form.file_type}"]
    words.append(f"{base_url}{request.path}")
    return " ".join(_quoted(word) for word in words)


def _quoted(word: str) -> str:
    """Quote a word for a shell. A word with a variable gets double quotes, so that the shell fills it in."""
    return f'"{word}"' if "MIRAGIC_" in word and '"' not in word else shlex.quote(word)
