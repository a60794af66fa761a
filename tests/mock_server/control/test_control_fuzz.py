"""The control API keeps its own document's word, whatever it is asked."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from miragic_mock.control.document import load_document
from miragic_mock.wsgi.flask_app import create_app
from openapi_spec_validator import validate
from schemathesis.specs.openapi.checks import positive_data_acceptance

EXAMPLES = 12

# Plans, faults, scenarios, rates, clocks and moments are languages of their own (a plan is any string to
# JSON Schema): a text that fits the schema and not the language is refused, which the check below takes for
# a fault.
LANGUAGES = ("/clock/set", "/clock/freeze", "/faults", "/plan", "/scenario", "/tenants")

# Waiting takes real time by its nature; its own tests run on a clock that does not.
OPERATIONS = sorted(
    (path, method.upper())
    for path, item in load_document().value["paths"].items()
    for method in item
    if method != "parameters" and path != "/wait"
)


@pytest.fixture(scope="module")
def schema() -> Any:
    """The control API of a mock in this process, as schemathesis sees it."""
    return schemathesis.openapi.from_wsgi("/_mock/openapi.json", create_app())


def test_the_document_is_valid() -> None:
    """The document is OpenAPI 3.1, with every reference leading somewhere."""
    validate(dict(load_document().value))


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode))
def test_answers_are_as_documented(schema: Any, path: str, method: str, mode: Any) -> None:
    """Every answer to what fits the document, and to what nearly does, has a documented status and body."""
    operation = schema[path][method]
    if mode is schemathesis.GenerationMode.NEGATIVE and not can_be_wrong(operation):
        return

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def check(case: Any) -> None:
        excluded = [positive_data_acceptance] if path.startswith(LANGUAGES) else None
        case.call_and_validate(excluded_checks=excluded)

    check()


def can_be_wrong(operation: Any) -> bool:
    """Whether there is anything in a call that could break the document's rules."""
    return bool(operation.body) or any(True for _ in operation.query)
