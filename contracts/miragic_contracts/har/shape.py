"""Checking the shape of a HAR file before it is read: the parts of HAR 1.2 that we use, and what we add.

Much may be null here, which HAR does not allow: a null is taken for a value that is not there.
"""

from __future__ import annotations

import functools
from typing import Any, Final

from jsonschema.protocols import Validator

from ..spec import Spec
from ..trace import Intent, Key, Trouble
from ..validation import reference_validator
from .errors import HarError

_TEXT: Final = {"type": ["string", "null"]}
# A bound that dates can be made of: from the year 10000 on Python has none.
_MOMENT_S: Final = {"type": "number", "minimum": 0, "maximum": 1e10}
# HAR has -1 for what does not apply, in sizes and in times.
_SECONDS: Final = {"type": ["number", "null"], "minimum": -1, "maximum": 1e10}
_SIZE: Final = {"type": ["integer", "null"], "minimum": -1, "maximum": 1e15}
_PAIRS: Final = {
    "type": ["array", "null"],
    "items": {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string"}, "value": _TEXT, "fileName": _TEXT, "_size_bytes": _SIZE},
    },
}
_LOG: Final = {
    "type": "object",
    "required": ["entries"],
    "properties": {
        "entries": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["request", "response"],
                "properties": {"request": {"type": "object"}, "response": {"type": "object"}},
            },
        },
        "_miragic": {
            "type": ["object", "null"],
            "properties": {
                "base_url": {"type": "string"},
                "started_at_s": _MOMENT_S,
                "timeout_s": {"type": ["number", "null"], "minimum": 0, "maximum": 1e10},
                "has_second_key": {"type": "boolean"},
            },
        },
    },
}
_REQUEST: Final = {
    "type": "object",
    "required": ["method", "url"],
    "properties": {
        "method": {"type": "string"},
        "url": {"type": "string"},
        "headers": _PAIRS,
        "postData": {"type": ["object", "null"], "properties": {"params": _PAIRS}},
    },
}
_RESPONSE: Final = {
    "type": "object",
    "properties": {
        "status": {"type": ["integer", "null"], "minimum": -1, "maximum": 999},
        "headers": _PAIRS,
        "content": {
            "type": ["object", "null"],
            "properties": {"size": _SIZE, "text": _TEXT, "mimeType": _TEXT},
        },
    },
}


def check_log(log: Any) -> None:
    """Check that a log has entries, each with a request and a response.

    Raises:
        HarError: It does not. The error names the place.
    """
    _check(log, reference_validator(_LOG), "log")


def check_entry(entry: Any, number: int, spec: Spec) -> None:
    """Check that an entry of this API can be read.

    Args:
        entry: The entry.
        number: Its place in the file, counted from 0 as in a JSON Pointer.
        spec: The contract.

    Raises:
        HarError: It cannot be read. The error names the place.
    """
    _check(entry, _entry_validator(tuple(spec.operations)), f"log/entries/{number}")


def _check(value: Any, validator: Validator, place: str) -> None:
    """Check a value. The error says what was expected where, never what is there: that may be a key."""
    # jsonschema only: the fast validator does not take every number that JSON can write.
    error = next(iter(validator.iter_errors(value)), None)
    if error:
        where = "/".join(map(str, (place, *error.absolute_path)))
        raise HarError(f"{where}: expected {error.validator} {error.validator_value}"[:300])


@functools.cache
def _entry_validator(operations: tuple[str, ...]) -> Validator:
    facts = {
        "operation": {"enum": list(operations)},
        # Members by name: their values are sentences for people, and may be put better without breaking
        # files.
        "intent": {"enum": list(Intent.__members__)},
        "key": {"enum": list(Key.__members__)},
        "job": {"type": ["integer", "null"], "minimum": 1, "maximum": 1e9},
        "sent_at_s": _MOMENT_S,
        "received_at_s": _MOMENT_S,
        "trouble": {"enum": [None, *Trouble.__members__]},
        "detail": {"type": "string"},
        "size_bytes": _SIZE,
        "is_whole": {"type": ["boolean", "null"]},
        "document": {"type": ["object", "null"]},
    }
    noted = {"job_id": _TEXT, "job_status": _TEXT}
    return reference_validator(
        {
            "type": "object",
            "required": ["startedDateTime"],
            "properties": {
                "startedDateTime": {"type": "string"},
                "time": _SECONDS,
                "request": _REQUEST,
                "response": _RESPONSE,
                "_miragic": {
                    "type": ["object", "null"],
                    "if": {"required": ["intent"]},
                    "then": {"properties": facts},
                    "else": {"properties": noted},
                },
            },
        }
    )
