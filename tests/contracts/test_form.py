"""The form of a submission: the order of its fields never matters, and a new field needs no code."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from miragic_contracts.checker import PROFILES, Verdict
from miragic_contracts.checker.plan import make_plan
from miragic_contracts.har.guessing import intent_of
from miragic_contracts.rules import Rulebook, Severity
from miragic_contracts.schemas import Dialect, Strength, document_schema
from miragic_contracts.spec import FormField, Part, Spec, SpecError, form_fields, form_names
from miragic_contracts.spec.build import parse_spec
from miragic_contracts.trace import Exchange, Form, Intent, Request, Trace
from miragic_mock.uploads.form import form_of

from tests.broken_servers import further_field
from tests.broken_servers.further_field import DEFAULT, FIELD, OTHER, contract_with_language
from tests.broken_servers.trial import check_server

Looks = Callable[..., list[Exchange]]


def with_fields_in(order: list[str]) -> Spec:
    """Load the contract with `language`, its form's fields in some order."""
    document = further_field.document_with_language()
    form = document["components"]["schemas"]["TranscriptionRequest"]
    form["properties"] = {name: form["properties"][name] for name in order}
    return parse_spec(json.dumps(document))


def field_of(spec: Spec, name: str) -> FormField:
    """Find a field of the form by its name."""
    return next(field for field in form_fields(spec) if field.name == name)


def calls_of(spec: Spec) -> Any:
    """Everything that the checker would send."""
    return make_plan(spec, PROFILES["mock"], seed=7, affordable_jobs=20, has_second_key=True)


def intents_of(spec: Spec) -> list[Intent]:
    """What forms of several kinds are taken for in traffic without a note."""
    forms = (
        Form((("audio_format", "mp3"),), "a.mp3"),
        Form((("audio_format", "en"), (FIELD, "mp3")), "a.mp3"),
        Form(((FIELD, "en"), ("question", "mp3")), "a.mp3"),
        Form((("audio_format", "wav"), ("question", "What?"))),
    )
    operation = spec.submit
    return [
        intent_of(Request(operation.method, operation.path, form=form), operation, None, spec)
        for form in forms
    ]


def mocked_form_of(spec: Spec) -> Any:
    """The mock's form, without what cannot be compared."""
    form = form_of(spec)
    fields = {
        name: (field.is_required, field.part, field.default, field.choices)
        for name, field in form.fields.items()
    }
    return form.media_type, form.file, fields


@settings(max_examples=12, deadline=None)
@given(order=st.permutations(("file", "audio_format", "question", FIELD)))
def test_the_order_of_the_fields_never_matters(
    trace_of: Callable[..., Trace], looks_at: Looks, order: list[str]
) -> None:
    """Whatever stands first in the form, everything that reads the form reads the same."""
    usual, shuffled = contract_with_language(), with_fields_in(order)
    assert form_names(shuffled) == form_names(usual)
    assert {field.name: field for field in form_fields(shuffled)} == {f.name: f for f in form_fields(usual)}
    assert calls_of(shuffled) == calls_of(usual)
    assert intents_of(shuffled) == intents_of(usual)
    assert mocked_form_of(shuffled) == mocked_form_of(usual)
    for strength in Strength:
        for dialect in Dialect:
            schemas = [document_schema(spec, "request", strength, dialect) for spec in (shuffled, usual)]
            assert schemas[0] == schemas[1]
    wrong = {"question": "Other?", "audioFormat": "wav", "audioFileName": "x", FIELD: OTHER}
    trace = trace_of(looks_at("pending", ("completed", wrong)))
    findings = Rulebook(shuffled).judge(trace).findings
    assert findings == Rulebook(usual).judge(trace).findings
    assert {"question-echo", "format-echo", "form-echo", "file-name-echo"} <= {f.rule for f in findings}


def test_each_field_says_what_it_is() -> None:
    """A field has its part from the lifecycle, and its echo from there or from the job's own field."""
    fields = {
        f.name: (f.part, f.is_required, f.default, f.echo) for f in form_fields(contract_with_language())
    }
    assert fields == {
        FIELD: (None, False, DEFAULT, f"/data/{FIELD}"),
        "file": (Part.FILE, True, None, "/data/audioFileName"),
        "audio_format": (Part.FORMAT, True, None, "/data/audioFormat"),
        "question": (Part.QUESTION, False, "Transcribe this audio:", "/data/question"),
    }


def test_a_name_that_the_job_has_for_something_else_is_no_echo() -> None:
    """A form's `progress` would be an option, and a job's `progress` is how far the job is."""
    document = further_field.document_with_language()
    properties = document["components"]["schemas"]["TranscriptionRequest"]["properties"]
    properties["progress"] = {"type": "boolean", "default": True, "x-evidence": "assumed"}
    properties["vocabulary"] = {"type": "string", "x-evidence": "assumed"}
    spec = parse_spec(json.dumps(document))
    assert (field_of(spec, "progress").echo, field_of(spec, "progress").default) == (None, "true")
    assert field_of(spec, "vocabulary").echo is None


def test_the_schema_of_the_form_has_the_new_field() -> None:
    """The schemas are made from the contract, so a new field is in them."""
    strict = document_schema(contract_with_language(), "request", Strength.STRICT)
    form = strict.get("properties") or strict["$defs"]["TranscriptionRequest"]["properties"]
    assert form[FIELD]["enum"] == [DEFAULT, OTHER]


def test_the_checker_sends_the_new_field_once_and_leaves_it_out_otherwise() -> None:
    """One job has a value that is not the default, the others rely on the default."""
    plan = calls_of(contract_with_language())
    sent = [dict(call.fields).get(FIELD) for call in plan.submissions]
    assert (sent[0], set(sent[1:])) == (OTHER, {None})
    assert all(FIELD not in dict(call.fields) for call in (*plan.before, *plan.after))


def test_what_is_only_assumed_is_not_sent() -> None:
    """A guess of the contract's must not be what a paid submission is refused for."""
    document = further_field.document_with_language()
    schema = document["components"]["schemas"]["TranscriptionRequest"]["properties"][FIELD]
    document["components"]["schemas"]["TranscriptionRequest"]["properties"][FIELD] = {
        **schema,
        "x-evidence": "assumed",
    }
    plan = calls_of(parse_spec(json.dumps(document)))
    assert all(FIELD not in dict(call.fields) for call in plan.submissions)


def test_a_new_field_that_is_required_is_always_sent() -> None:
    """Of a required field the checker sends a value that the contract lists, or says that there is none."""
    document = further_field.document_with_language()
    form = document["components"]["schemas"]["TranscriptionRequest"]
    form["required"] = [*form["required"], FIELD]
    plan = calls_of(parse_spec(json.dumps(document)))
    forms = [dict(call.fields) for call in plan.submissions]
    assert {fields[FIELD] for fields in forms} == {DEFAULT}
    form["properties"] = {**form["properties"], FIELD: {"type": "string", "x-evidence": "assumed"}}
    with pytest.raises(SpecError, match="the required field 'language' of the form has no `enum`"):
        calls_of(parse_spec(json.dumps(document)))


def test_a_contract_without_a_format_is_not_asked_for_one() -> None:
    """Where the form asks for no format, none is sent, and nothing is said of a form without one."""
    document = further_field.document_with_language()
    schemas, lifecycle = document["components"]["schemas"], document["x-job-lifecycle"]
    del schemas["TranscriptionRequest"]["properties"]["audio_format"]
    schemas["TranscriptionRequest"]["required"] = ["file"]
    del lifecycle["submit"]["form"]["format"], lifecycle["submit"]["form"]["question"]
    spec = parse_spec(json.dumps(document))
    plan = calls_of(spec)
    assert {name for call in plan.submissions for name, _ in call.fields} == {FIELD}
    assert {Intent.NO_FORMAT, Intent.WRONG_FORMAT} & {call.intent for call in plan.before} == set()
    assert intents_of(spec)[0] is Intent.SUBMIT_NOISE


@pytest.mark.parametrize("seed", range(3))
def test_a_server_that_repeats_a_new_field_passes(seed: int) -> None:
    """A fair server passes by a contract with one field more, and the rule about that field was tested."""
    report = check_server(further_field.fair(), spec=contract_with_language(), seed=seed)
    assert report.verdict is Verdict.PASS
    assert report.of(Severity.ERROR) == report.of(Severity.WARNING) == ()
    assert report.observations["form-echo"] > 0


def test_a_server_that_repeats_a_new_field_wrongly_fails() -> None:
    """The finding names the place, what was sent and what came, and stands on the job's own field."""
    report = check_server(further_field.always("fr")(), spec=contract_with_language())
    assert report.verdict is Verdict.FAIL
    (finding,) = {f for f in report.findings if f.rule == "form-echo"}
    assert finding.message == f"expected {OTHER!r} at /data/{FIELD}, got 'fr'"
    assert finding.clause == f"/components/schemas/Job/properties/{FIELD}"
    assert finding.severity is Severity.ERROR


@pytest.mark.parametrize(
    ("schema", "sent", "shown", "is_echo"),
    [
        ({"type": "boolean"}, "true", True, True),
        ({"type": "boolean"}, "true", False, False),
        ({"type": "boolean", "default": False}, None, False, True),
        ({"type": "boolean", "default": False}, None, True, False),
        ({"type": "integer"}, "3", 3, True),
        ({"type": "integer"}, "1", True, False),
        ({"type": "integer"}, "three", 3, False),
        ({"type": ["string", "null"]}, "3", "3", True),
        ({"type": ["string", "null"]}, "3", "4", False),
        ({"type": "string"}, "3", 3, True),
        ({"type": "string"}, None, "anything", True),
        ({"type": "string"}, "de", None, True),
    ],
)
def test_a_value_is_repeated_in_its_own_type(
    trace_of: Callable[..., Trace], looks_at: Looks, schema: dict[str, Any], sent: str | None, shown: Any,
    is_echo: bool,
) -> None:  # fmt: skip
    """A form carries texts, a document JSON: `true` is repeated by true.

    Null says nothing, and a string that comes back in another type is found by `job-document`.
    """
    document = further_field.document_with_language()
    schemas = document["components"]["schemas"]
    schemas["TranscriptionRequest"]["properties"][FIELD] = {**schema, "x-evidence": "documented"}
    schemas["Job"]["properties"][FIELD] = {"x-evidence": "documented"}
    submission, look = looks_at(("pending", {FIELD: shown}))
    form = submission.request.form
    assert form is not None
    fields = (*form.fields, *([(FIELD, sent)] if sent is not None else []))
    request = dataclasses.replace(submission.request, form=dataclasses.replace(form, fields=fields))
    made = [dataclasses.replace(submission, request=request), look]
    findings = Rulebook(parse_spec(json.dumps(document))).judge(trace_of(made)).findings
    assert ("form-echo" not in {finding.rule for finding in findings}) is is_echo
