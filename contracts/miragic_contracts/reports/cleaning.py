"""A report without keys, for whatever shows its values.

A trace holds no key as it was received; what rules make of it, by decoding, joining or cutting, is searched
here once more, before a value is folded or escaped and no longer found.
"""

from __future__ import annotations

import dataclasses

from ..checker.report import Report
from ..redaction import Redactor
from ..rules import Finding
from ..trace import Exchange


def without_keys(report: Report, redactor: Redactor) -> Report:
    """Return a report whose findings, exchanges and sentences hold no key."""
    clean = redactor.text
    exchanges = tuple(_exchange(exchange, redactor) for exchange in report.trace.exchanges)
    return dataclasses.replace(
        report,
        findings=tuple(_finding(finding, redactor) for finding in report.findings),
        accepted=tuple(_finding(finding, redactor) for finding in report.accepted),
        environment=tuple(map(clean, report.environment)),
        trace=dataclasses.replace(report.trace, base_url=clean(report.trace.base_url), exchanges=exchanges),
    )


def _finding(finding: Finding, redactor: Redactor) -> Finding:
    return dataclasses.replace(
        finding,
        expected=redactor.text(finding.expected),
        received=redactor.text(finding.received),
        pointer=redactor.text(finding.pointer),
    )


def _exchange(exchange: Exchange, redactor: Redactor) -> Exchange:
    request, answer, clean = exchange.request, exchange.answer, redactor.text
    form = request.form and dataclasses.replace(
        request.form,
        fields=_pairs(request.form.fields, redactor),
        file_name=request.form.file_name and clean(request.form.file_name),
        file_type=clean(request.form.file_type),
        file_field=clean(request.form.file_field),
    )
    return dataclasses.replace(
        exchange,
        request=dataclasses.replace(
            request,
            method=clean(request.method),
            path=clean(request.path),
            headers=_pairs(request.headers, redactor),
            form=form,
        ),
        answer=answer and dataclasses.replace(answer, headers=_pairs(answer.headers, redactor)),
        detail=clean(exchange.detail),
    )


def _pairs(pairs: tuple[tuple[str, str], ...], redactor: Redactor) -> tuple[tuple[str, str], ...]:
    return tuple((redactor.text(name), redactor.text(value)) for name, value in pairs)
