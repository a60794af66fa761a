"""A contract whose form has one field more, and servers that repeat that field."""

from __future__ import annotations

import copy
import functools
import json
from typing import Any

from miragic_contracts.pointers import MISSING
from miragic_contracts.spec import Spec, default_spec_path
from miragic_contracts.spec.build import parse_spec
from miragic_contracts.spec.source import parse, read

from tests.broken_servers import operators as op
from tests.broken_servers.wire import Asked, Told, between

FIELD = "language"
DEFAULT, OTHER = "en", "de"

_IN_FORM = {
    "description": "The language that is spoken.",
    "x-evidence": "documented",
    "type": "string",
    "enum": [DEFAULT, OTHER],
    "default": DEFAULT,
}
_IN_JOB = {
    "description": "The language, as the client gave it.",
    "x-evidence": "documented",
    "type": "string",
}


def document_with_language() -> dict[str, Any]:
    """Return the contract as JSON values with `language`, an optional field that stands first in the form."""
    document = copy.deepcopy(parse(read(default_spec_path())))
    schemas = document["components"]["schemas"]
    form, job = schemas["TranscriptionRequest"], schemas["Job"]
    form["properties"] = {FIELD: _IN_FORM, **form["properties"]}
    job["properties"][FIELD] = _IN_JOB
    return document


@functools.cache
def contract_with_language() -> Spec:
    """Return that contract, loaded."""
    # JSON is YAML, and keeps the order of the fields.
    return parse_spec(json.dumps(document_with_language()))


def fair() -> op.Wrap:
    """A server that repeats the field as it was sent, or its default."""
    return _repeating(lambda sent: DEFAULT if sent is None else sent)


def always(value: str) -> op.Make:
    """Servers that show the same value whatever was sent."""
    return lambda: _repeating(lambda sent: value)


def forgetting_the_default() -> op.Wrap:
    """A server that shows some other value where none was sent."""
    return _repeating(lambda sent: OTHER if sent is None else sent)


def _repeating(value_of: Any) -> op.Wrap:
    sent: dict[Any, str | None] = {}

    def serve(ask: op.Serve, asked: Asked) -> Told:
        told = ask(asked)
        if op.created(asked, told):
            sent[told.value("/data/jobId")] = asked.part(FIELD)
        if op.job(asked, told) and told.value("/data/id") is not MISSING:
            return told.with_value(f"/data/{FIELD}", value_of(sent.get(asked.job_id)))
        return told

    return lambda application: between(application, serve)
