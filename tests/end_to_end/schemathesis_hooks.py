"""A hook that drops Schemathesis's one kind of false alarm on forms; `schemathesis.toml` says why.

Rule: a failure is judged by what went over the wire, never by what was meant to be sent.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Final

import jsonschema
import requests
import schemathesis
from multipart import MultipartParser, parse_options_header
from schemathesis.core.failures import Failure

# "Schema-violating request accepted". Schemathesis promises never to renumber a code.
INVALID_ACCEPTED: Final = "ST201"


@schemathesis.hook
def filter_failure(
    context: schemathesis.HookContext,
    failure: Failure,
    case: schemathesis.Case,
    response: schemathesis.Response,
) -> bool:
    """Return False, which drops the failure, if it is `valid_form_accepted`."""
    return not valid_form_accepted(failure, case, response.request)


def valid_form_accepted(failure: Failure, case: schemathesis.Case, sent: requests.PreparedRequest) -> bool:
    """Return whether a failure blames the server for accepting an invalid form that was valid as sent."""
    if failure.code != INVALID_ACCEPTED or case.media_type != "multipart/form-data":
        return False
    schema = case.operation.schema.raw_schema["components"]["schemas"]["TranscriptionRequest"]
    return jsonschema.Draft202012Validator(schema).is_valid(form_of(sent))


def form_of(sent: requests.PreparedRequest) -> Mapping[str, str]:
    """Return the parts of the form by name, each as text, which is all that a form can carry."""
    _, options = parse_options_header(sent.headers["Content-Type"])
    body = sent.body.encode() if isinstance(sent.body, str) else sent.body or b""
    parts = MultipartParser(io.BytesIO(body), options.get("boundary", ""))
    return {part.name: part.raw.decode("latin-1") for part in parts}
