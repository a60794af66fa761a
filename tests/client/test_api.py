"""The names the client shares with the server, compared with the contract that declares them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import yaml
from miragic_stt import Job, JobStatus, _api
from miragic_stt._submission import OPTIONS

SPEC = Path(__file__).parents[2] / "openapi.yaml"


@pytest.fixture(scope="module")
def spec():
    return yaml.safe_load(SPEC.read_text("utf-8"))


def operation_of(spec, operation_id):
    for path, item in spec["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict) and operation.get("operationId") == operation_id:
                return path, method, operation
    raise AssertionError(f"the contract has no operation {operation_id}")


def followed(spec, value):
    """The value, or what its $ref stands for."""
    while isinstance(value, dict) and "$ref" in value:
        pointer = value["$ref"].removeprefix("#/").split("/")
        value = spec
        for step in pointer:
            value = value[step.replace("~1", "/").replace("~0", "~")]
    return value


def properties_of(spec, schema):
    """The properties of a schema, wherever it composes them from."""
    schema = followed(spec, schema)
    found = dict(schema.get("properties", {}))
    for keyword in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(keyword, []):
            found |= properties_of(spec, part)
    return found


def test_operations_are_those_of_the_lifecycle(spec):
    """Paths and methods of submitting and looking."""
    lifecycle = spec["x-job-lifecycle"]
    path, method, _ = operation_of(spec, lifecycle["submit"]["operationId"])
    assert (path, method) == (_api.SUBMIT_PATH, "post")
    path, method, _ = operation_of(spec, lifecycle["poll"]["operationId"])
    assert (path, method) == (_api.STATUS_PATH, "get")


def test_the_base_url_is_the_contracts(spec):
    """The first server of the list."""
    assert spec["servers"][0]["url"].rstrip("/") == _api.BASE_URL


def test_the_key_header_is_the_contracts(spec):
    """The security scheme names it."""
    schemes = [followed(spec, scheme) for scheme in spec["components"]["securitySchemes"].values()]
    assert [scheme["name"] for scheme in schemes if scheme["in"] == "header"] == [_api.KEY_HEADER]


def test_the_form_is_the_contracts(spec):
    """Every field is an option, with the contract's choices and default; so is the default question."""
    _, _, operation = operation_of(spec, spec["x-job-lifecycle"]["submit"]["operationId"])
    form = followed(
        spec, followed(spec, operation["requestBody"])["content"]["multipart/form-data"]["schema"]
    )
    fields = properties_of(spec, form)
    options = {option.field: option for option in OPTIONS.values()}
    assert set(fields) == {_api.FILE_FIELD, *options}
    assert set(options["audio_format"].choices) == set(_api.CONTENT_TYPES)
    assert options["question"].default is not None
    for name, option in options.items():
        declared = followed(spec, fields[name])
        assert option.choices is None or set(declared["enum"]) == set(option.choices)
        assert declared.get("default", option.default) == option.default


def test_the_statuses_are_those_of_the_lifecycle(spec):
    """The states, and which of them are terminal."""
    states = spec["x-job-lifecycle"]["states"]
    known = {_api.PENDING, _api.COMPLETED, _api.FAILED}
    assert set(states) == known
    assert {state for state, facts in states.items() if not facts["next"]} == _api.TERMINAL_STATUSES
    assert {JobStatus.PENDING, JobStatus.COMPLETED, JobStatus.FAILED} == known


def test_every_field_of_the_job_document_is_a_field_of_the_job(spec):
    """A property added to the contract is added to `Job`, or this fails."""
    _, _, operation = operation_of(spec, spec["x-job-lifecycle"]["poll"]["operationId"])
    answer = followed(spec, operation["responses"]["200"])["content"]["application/json"]["schema"]
    data = properties_of(spec, answer)["data"]
    declared = set(properties_of(spec, data))
    assert declared == _api.JOB_FIELDS - {"jobId"}
    attributes = {field.name.replace("_", "").lower() for field in dataclasses.fields(Job)}
    assert {name.replace("_", "").lower() for name in declared} == attributes - {"raw", "http"}
