"""Recording how a server behaved, as an overlay of the contract.

What the contract assumed becomes observed, and what it did not know is added. Only what does not contradict
the contract is recorded: a finding is for people to judge.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from ..checker.report import Report
from ..pointers import value_at
from ..rules.places import document_pointer, walk
from ..rules.view import PASSING
from ..spec import Level, Spec
from ..trace import Exchange


def as_overlay(report: Report) -> str:
    """Return what a report saw as an OpenAPI Overlay, in YAML.

    Unknown states are listed but not added: no trace can show which moves they allow.
    """
    spec = report.spec
    source = _new_source(spec)
    actions: list[dict[str, Any]] = []
    seen = sorted({pointer for e in report.trace.exchanges for pointer in _seen(e, spec)})
    assumed = [p for p in seen if p in spec.evidence and spec.evidence[p].level is Level.ASSUMED]
    for pointer in assumed:
        stated = value_at(spec.document, f"{pointer}/x-evidence")
        see = [*spec.evidence[pointer].see, source]
        # An overlay appends to lists, so the old evidence has to be removed first.
        if isinstance(stated, dict):
            actions.append({"target": _path(f"{pointer}/x-evidence"), "remove": True})
        actions.append({"target": _path(pointer), "update": {"x-evidence": _observed(see)}})
    actions += [
        {"target": _path(schema), "update": {"properties": {name: _property(value, source)}}}
        for (schema, name), value in sorted(_unknown_fields(report).items(), key=lambda item: item[0])
    ]
    day = datetime.datetime.fromtimestamp(report.trace.started_at_s, datetime.UTC).date().isoformat()
    entry = {"what": f"Seen by miragic-contract on {day}", "where": report.trace.base_url}
    overlay = {
        "overlay": "1.0.0",
        "info": {"title": f"What {report.trace.base_url} was seen to do", "version": day},
        "x-met-statuses": _statuses(report),
        "x-unknown-states": sorted(_unknown_states(report)),
        # The standard wants at least one action, so the source is recorded even where nothing was new.
        "actions": [{"target": "$['x-sources']", "update": {source: entry}}, *actions],
    }
    # In ASCII: YAML lets characters stand that turn the direction of what follows.
    return yaml.safe_dump(overlay, sort_keys=False, allow_unicode=False, width=110)


def _seen(exchange: Exchange, spec: Spec) -> Iterator[str]:
    """Yield the elements of the contract that an answer confirms: a response, its headers, its properties."""
    answer = exchange.answer
    operation = spec.operations.get(exchange.operation)
    if answer is None or operation is None or str(answer.status) not in operation.responses:
        return
    response = operation.responses[str(answer.status)]
    # Both: the code may have evidence of its own in `x-statuses`, apart from that of the shape.
    yield response.place
    yield response.pointer
    for name in response.headers:
        if answer.header(name) is not None:
            yield from walk(spec, response.pointer, f"/headers/{name}")
    if isinstance(answer.document, dict) and answer.status not in PASSING and response.json:
        yield from _properties(answer.document, response.json.pointer, spec)


def _properties(value: Any, pointer: str, spec: Spec) -> Iterator[str]:
    """Yield where the contract declares the properties that a document has; null confirms nothing."""
    if not isinstance(value, dict):
        return
    for name, child in value.items():
        way = list(walk(spec, pointer, f"/properties/{name}"))
        if value_at(spec.document, way[1] if len(way) > 1 else way[-1]) and child is not None:
            yield from way[1:]
            yield from _properties(child, way[-1], spec)


def _unknown_fields(report: Report) -> dict[tuple[str, str], Any]:
    """Return the undeclared fields with a value that was seen, by their schema and their name."""
    spec, found = report.spec, {}
    exchanges = {e.number: e for e in report.trace.exchanges}
    for finding in (*report.findings, *report.accepted):
        exchange = exchanges[finding.exchange]
        # An undeclared field is a finding on an open question, and those count as assumed.
        if finding.rule not in _DOCUMENTS or finding.evidence != Level.ASSUMED or not exchange.answer:
            continue
        holder, _, name = finding.pointer.rpartition("/")
        operation = spec.operations[exchange.operation]
        start = document_pointer(operation, is_success=finding.rule != "error-document")
        *_, schema = walk(spec, start, holder.replace("/", "/properties/"))
        declared = value_at(spec.document, f"{schema}/properties")
        if name and isinstance(declared, Mapping) and name not in declared:
            found[(schema, name)] = value_at(exchange.answer.document, finding.pointer)
    return found


_DOCUMENTS: Final = frozenset({"created-document", "job-document", "error-document"})


def _unknown_states(report: Report) -> set[str]:
    lifecycle = report.spec.lifecycle
    answers = (e.answer for e in report.trace.exchanges if e.is_ordinary)
    states = (value_at(a.document, lifecycle.poll.status) for a in answers if a and a.is_success)
    return {state for state in states if isinstance(state, str)} - lifecycle.states.keys()


def _statuses(report: Report) -> dict[str, list[int]]:
    """Return which statuses each operation answered with: the answer to Q1, among others."""
    seen: dict[str, set[int]] = {}
    for exchange in report.trace.exchanges:
        if exchange.answer:
            seen.setdefault(exchange.operation, set()).add(exchange.answer.status)
    return {operation: sorted(statuses) for operation, statuses in seen.items()}


def _property(value: Any, source: str) -> dict[str, Any]:
    # A 3 that was seen once does not show that it is never 3.5, so an integer is a number.
    names = {bool: "boolean", int: "number", float: "number", str: "string", dict: "object", list: "array"}
    kind = {"type": names[type(value)]} if type(value) in names else {}
    return {"description": "Seen, not documented.", **kind, "x-evidence": _observed([source])}


def _observed(see: list[str]) -> dict[str, Any]:
    return {"level": Level.OBSERVED.value, "see": see}


def _new_source(spec: Spec) -> str:
    """Return the first free id of the form S1, S2, and so on."""
    number = 1
    while f"S{number}" in spec.sources:
        number += 1
    return f"S{number}"


def _path(pointer: str) -> str:
    """Return a JSON Pointer as a JSONPath of quoted names and bare indexes."""
    # A number of three digits is a status, which is a name in the contract; no list there is that long.
    tokens = [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]
    quoted = (token.replace("\\", "\\\\").replace("'", "\\'") for token in tokens)
    return "$" + "".join(f"[{t}]" if t.isdecimal() and len(t) < 3 else f"['{t}']" for t in quoted)
