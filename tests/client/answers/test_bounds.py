"""Answers beyond all bounds: an error of ours that names the job, or a job without the field."""

from __future__ import annotations

import asyncio
import json

import pytest
from miragic_stt import MalformedResponseError, MiragicError

from tests.client.cli.conftest import api, run, talk  # noqa: F401 - fixtures
from tests.client.cli.service import JOB

NUMBERS = ["9" * 4000, "9" * 5000, "1e999", "-1e999", "NaN", "Infinity", "[1]", "true", '"9e999"']
DEEP = "[" * 500 + "]" * 500
VERY_DEEP = "[" * 100_000 + "]" * 100_000


def document(**fields: str) -> bytes:
    members = "".join(f', "{name}": {value}' for name, value in fields.items())
    return f'{{"data": {{"id": "job-1", "status": "COMPLETED", "transcription": "hello"{members}}}}}'.encode()


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("name", ["progress", "creditsUsed", "createdAt", "other"])
def test_a_number_beyond_all_bounds_reads_as_none(run, api, stage, number, name):  # noqa: F811
    """The text was paid for, and is not lost with the field beside it."""
    body = document(**{name: number})
    assert stage.client(stage.reply(200, body=body)).wait("job-1").text == "hello"
    assert asyncio.run(stage.async_client(stage.reply(200, body=body)).wait("job-1")).text == "hello"
    api.get(JOB, body=body, content_type="application/json")
    assert run("wait", "job-1") == (0, "hello\n", "")
    code, out, _ = run("status", "job-1", "--json")
    assert (code, json.loads(out)["transcription"]) == (0, "hello")


@pytest.mark.parametrize("nested", [DEEP, VERY_DEEP, VERY_DEEP[:100_000]], ids=["deep", "very deep", "open"])
def test_a_nesting_that_nothing_can_follow_is_no_document(run, api, stage, nested):  # noqa: F811
    """Named with its job, in both clients and on the command line; never a traceback."""
    body = document(metadata=nested)
    client = stage.client(*[stage.reply(200, body=body)] * 9)
    with pytest.raises(MalformedResponseError) as caught:
        client.get("job-1")
    assert caught.value.job_id == "job-1"
    with pytest.raises(MalformedResponseError):
        asyncio.run(stage.async_client(*[stage.reply(200, body=body)] * 9).get("job-1"))


TIMES = [
    "Mon, 01 Jan 0001 00:00:00 -0000",
    "Mon, 01 Jan 2024 00:00:00 +99999999999",
    "Fri, 31 Dec 9999 23:59:59 -2359",
    "9" * 5000,
    "1e999",
    "nan",
]


@pytest.mark.parametrize("value", TIMES)
def test_a_time_beyond_the_calendar_asks_nothing(stage, value):
    """The refusal stays a refusal."""
    with pytest.raises(MiragicError) as caught:
        stage.client(stage.reply(404, headers={"Retry-After": value, "Date": value})).get("job-1")
    assert caught.value.job_id == "job-1"


def test_an_id_or_a_status_of_a_megabyte_is_none(stage):
    """It would stand in addresses, messages and receipts."""
    client = stage.client(stage.reply(200, {"data": {"jobId": "j" * 1_000_000, "status": "PENDING"}}))
    with pytest.raises(MiragicError, match="names no job") as caught:
        client.submit(b"ID3" + bytes(99))
    assert len(str(caught.value)) < 1000


def test_a_status_that_changes_each_time_does_not_grow_the_receipt(stage):
    """Twenty kinds are counted by their name."""
    script = [stage.job(f"STATE{number}") for number in range(100)]
    with pytest.raises(MiragicError) as caught:
        stage.client(*script).wait("job-1", timeout_s=60)
    assert len(caught.value.observations) <= 21


def test_headers_are_kept_in_bounds(stage):
    """An error carries them, and so does what an error tracker stores."""
    headers = {f"X-{number}": "v" * 10_000 for number in range(300)}
    with pytest.raises(MiragicError) as caught:
        stage.client(stage.reply(404, headers=headers)).get("job-1")
    assert len(caught.value.headers) <= 100
    assert max(map(len, caught.value.headers.values())) <= 4000


def test_a_number_of_five_thousand_digits_reads_as_none(stage):
    """Python refuses so many digits, and with them the whole document."""
    job = stage.client(stage.reply(200, body=document(progress="9" * 5000))).get("job-1")
    assert (job.progress, job.raw["progress"], job.transcription) == (None, None, "hello")
