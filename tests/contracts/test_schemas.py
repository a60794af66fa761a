"""The JSON Schemas: made from the contract, in two strengths and two dialects, never by hand."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from miragic_contracts import schemas
from miragic_contracts.schemas import (
    DOCUMENTS,
    Dialect,
    Strength,
    all_schemas,
    document_schema,
    write_schemas,
)
from miragic_contracts.spec import Spec, SpecError, default_spec_path, load_spec
from miragic_contracts.spec.build import parse_spec
from miragic_contracts.validation import Judge, judge

ROOT = Path(__file__).parents[2]
SHIPPED = Path(schemas.__file__).parent / "json_schemas"
Document = dict[str, Any]


@pytest.fixture(scope="module")
def spec() -> Spec:
    return load_spec()


@pytest.fixture(scope="module", params=list(Dialect))
def judges(request: pytest.FixtureRequest, spec: Spec) -> dict[Strength, Judge]:
    return {strength: judge(document_schema(spec, "job", strength, request.param)) for strength in Strength}


def job(spec: Spec, state: str, **changes: Any) -> Document:
    shown = spec.poll.responses["200"].json
    assert shown is not None
    document: Document = copy.deepcopy(shown.examples[state])
    document["data"].update(changes)
    return document


def without(document: Document, field: str) -> Document:
    del document["data"][field]
    return document


def test_the_shipped_files_are_fresh(spec: Spec) -> None:
    """The schemas in the package are the ones that the contract gives today, byte for byte, and no others."""
    made = dict(all_schemas(spec))
    paths = SHIPPED.rglob("*.json")
    shipped = {path.relative_to(SHIPPED).as_posix(): path.read_text("utf-8") for path in paths}
    assert shipped == made, "run `make schemas`"
    assert len(made) == len(DOCUMENTS) * len(Strength) * len(Dialect)


def test_the_same_contract_gives_the_same_bytes() -> None:
    """Another process, with another hash seed, makes the same bytes."""
    code = (
        "from miragic_contracts.schemas import all_schemas\n"
        "from miragic_contracts.spec import load_spec\n"
        "print(dict(all_schemas(load_spec())))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


def test_files_are_written_below_a_folder_that_is_made(spec: Spec, tmp_path: Path) -> None:
    """Writing makes the folder, gives the paths, and ends lines the same way everywhere."""
    written = write_schemas(spec, tmp_path / "out")
    names = sorted(path.relative_to(tmp_path / "out").as_posix() for path in written)
    assert names == sorted(dict(all_schemas(spec)))
    assert all(b"\r" not in path.read_bytes() for path in written)


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize("strength", list(Strength))
@pytest.mark.parametrize("dialect", list(Dialect))
def test_each_is_a_schema_of_its_dialect(
    spec: Spec, document: str, strength: Strength, dialect: Dialect
) -> None:
    """Each schema satisfies the schema of its own dialect, says which that is, and stands alone."""
    schema = document_schema(spec, document, strength, dialect)
    validator = jsonschema.validators.validator_for(schema)
    assert (
        validator
        is {
            Dialect.DRAFT_2020_12: jsonschema.Draft202012Validator,
            Dialect.DRAFT_07: jsonschema.Draft7Validator,
        }[dialect]
    )
    validator.check_schema(schema)
    section = "$defs" if dialect is Dialect.DRAFT_2020_12 else "definitions"
    for reference in references(schema):
        prefix, _, name = reference.rpartition("/")
        assert prefix == f"#/{section}"
        assert name in schema[section]


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for child in node.values():
            yield from references(child)
    elif isinstance(node, list):
        for child in node:
            yield from references(child)


def test_draft_7_uses_nothing_that_a_strict_validator_does_not_know(spec: Spec) -> None:
    """A draft 7 schema has no format, no extension and no keyword beside a reference."""
    for name, text in all_schemas(spec):
        if not name.startswith(Dialect.DRAFT_07):
            continue
        for keyword in ('"format"', '"x-', '"discriminator"', '"contentMediaType"', '"$defs"'):
            assert keyword not in text
        for node in nodes(json.loads(text)):
            assert "$ref" not in node or len(node) == 1


def nodes(node: Any) -> Iterator[Document]:
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from nodes(child)
    elif isinstance(node, list):
        for child in node:
            yield from nodes(child)


Make = Callable[[Spec], Document]

IMPOSSIBLE: dict[str, tuple[str, Make]] = {
    "COMPLETED, null text": ("/data/transcription", lambda s: job(s, "completed", transcription=None)),
    "COMPLETED, empty text": ("/data/transcription", lambda s: job(s, "completed", transcription="")),
    "COMPLETED, no text": ("/data", lambda s: without(job(s, "completed"), "transcription")),
    "COMPLETED with an error": ("/data/errorMessage", lambda s: job(s, "completed", errorMessage="x")),
    "COMPLETED at 99 %": ("/data/progress", lambda s: job(s, "completed", progress=99)),
    "FAILED, null reason": ("/data/errorMessage", lambda s: job(s, "failed", errorMessage=None)),
    "FAILED, empty reason": ("/data/errorMessage", lambda s: job(s, "failed", errorMessage="")),
    "FAILED, no reason": ("/data", lambda s: without(job(s, "failed"), "errorMessage")),
    "PENDING at 100 %": ("/data/progress", lambda s: job(s, "pending", progress=100)),
    "progress below 0": ("/data/progress", lambda s: job(s, "pending", progress=-1)),
    "progress as text": ("/data/progress", lambda s: job(s, "pending", progress="42%")),
    "no time of creation": ("/data/createdAt", lambda s: job(s, "pending", createdAt=None)),
    "no id": ("/data", lambda s: without(job(s, "pending"), "id")),
    "no status": ("/data", lambda s: without(job(s, "pending"), "status")),
    "a number as id": ("/data/id", lambda s: job(s, "pending", id=7)),
    "success is false": ("/success", lambda s: {**job(s, "pending"), "success": False}),
    "not wrapped in data": ("", lambda s: job(s, "pending")["data"]),
}

HARMLESS: dict[str, Make] = {
    "an unknown status": lambda s: job(s, "pending", status="PROCESSING"),
    "an unknown field": lambda s: job(s, "pending", language="de"),
    "an unknown field beside data": lambda s: {**job(s, "pending"), "message": "hello"},
    "an unknown format": lambda s: job(s, "completed", audioFormat="flac"),
    "a time that is no time": lambda s: job(s, "completed", createdAt="yesterday"),
    "a text while PENDING": lambda s: job(s, "pending", transcription="so far"),
    "a field that a client can do without": lambda s: without(job(s, "completed"), "creditsUsed"),
    "no error field where there is no error": lambda s: without(job(s, "completed"), "errorMessage"),
}

LEFT_OPEN: dict[str, Make] = {
    "times as numbers": lambda s: job(s, "pending", createdAt=1767265200.084, updatedAt=1767265204),
    "no progress": lambda s: without(job(s, "pending"), "progress"),
    "PENDING without metadata": lambda s: without(job(s, "pending"), "metadata"),
    "a signed link": lambda s: job(s, "completed", download_signed_url="https://a.example/x?y=z"),
}


@pytest.mark.parametrize("strength", list(Strength))
@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_both_strengths_refuse_what_no_job_can_be(
    spec: Spec, judges: dict[Strength, Judge], strength: Strength, name: str
) -> None:
    """A job document that contradicts its own status is refused in both strengths, and the place is named."""
    pointer, make = IMPOSSIBLE[name]
    assert pointer in [problem.pointer for problem in judges[strength].problems(make(spec))]


@pytest.mark.parametrize("name", HARMLESS)
def test_only_strict_refuses_what_a_client_can_live_with(
    spec: Spec, judges: dict[Strength, Judge], name: str
) -> None:
    """What is new or missing but harmless is refused of our mock and survives in a client."""
    assert not judges[Strength.STRICT].is_valid(HARMLESS[name](spec))
    assert judges[Strength.TOLERANT].is_valid(HARMLESS[name](spec))


@pytest.mark.parametrize("strength", list(Strength))
@pytest.mark.parametrize("name", LEFT_OPEN)
def test_what_the_contract_leaves_open_is_accepted(
    spec: Spec, judges: dict[Strength, Judge], strength: Strength, name: str
) -> None:
    """Numeric times, absent progress and the optional link satisfy both strengths."""
    assert judges[strength].problems(LEFT_OPEN[name](spec)) == ()


def test_a_request_is_as_strict_for_a_client_as_the_contract(spec: Spec) -> None:
    """A tolerant request still wants its required fields and known formats; unknown fields may stand by."""
    strict = judge(document_schema(spec, "request", Strength.STRICT))
    tolerant = judge(document_schema(spec, "request", Strength.TOLERANT))
    form = {"file": "bytes", "audio_format": "mp3"}
    assert strict.is_valid(form)
    assert tolerant.is_valid({**form, "questiion": "hm"})
    assert not strict.is_valid({**form, "questiion": "hm"})
    assert not tolerant.is_valid({**form, "audio_format": "ogg"})
    assert not tolerant.is_valid({"file": "bytes"})


def test_an_edited_contract_gives_edited_schemas() -> None:
    """A new enumerated value in the contract is accepted by the strict schema that is made from it."""
    text = default_spec_path().read_text("utf-8").replace("enum: [mp3, wav]", "enum: [mp3, wav, flac]")
    form = judge(document_schema(parse_spec(text), "request", Strength.STRICT))
    assert form.is_valid({"file": "bytes", "audio_format": "flac"})


def test_a_union_beside_properties_needs_to_be_told_apart() -> None:
    """Without a discriminator we cannot say what a branch narrows: the error names the place."""
    text = default_spec_path().read_text("utf-8")
    head, _, tail = text.partition("      discriminator:\n        propertyName: status\n")
    tail = tail[tail.index("\n    PendingJob:") :]
    with pytest.raises(SpecError, match="discriminator") as caught:
        document_schema(parse_spec(head + tail), "job", Strength.STRICT)
    assert caught.value.pointer == "/components/schemas/Job"


def test_a_format_without_a_pattern_is_refused_in_draft_7() -> None:
    """A format that draft 7 validators would not check is an error, not a silent gap."""
    text = default_spec_path().read_text("utf-8").replace("format: uri", "format: hostname", 1)
    with pytest.raises(SpecError, match="hostname"):
        document_schema(parse_spec(text), "job", Strength.STRICT, Dialect.DRAFT_07)


def test_an_unknown_document_is_refused(spec: Spec) -> None:
    """Only the four documents exist, and the error lists them."""
    with pytest.raises(SpecError, match="created, error, job, request"):
        document_schema(spec, "invoice", Strength.STRICT)


def test_lists_and_alternatives_are_converted_too() -> None:
    """A list of alternatives in a grown contract is closed and opened like anything else."""
    grown = """        audioFilePath:
          description: Alternatives.
          x-evidence: documented
          type: array
          items:
            anyOf:
              - {type: string, enum: [a]}
              - {type: object, properties: {b: {type: string, x-evidence: documented}}}
        audioFilePathWas:"""
    text = (
        default_spec_path()
        .read_text("utf-8")
        .replace("        audioFilePath:\n          desc", f"{grown}\n          desc", 1)
    )
    metadata = {
        strength: document_schema(parse_spec(text), "job", strength)["$defs"]["JobMetadata"]["properties"][
            "audioFilePath"
        ]
        for strength in Strength
    }
    assert metadata[Strength.STRICT]["items"] == {
        "anyOf": [
            {"type": "string", "enum": ["a"]},
            {"type": "object", "properties": {"b": {"type": "string"}}, "additionalProperties": False},
        ]
    }
    assert metadata[Strength.TOLERANT]["items"]["anyOf"][0] == {"type": "string"}


AJV = """
const fs = require("fs"), path = require("path");
const newer = process.argv[1].endsWith("2020-12"), Ajv = require(newer ? "ajv/dist/2020" : "ajv");
// Draft 7 has patterns for formats, so there nothing is added. Strict mode refuses a schema, or warns of it.
const made = () => newer ? require("ajv-formats")(new Ajv({strict: true})) : new Ajv({strict: true});
for (const name of fs.readdirSync(process.argv[1]).sort()) {
  const schema = JSON.parse(fs.readFileSync(path.join(process.argv[1], name)));
  const accepts = made().compile(schema);
  const documents = JSON.parse(process.argv[2])[name.split(".")[0]];
  console.log(name, documents.every((d) => accepts(d)), accepts({}));
}
"""


@pytest.mark.parametrize("dialect", Dialect)
def test_a_strict_javascript_validator_takes_each_schema_without_a_word(spec: Spec, dialect: Dialect) -> None:
    """Ajv in strict mode takes each schema and the examples; of draft 7 with nothing added."""
    node = shutil.which("node")
    if not node or not (ROOT / "node_modules/ajv").is_dir():
        reason = "needs node and node_modules/ajv (npm ci)"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    created, missing = spec.submit.responses["201"].json, spec.poll.responses["404"].json
    assert spec.submit.request_body
    assert created
    assert missing
    examples = {
        "job": [job(spec, state) for state in ("pending", "completed", "failed")],
        "created": list(created.examples.values()),
        "error": list(missing.examples.values()),
        "request": list(spec.submit.request_body.content["multipart/form-data"].examples.values()),
    }
    done = subprocess.run(
        [node, "-e", AJV, str(SHIPPED / dialect), json.dumps(examples)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "created.strict.json true false",
        "created.tolerant.json true false",
        "error.strict.json true false",
        "error.tolerant.json true true",
        "job.strict.json true false",
        "job.tolerant.json true false",
        "request.strict.json true false",
        "request.tolerant.json true false",
    ]


def test_each_schema_has_a_web_address_of_its_own_as_its_name(spec: Spec) -> None:
    """Not every validator takes a `urn:` as the base of references."""
    names = [json.loads(text)["$id"] for _, text in all_schemas(spec)]
    assert len(set(names)) == len(names)
    assert all(name.startswith("https://") and name.endswith(".json") for name in names)


def test_the_file_is_marked_for_code_generators_and_not_for_validators(spec: Spec) -> None:
    """`format: binary` makes generators send a file; a validator of JSON Schema does not know that format."""
    assert spec.submit.request_body
    content = spec.submit.request_body.content["multipart/form-data"]
    assert content.schema["properties"]["file"]["format"] == "binary"
    for dialect in Dialect:
        file = document_schema(spec, "request", Strength.STRICT, dialect)["properties"]["file"]
        assert file.keys() == {"description", "type", "minLength"}
