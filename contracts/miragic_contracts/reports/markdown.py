"""The report as Markdown, for the summary of a job, an issue, or a chat."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ..checker.budget import Spent
from ..checker.report import Report
from ..harmless import harmless, harmless_line
from ..rules import Severity
from .facts import Fact, facts

_VERDICTS: Final = {
    "pass": "✅ conforms",
    "fail": "❌ violates the contract",
    "inconclusive": "⚠️ inconclusive",
}


def as_markdown(report: Report) -> str:
    """Return a report as GitHub-flavoured Markdown."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    spent = report.spent or Spent()
    yield f"## Miragic contract: {_VERDICTS[report.verdict]}"
    yield ""
    facts_of_run = [
        _code(report.trace.base_url),
        f"contract {_escaped(report.spec.version)}",
        f"{len(report.trace.exchanges)} exchanges",
        f"{spent.jobs} jobs",
        f"{spent.credits:g} credits",
        *([f"seed {report.seed}"] if report.seed is not None else []),
    ]
    yield ", ".join(facts_of_run)
    for sentence in (*report.environment, *([f"stopped: {report.why}"] if report.stop else [])):
        yield ""
        yield f"> {_escaped(sentence)}"
    for severity in Severity:
        found = list(facts(report, report.of(severity)))
        if found:
            yield from _table(f"{len(found)} {severity}", found)
    if report.accepted:
        yield from _table(
            f"{len(report.accepted)} accepted by the baseline", list(facts(report, report.accepted))
        )
    untested = ", ".join(_code(rule.id) for rule in report.not_tested)
    yield ""
    yield f"Not tested: {untested}." if untested else f"All {len(report.rules)} rules had something to judge."


def _table(title: str, found: list[Fact]) -> Iterator[str]:
    yield from ("", f"### {title[:1].upper()}{title[1:]}", "")
    yield "| rule | expected | received | where | because |"
    yield "|---|---|---|---|---|"
    for fact in found:
        finding = fact.finding
        place = f"{_code(finding.pointer)}, " if finding.pointer else ""
        cells = (
            _code(finding.rule),
            _escaped(finding.expected),
            _escaped(finding.received),
            f"{place}{fact.where}",
            f"{_escaped(fact.why)} (openapi.yaml:{fact.line})",
        )
        yield f"| {' | '.join(cells)} |"
    yield from ("", "<details><summary>Try it</summary>", "", "```sh")
    # Three backticks of an answer would end the block.
    yield from (harmless(fact.curl).replace("```", "'''") for fact in found)
    yield from ("```", "", "</details>")


def _escaped(text: str) -> str:
    """Escape a text so that nothing in it becomes markup, since answers may hold anything."""
    words = harmless_line(" ".join(text.split()))
    escaped = re.sub(r"[\\`*_\[\]<>|#!~&]", r"\\\g<0>", words)
    # At its beginning, what makes a list, a rule or the heading of another line (CommonMark, section 4).
    escaped = re.sub(r"^(\d*)([-+=.)])", r"\1\\\2", escaped)
    # GitHub links addresses without any markup (GFM, section 6.9).
    escaped = re.sub(r"(?i)(://|\bwww\.)", lambda match: f"{match[0][:-1]}\\{match[0][-1]}", escaped)
    # Else a name in an answer would notify somebody on GitHub, and a number would refer to an issue.
    return re.sub("[@#]", "\\g<0>\u200b", escaped)


def _code(text: str) -> str:
    # Inside code a backslash is itself (CommonMark, section 6.1), so a backtick cannot be escaped. Only in a
    # table does GitHub take one off, before a bar.
    return f"`{harmless_line(text).replace('`', chr(39)).replace('|', chr(92) + '|')}`"
