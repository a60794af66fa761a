"""A drawing of each job's life: when it was submitted and polled, and which states it showed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Final

from ..checker.report import Report
from ..pointers import value_at
from ..trace import Exchange
from .elements import Element, element

_WIDTH: Final = 900
_HEIGHT: Final = 64
_MARGIN: Final = 14
_LINE_Y: Final = 22
_TEXT_Y: Final = 52


def timelines(report: Report) -> Iterator[Element]:
    """Yield a figure for each job that was submitted or polled."""
    numbers = sorted({e.job for e in report.trace.exchanges if e.is_ordinary and e.job is not None})
    for number in numbers:
        yield _figure(number, [e for e in report.trace.exchanges if e.job == number], report)


def _figure(number: int, exchanges: Sequence[Exchange], report: Report) -> Element:
    begun_s = exchanges[0].sent_at_s
    # On virtual time a job may take none, and a width is divided by it.
    span_s = max(exchanges[-1].received_at_s - begun_s, 0.001)
    marked = {finding.exchange for finding in (*report.findings, *report.accepted)}
    form = exchanges[0].request.form
    name = f": {form.file_name}" if form and form.file_name else ""

    def x(at_s: float) -> float:
        return round(_MARGIN + (_WIDTH - 2 * _MARGIN) * (at_s - begun_s) / span_s, 1)

    drawing = element(
        "svg",
        element("line", x1=_MARGIN, y1=_LINE_Y, x2=_WIDTH - _MARGIN, y2=_LINE_Y, class_="axis"),
        *(_dot(e, x(e.received_at_s), e.number in marked, report) for e in exchanges),
        element("text", "0 s", x=_MARGIN, y=_TEXT_Y),
        element("text", f"{span_s:.1f} s", x=_WIDTH - _MARGIN, y=_TEXT_Y, text_anchor="end"),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
    )
    seen = filter(None, (_state(e, report) for e in exchanges if e.is_ordinary))
    moves = " → ".join(state for state, _ in itertools.groupby(seen))
    return element("figure", element("figcaption", f"Job {number}{name}. {moves}"), drawing)


def _dot(exchange: Exchange, x: float, is_marked: bool, report: Report) -> Element:
    state = _state(exchange, report)
    status = str(exchange.answer.status) if exchange.answer else str(exchange.trouble)
    title = f"{exchange.number}. {exchange.intent}: {status} {state}, {exchange.received_at_s:.1f} s"
    kind = "end" if state in report.spec.lifecycle.terminal else "state" if state else "refused"
    ring = [element("circle", cx=x, cy=_LINE_Y, r=10, class_="ring")] if is_marked else []
    dot = element("circle", element("title", title), cx=x, cy=_LINE_Y, r=5, class_=f"{kind} {state.lower()}")
    return element("a", *ring, dot, href=f"#exchange-{exchange.number}")


def _state(exchange: Exchange, report: Report) -> str:
    """Return the state that an answer shows, "" if it shows none."""
    lifecycle = report.spec.lifecycle
    is_submit = exchange.operation == report.spec.submit.id
    place = lifecycle.submit.status if is_submit else lifecycle.poll.status
    state = value_at(exchange.answer.document, place) if exchange.answer else None
    return state if isinstance(state, str) else ""
