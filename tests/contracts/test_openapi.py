"""The contract itself: what `openapi.yaml` promises its readers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from miragic_contracts.schemas import Dialect, Strength, document_schema
from miragic_contracts.spec import Level, Spec, load_spec
from miragic_contracts.spec.evidence import elements, entries
from miragic_contracts.validation import judge

ERRORS = {"400", "401", "402", "403", "405", "413", "415", "422", "429", "500", "503"}

# The vendor's example of a completed job has these fields; the other two are only spoken of.
SHOWN = {
    "id",
    "userId",
    "audioFileName",
    "audioUrl",
    "question",
    "audioFormat",
    "transcription",
    "status",
    "errorMessage",
    "metadata",
    "creditsUsed",
    "createdAt",
    "updatedAt",
}
SPOKEN_OF = {"progress", "download_signed_url"}


@pytest.fixture(scope="module")
def spec() -> Spec:
    return load_spec()


def job_schema(spec: Spec) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = spec.document["components"]["schemas"]["Job"]
    return schema


def test_both_operations_are_there(spec: Spec) -> None:
    """The contract has the submission and the poll at the vendor's paths, behind the vendor's header."""
    assert (spec.submit.method, spec.submit.path) == ("POST", "/api/v1/speech-to-text/generate")
    assert (spec.poll.method, spec.poll.path) == ("GET", "/api/v1/speech-to-text/jobs/{jobId}")
    assert spec.api_key_header == "X-API-Key"


def test_every_answer_that_a_client_must_survive_is_declared(spec: Spec) -> None:
    """A submission has three ways of success and eleven of failure, a poll 200 and those that fit it."""
    assert set(spec.submit.responses) == {"200", "201", "202"} | ERRORS
    assert set(spec.poll.responses) == {"200", "400", "401", "403", "404", "405", "429", "500", "503"}


def test_too_many_requests_says_when_to_come_back(spec: Spec) -> None:
    """429 and 503 have Retry-After on both operations; 405 must have Allow."""
    for operation in spec.operations.values():
        assert "Retry-After" in operation.responses["429"].headers
        assert "Retry-After" in operation.responses["503"].headers
        assert operation.responses["405"].headers["Allow"].required


def test_the_form_has_three_fields(spec: Spec) -> None:
    """The form takes a file and a format, and a question that has a default."""
    assert spec.submit.request_body is not None
    schema = spec.submit.request_body.content["multipart/form-data"].schema
    assert set(schema["properties"]) == {"file", "audio_format", "question"}
    assert schema["required"] == ["file", "audio_format"]
    assert schema["properties"]["audio_format"]["enum"] == ["mp3", "wav"]
    assert schema["properties"]["question"]["default"] == "Transcribe this audio:"


def test_a_job_has_the_fields_of_the_example_and_the_two_spoken_of(spec: Spec) -> None:
    """A job has 13 shown fields, required of a completed one, and two optional ones."""
    assert set(job_schema(spec)["properties"]) == SHOWN | SPOKEN_OF
    assert set(spec.document["components"]["schemas"]["CompletedJob"]["required"]) == SHOWN


def test_a_branch_of_the_union_only_narrows(spec: Spec) -> None:
    """Each branch of the job's union has only fields that the job declares: closing the job closes all."""
    schemas = spec.document["components"]["schemas"]
    declared = set(job_schema(spec)["properties"])
    for branch in job_schema(spec)["oneOf"]:
        narrowing = schemas[branch["$ref"].rpartition("/")[2]]
        assert set(narrowing["properties"]) | set(narrowing["required"]) <= declared


def test_the_lifecycle_and_the_schema_know_the_same_states(spec: Spec) -> None:
    """The states of the lifecycle, the enumeration, the discriminator and the branches are one list."""
    states = list(spec.lifecycle.states)
    assert job_schema(spec)["properties"]["status"]["enum"] == states
    assert list(job_schema(spec)["discriminator"]["mapping"]) == states
    assert spec.lifecycle.initial == "PENDING"
    assert spec.lifecycle.terminal == {"COMPLETED", "FAILED"}


def test_every_element_has_evidence(spec: Spec) -> None:
    """Each operation, parameter, header, response and property says how it is known, or does not load."""
    pointers = {pointer for pointer, _ in elements(spec.document)}
    assert spec.evidence.keys() == pointers
    assert len(pointers) > 60
    assert {level for evidence in spec.evidence.values() for level in [evidence.level]} == set(Level)


def test_every_contradiction_has_a_reading(spec: Spec) -> None:
    """D1 and on each say what the page says, what is taken, what the mock does and what the checker does."""
    assert list(spec.discrepancies) == [f"D{number}" for number in range(1, len(spec.discrepancies) + 1)]
    for entry in spec.discrepancies.values():
        assert set(entry) == {"says", "reading", "mock", "checker"}
        assert all(isinstance(text, str) and text for text in entry.values())


def test_each_open_question_has_an_answer_for_now(spec: Spec) -> None:
    """Each open question says what is asked and assumed, and what the mock and the checker do."""
    for entry in spec.open_questions.values():
        assert set(entry) == {"asks", "assumed", "mock", "checker"}
        assert all(isinstance(text, str) and text for text in entry.values())


def test_what_the_texts_refer_to_exists(spec: Spec) -> None:
    """An id such as D17, Q4 or S2 in any sentence of the file names an entry of its tables."""
    import re

    known = set(entries(spec.document))
    named = set(re.findall(r"\b([DQS][0-9]+)\b", spec.text))
    assert named <= known


def test_nothing_assumed_stands_without_a_reason(spec: Spec) -> None:
    """Where a statement is only assumed, observed or a standard's, the evidence says where to read on."""
    bare = {p for p, e in spec.evidence.items() if e.level is not Level.DOCUMENTED and not e.see}
    assert bare == set()


def test_every_answer_has_an_example_in_every_state(spec: Spec) -> None:
    """Each answer has an example, and the poll one for each state of a job."""
    for operation in spec.operations.values():
        for response in operation.responses.values():
            assert response.json is not None
            assert response.json.examples
    shown = spec.poll.responses["200"].json
    assert shown is not None
    by_state = {state.name: shown.examples[state.example] for state in spec.lifecycle.states.values()}
    assert {name: example["data"]["status"] for name, example in by_state.items()} == {n: n for n in by_state}


@pytest.mark.parametrize("strength", list(Strength))
@pytest.mark.parametrize("dialect", list(Dialect))
def test_every_example_is_valid(spec: Spec, strength: Strength, dialect: Dialect) -> None:
    """Each example satisfies the document it is an example of, in both strengths and dialects."""
    judges = {
        name: judge(document_schema(spec, name, strength, dialect))
        for name in ("created", "error", "job", "request")
    }
    assert spec.submit.request_body is not None
    for example in spec.submit.request_body.content["multipart/form-data"].examples.values():
        assert judges["request"].problems(example) == ()
    for operation, success in ((spec.submit, "created"), (spec.poll, "job")):
        for response in operation.responses.values():
            assert response.json is not None
            name = success if response.is_success else "error"
            for example in response.json.examples.values():
                assert judges[name].problems(example) == ()


def test_a_submission_links_to_its_poll(spec: Spec) -> None:
    """Each successful submission carries a link that feeds its job id to the poll."""
    link = spec.document["components"]["responses"]["Created"]["links"]["job"]
    assert link["operationId"] == spec.poll.id
    assert link["parameters"] == {spec.lifecycle.poll.parameter: f"$response.body#{spec.lifecycle.submit.id}"}
