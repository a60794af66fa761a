"""Loading a specification: what comes out, and what is refused with which words."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from miragic_contracts.spec import Level, SpecError, default_spec_path, form_names, load_spec
from miragic_contracts.spec.build import parse_spec

Edit = Callable[[str], str]


@pytest.fixture(scope="module")
def text() -> str:
    return default_spec_path().read_text(encoding="utf-8")


def replaced(old: str, new: str) -> Edit:
    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return edit


def test_the_contract_of_the_checkout_is_the_one_that_is_read() -> None:
    """Without a path, the root file of the checkout is loaded."""
    assert default_spec_path() == Path(__file__).parents[2] / "openapi.yaml"
    assert load_spec().path == str(default_spec_path())


def test_references_are_resolved(text: str) -> None:
    """A schema of an operation stands alone: no reference is left in it, and what it says is what was
    referred to.
    """
    poll = parse_spec(text).poll
    assert poll.responses["200"].json is not None
    schema = poll.responses["200"].json.schema
    assert "$ref" not in str(schema)
    assert schema["properties"]["data"]["properties"]["createdAt"]["oneOf"][0]["format"] == "date-time"


def test_annotations_beside_a_reference_win(text: str) -> None:
    """What stands beside a `$ref` is laid over what it refers to."""
    poll = parse_spec(text).poll
    assert poll.responses["200"].json is not None
    data = poll.responses["200"].json.schema["properties"]["data"]
    assert data["title"] == "Job"
    assert data["x-evidence"] == {"level": "documented", "see": "D24"}


def test_operations_are_frozen(text: str) -> None:
    """Nothing of a specification can be assigned to."""
    spec = parse_spec(text)
    with pytest.raises(AttributeError):
        spec.submit.path = "/elsewhere"  # type: ignore[misc]  # that it is refused is the point
    with pytest.raises(TypeError):
        spec.operations["another"] = spec.submit  # type: ignore[index]  # that it is refused is the point


def test_what_a_call_costs_is_read(text: str) -> None:
    """A submission costs what `x-cost` says, a poll nothing."""
    spec = parse_spec(text)
    assert (spec.submit.cost_credits, spec.poll.cost_credits) == (2, 0)


def test_evidence_is_found_by_pointer(text: str) -> None:
    """Evidence is kept by the JSON Pointer of the element, and a line of the file belongs to each."""
    spec = parse_spec(text)
    pointer = "/components/schemas/Job/properties/progress"
    assert spec.evidence[pointer].level is Level.DOCUMENTED
    assert spec.evidence[pointer].see == ("D18", "D19")
    assert text.splitlines()[spec.line(pointer) - 1].strip() == "progress:"
    assert spec.line(f"{pointer}/not/there") == spec.line(pointer)


def test_a_pointer_may_come_next_to_itself_only_along_the_table(text: str) -> None:
    """Staying is legal, going on is legal, and nothing leaves an end or a state that is not declared."""
    lifecycle = parse_spec(text).lifecycle
    assert lifecycle.may_follow("PENDING", "PENDING")
    assert lifecycle.may_follow("PENDING", "COMPLETED")
    assert lifecycle.may_follow("FAILED", "FAILED")
    assert not lifecycle.may_follow("COMPLETED", "PENDING")
    assert not lifecycle.may_follow("COMPLETED", "FAILED")
    assert not lifecycle.may_follow("PROCESSING", "COMPLETED")
    assert not lifecycle.may_follow("PROCESSING", "PROCESSING")


def test_a_state_may_have_been_passed_through_unseen(text: str) -> None:
    """Where a state leads to another, and that to a third, the third may be the next thing that is seen."""
    edit = replaced("next: [COMPLETED, FAILED]", "next: [COMPLETED]")
    edited = edit(text)
    head, completed, tail = edited.partition("    COMPLETED:\n      next: []")
    assert completed
    lifecycle = parse_spec(head + "    COMPLETED:\n      next: [FAILED]" + tail).lifecycle
    assert lifecycle.may_follow("PENDING", "FAILED")


REFUSED = [
    pytest.param(
        replaced("openapi: 3.1.1", "openapi: 3.0.3"), "/openapi", "OpenAPI 3.1", id="another OpenAPI"
    ),
    pytest.param(
        replaced("          enum: [mp3, wav]", "          enum: [mp3, wav]\n          contains: {}"),
        "/components/schemas/TranscriptionRequest/properties/audio_format/contains",
        "`contains` is not handled in Schema",
        id="a schema keyword that we don't handle",
    ),
    pytest.param(
        replaced("      operationId: createTranscriptionJob", "      operationID: createTranscriptionJob"),
        "/paths/~1api~1v1~1speech-to-text~1generate/post/operationID",
        "did you mean `operationId`?",
        id="a misspelt keyword",
    ),
    pytest.param(
        replaced("      x-evidence: documented", "      x-evidnce: documented"),
        "/paths/~1api~1v1~1speech-to-text~1generate/post/x-evidnce",
        "did you mean `x-evidence`?",
        id="a misspelt extension of ours",
    ),
    pytest.param(
        replaced("x-evidence: {level: documented, see: D17}", "deprecated: true"),
        "/components/schemas/Job/properties/download_signed_url",
        "expected `x-evidence`",
        id="a property without evidence",
    ),
    pytest.param(
        replaced("see: D17}", "see: D71}"),
        "/components/schemas/Job/properties/download_signed_url/x-evidence",
        "'D71'",
        id="evidence that names no entry",
    ),
    pytest.param(
        replaced("{level: documented, see: D17}", "{level: rumoured, see: D17}"),
        "/components/schemas/Job/properties/download_signed_url/x-evidence",
        "assumed, documented, observed, standard",
        id="an unknown level of evidence",
    ),
    pytest.param(
        replaced("$ref: '#/components/schemas/JobDocument'", "$ref: '#/components/schemas/JbDocument'"),
        "/components/responses/JobFound/content/application~1json/schema",
        "refers to nothing",
        id="a reference to nothing",
    ),
    pytest.param(
        replaced("$ref: '#/components/schemas/JobDocument'", "$ref: 'other.yaml#/Job'"),
        "/components/responses/JobFound/content/application~1json/schema",
        "into this document",
        id="a reference out of the document",
    ),
    pytest.param(
        replaced(
            "            - $ref: '#/components/schemas/JobMetadata'",
            "            - $ref: '#/components/schemas/Job'",
        ),
        "/components/schemas/Job/properties/metadata/oneOf/0",
        "refers back to itself",
        id="a schema inside itself",
    ),
    pytest.param(
        replaced(
            "$ref: '#/components/schemas/JobDocument'",
            "$ref: '#/components/schemas/JobDocument'\n            type: object",
        ),
        "/components/responses/JobFound/content/application~1json/schema/type",
        "beside `$ref`",
        id="a keyword that judges, beside a reference",
    ),
    pytest.param(
        replaced("  initial: PENDING", "  initial: WAITING"),
        "/x-job-lifecycle/states",
        "'WAITING' is not a declared state",
        id="an initial state that is not declared",
    ),
    pytest.param(
        replaced("next: [COMPLETED, FAILED]", "next: [COMPLETED, CANCELLED]"),
        "/x-job-lifecycle/states",
        "'CANCELLED' is not a declared state",
        id="a move to a state that is not declared",
    ),
    pytest.param(
        replaced("      example: failed", "      example: broken"),
        "/x-job-lifecycle/states/FAILED/example",
        "completed, failed, pending",
        id="a state without an example",
    ),
    pytest.param(
        replaced(
            "    operationId: getTranscriptionJob\n    parameter", "    operationId: getJob\n    parameter"
        ),
        "/x-job-lifecycle/poll/operationId",
        "createTranscriptionJob, getTranscriptionJob",
        id="a lifecycle of an unknown operation",
    ),
    pytest.param(
        replaced("    parameter: jobId", "    parameter: id"),
        "/x-job-lifecycle/poll/parameter",
        "no parameter 'id'",
        id="a lifecycle of an unknown parameter",
    ),
    pytest.param(
        replaced("    owner: /data/userId\n", ""),
        "/x-job-lifecycle/poll",
        "expected exactly",
        id="a lifecycle that leaves out a place",
    ),
    pytest.param(
        replaced("    upload: /data/audioUrl\n", "    upload: /data/audioUrl\n    mirror: /data/mirrorUrl\n"),
        "/x-job-lifecycle/poll",
        "upload",
        id="a place that nobody reads",
    ),
    pytest.param(
        replaced("    upload: /data/audioUrl\n", "    upload: /data/mediaUrl\n"),
        "/x-job-lifecycle/poll/upload",
        "'/data/mediaUrl' leads to none",
        id="a place that no property stands at",
    ),
    pytest.param(
        replaced("durationMs: /data/metadata/processingTimeMs", "durationMs: /data/metadata/took"),
        "/x-job-lifecycle/poll/durationMs",
        "'/data/metadata/took' leads to none",
        id="a place deep inside that no property stands at",
    ),
    pytest.param(
        replaced("        '202': {x-evidence", "        '204': {x-evidence"),
        "/paths/~1api~1v1~1speech-to-text~1generate/post/x-statuses/204",
        "expected one of 201, 200, 202",
        id="evidence of a status that is no answer",
    ),
    pytest.param(
        replaced("        '202': {x-evidence: {level: assumed, see: Q1}}", "        '202': {}"),
        "/paths/~1api~1v1~1speech-to-text~1generate/post/x-statuses/202",
        "expected `x-evidence`",
        id="a status without evidence",
    ),
    pytest.param(
        replaced("x-job-lifecycle:", "x-job:"),
        "/x-job-lifecycle",
        "expected `x-job-lifecycle`",
        id="no lifecycle",
    ),
    pytest.param(
        replaced("    type: apiKey\n      in: header", "    type: apiKey\n      in: query"),
        "/components/securitySchemes",
        "type apiKey in a header",
        id="a key that is not in a header",
    ),
    pytest.param(
        replaced("    form: {file: file, format: audio_format, question: question}\n", ""),
        "/x-job-lifecycle/submit/form",
        "expected `form` as a mapping",
        id="no names of the form's fields",
    ),
    pytest.param(
        replaced("    form: {file: file, format", "    form: {format"),
        "/x-job-lifecycle/submit/form",
        "expected exactly file (and, if wanted, format, question)",
        id="a form without a file",
    ),
    pytest.param(
        replaced("question: question}", "question: question, language: language}"),
        "/x-job-lifecycle/submit/form",
        "got file, format, language, question",
        id="a part of the form that nobody knows",
    ),
    pytest.param(
        replaced("format: audio_format,", "format: audioFormat,"),
        "/x-job-lifecycle/submit/form/format",
        "which has file, audio_format, question; got 'audioFormat'",
        id="a field that the form does not have",
    ),
    pytest.param(
        replaced("question: question}", "question: audio_format}"),
        "/x-job-lifecycle/submit/form/question",
        "'audio_format' is the format already",
        id="a field with two parts",
    ),
    pytest.param(
        replaced("format: audio_format, question: question}", "format: question}"),
        "/x-job-lifecycle/submit/form/format",
        "expected a field with an `enum`",
        id="a format without a list of formats",
    ),
    pytest.param(
        replaced("    form: {file: file, ", "    form: {file: question, "),
        "/x-job-lifecycle/submit/form/question",
        "'question' is the file already",
        id="a file that is the question",
    ),
    pytest.param(
        replaced("{file: file, format: audio_format, question: question}", "{file: question}"),
        "/x-job-lifecycle/submit/form/file",
        "expected a field with a `contentMediaType`",
        id="a file without a media type",
    ),
    pytest.param(
        replaced(
            "          enum: [mp3, wav]\n",
            "          enum: [mp3, wav]\n          contentMediaType: text/plain\n",
        ),
        "/components/schemas/TranscriptionRequest/properties/audio_format/contentMediaType",
        "a form has one file",
        id="a second file",
    ),
    pytest.param(
        replaced("paths:\n", "paths: []\nx-paths:\n"), "/paths", "expected a mapping", id="paths as a list"
    ),
]


@pytest.mark.parametrize(("edit", "pointer", "words"), REFUSED)
def test_what_we_cannot_honour_is_refused(text: str, edit: Edit, pointer: str, words: str) -> None:
    """A specification at fault does not load; the error names the place and what is expected there."""
    with pytest.raises(SpecError) as caught:
        parse_spec(edit(text))
    assert caught.value.pointer == pointer
    assert words in caught.value.problem
    assert pointer in str(caught.value)


def test_what_a_job_repeats_need_not_be_told(text: str) -> None:
    """The places of what a job repeats of its form, and of its notes, may be left out; they are then None."""
    head, tail = text.split("    fileName: /data/audioFileName\n")
    _, tail = tail.split("    durationMs: /data/metadata/processingTimeMs\n")
    whole, cut = parse_spec(text).lifecycle.poll, parse_spec(head + tail).lifecycle.poll
    assert (whole.file_name, whole.duration_ms) == ("/data/audioFileName", "/data/metadata/processingTimeMs")
    assert whole.places["uploadPath"] == "/data/metadata/audioFilePath"
    assert (cut.file_name, cut.upload, cut.duration_ms) == (None, None, None)
    assert whole.places.keys() - cut.places.keys() == {
        *("fileName", "format", "question", "upload", "uploadPath", "download", "resultCopy", "durationMs")
    }


@pytest.mark.parametrize(
    ("edit", "names"),
    [
        (lambda text: text, ("file", "audio_format", "question")),
        (replaced(", format: audio_format", ""), ("file", "", "question")),
        (replaced(", question: question", ""), ("file", "audio_format", "")),
    ],
)
def test_the_parts_of_a_form_are_those_that_the_lifecycle_names(
    text: str, edit: Edit, names: tuple[str, ...]
) -> None:
    """File, format and question are the fields that `x-job-lifecycle` names; the last two may be left out."""
    form = form_names(parse_spec(edit(text)))
    assert (form.file, form.format, form.question) == names
    assert form.formats == (("mp3", "wav") if form.format else ())
    assert form.default_question == ("Transcribe this audio:" if form.question else "")


def test_a_question_needs_no_default(text: str) -> None:
    """A question without a default is still the question."""
    form = form_names(parse_spec(replaced("          default: 'Transcribe this audio:'\n", "")(text)))
    assert (form.question, form.default_question) == ("question", "")


def test_a_form_without_a_file_is_refused(text: str) -> None:
    """A contract whose submission takes no file, or no form, cannot be used, and the error says so."""
    no_file = replaced("          contentMediaType: application/octet-stream\n", "")
    with pytest.raises(SpecError, match="contentMediaType"):
        parse_spec(no_file(text))
    no_form = replaced("          multipart/form-data:", "          application/json:")
    with pytest.raises(SpecError, match="multipart form"):
        parse_spec(no_form(text))


def test_a_single_example_counts_as_one(text: str) -> None:
    """A media type with `example` has it among its examples, under that name."""
    edit = replaced(
        "          examples:\n            forbidden:",
        "          example: {success: false}\n          examples:\n            forbidden:",
    )
    forbidden = parse_spec(edit(text)).poll.responses["403"].json
    assert forbidden is not None
    assert forbidden.examples["example"] == {"success": False}
    assert set(forbidden.examples) == {"example", "forbidden"}


def test_extensions_of_others_may_stand_anywhere(text: str) -> None:
    """An `x-` keyword that is not ours, nor nearly ours, is left alone."""
    assert parse_spec(
        replaced("          enum: [mp3, wav]", "          enum: [mp3, wav]\n          x-order: 2")(text)
    )


def test_an_error_names_the_file(tmp_path: Path) -> None:
    """A file at fault is named in the error, and the error survives pickling."""
    path = tmp_path / "broken.yaml"
    path.write_text("openapi: 3.1.0\npaths: []\n")
    with pytest.raises(SpecError) as caught:
        load_spec(path)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert str(copy) == str(caught.value) == f"{path}#/paths: expected a mapping, got list"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe", "UTF-8"),
        (b"a: [1", "expected YAML"),
        (b"", "expected a mapping"),
        (b"- 1", "expected a mapping"),
        (b"a: {b: 1, b: 2}", "`b` is there twice"),
        (b"- {a: 1, a: 2}", "`a` is there twice"),
    ],
)
def test_what_is_not_a_yaml_mapping_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    """A file that is not UTF-8, not YAML, not a mapping or has a key twice is refused with the reason."""
    path = tmp_path / "broken.yaml"
    path.write_bytes(content)
    with pytest.raises(SpecError, match=words):
        load_spec(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A path that leads nowhere is an error that names it."""
    with pytest.raises(SpecError, match=r"missing\.yaml"):
        load_spec(tmp_path / "missing.yaml")
