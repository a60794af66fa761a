"""The language-neutral vectors, run on both clients: the same script of exchanges, the same verdict."""

from __future__ import annotations

import asyncio
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import miragic_contracts
import miragic_stt
import pytest
import requests
from miragic_stt import Interrupted, JobFailedError, MiragicError, Polling, Retries, Transcript

FOLDER = Path(miragic_contracts.__file__).parent / "vectors"
FILES = sorted(path for path in FOLDER.glob("*.json") if path.name != "vectors.schema.json")
VECTORS = [
    pytest.param(vector, id=f"{path.stem}-{vector['id']}")
    for path in FILES
    for vector in json.loads(path.read_text("utf-8"))["vectors"]
]

KINDS = {
    "authentication": "AuthenticationError",
    "bad_request": "BadRequestError",
    "insufficient_credits": "InsufficientCreditsError",
    "job_failed": "JobFailedError",
    "malformed_response": "MalformedResponseError",
    "not_found": "NotFoundError",
    "payload_too_large": "PayloadTooLargeError",
    "permission_denied": "PermissionDeniedError",
    "rate_limit": "RateLimitError",
    "redirect": "RedirectError",
    "server_error": "ServerError",
    "status": "APIStatusError",
    "submission_unknown": "SubmissionUnknownError",
    "unprocessable_entity": "UnprocessableEntityError",
    "unsupported_media_type": "UnsupportedMediaTypeError",
    "wait_timeout": "WaitTimeoutError",
}
UPLOADED = {"none": 0, "part": 10, "whole": None}


class Pipe:
    """A stream of known length that cannot be rewound."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)
        self._length = len(data)

    def read(self, size: int = -1) -> bytes:
        return self._data.read(size)

    def __len__(self) -> int:
        return self._length


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_of_vectors_keeps_to_its_schema(path):
    """Another language can read the files by their schema alone."""
    schema = json.loads((FOLDER / "vectors.schema.json").read_text("utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.Draft7Validator(schema).validate(json.loads(path.read_text("utf-8")))


def test_every_vector_has_a_name_of_its_own():
    """A name stands for one behaviour."""
    names = [parameters.id for parameters in VECTORS]
    assert len(names) == len(set(names)) > 100


@pytest.mark.parametrize("vector", VECTORS)
def test_the_client_passes(stage, wav, vector):
    """The synchronous client makes the requests of the vector, at its times, to its verdict."""
    client = stage.client(*replies(stage, vector), **options(vector))
    check(stage, vector, outcome(lambda: call(client, vector, wav)))


@pytest.mark.parametrize("vector", VECTORS)
def test_the_asynchronous_client_passes(stage, wav, vector):
    """The asynchronous client does the same."""

    async def conversation():
        client = stage.async_client(*replies(stage, vector), **options(vector))
        return await call(client, vector, wav)

    check(stage, vector, outcome(lambda: asyncio.run(conversation())))


def replies(stage, vector):
    for exchange in vector["exchanges"]:
        takes_s = exchange.get("takes_s", 0.0)
        if "fault" in exchange:
            kind = requests.ReadTimeout if exchange["fault"] == "timeout" else requests.ConnectionError
            yield stage.broken(
                kind(exchange["fault"]), body_bytes=UPLOADED[exchange.get("upload", "whole")], takes_s=takes_s
            )
        else:
            answer = exchange["answer"]
            body = answer["text"].encode() if "text" in answer else None
            headers = answer.get("headers", {})
            yield stage.reply(
                answer["status"], answer.get("json"), body=body, headers=headers, takes_s=takes_s
            )


def options(vector):
    settings = vector.get("settings", {})
    return {
        "polling": Polling(**settings.get("polling", {})),
        "retries": Retries(**settings.get("retries", {})),
    }


def call(client, vector, wav):
    wanted = vector["call"]
    timeout = {"timeout_s": wanted["timeout_s"]} if "timeout_s" in wanted else {}
    method = getattr(client, wanted["do"])
    if "job_id" in wanted:
        return method(wanted["job_id"], **timeout)
    rewindable = wanted.get("audio", {}).get("rewindable", True)
    return method(io.BytesIO(wav) if rewindable else Pipe(wav), **timeout)


def outcome(run):
    try:
        return run()
    except (MiragicError, Interrupted) as error:
        return error


def check(stage, vector, came):
    verdict = vector["verdict"]
    if "error" in verdict:
        check_error(verdict["error"], came)
    else:
        check_result(verdict["result"], came)
    seen = [{"method": seen.method, "at_s": pytest.approx(seen.at_s, abs=1e-3)} for seen in stage.seen]
    assert seen == vector["requests"]
    assert not stage.adapter.script, "not all exchanges were used"


def check_error(wanted, error):
    assert type(error) is getattr(miragic_stt, KINDS[wanted["kind"]]), repr(error)
    came = {
        "kind": wanted["kind"],
        "job_id": error.job_id,
        "status_code": error.status_code,
        "error_code": error.error_code,
        "retry_after_s": error.retry_after,
        "retryable": error.retryable,
        "attempts": error.attempts,
        "observations": getattr(error, "observations", None),
        "phases": getattr(error, "phases", None),
        "last_status": str(error.last_job.status) if getattr(error, "last_job", None) else None,
        "message_contains": wanted.get("message_contains"),
    }
    assert {name: came[name] for name in wanted} == wanted
    assert wanted.get("message_contains", "") in str(error)
    if isinstance(error, JobFailedError):
        assert error.job.status == "FAILED"


def check_result(wanted, came):
    job = came.job if isinstance(came, Transcript) else came
    assert not isinstance(job, MiragicError), repr(job)
    fields = {name: plain(getattr(job, name)) for name in wanted.get("fields", {})}
    found = {
        "job_id": job.id,
        "text": came.text if isinstance(came, Transcript) else None,
        "status": job.status,
        "extra": job.extra,
        "fields": fields,
    }
    assert {name: found[name] for name in wanted} == wanted


def plain(value):
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value
