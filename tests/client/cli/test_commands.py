"""The command: results on stdout, everything else on stderr, and an exit code that says how it ended."""

from __future__ import annotations

import io
import json
import sys

import pytest
import requests

from tests.client.cli.service import BASE, JOB, SUBMIT, created, job, refused

REFUSAL = "I'm sorry, but I can't process audio files."


def test_a_transcript_goes_to_stdout_and_nothing_else_does(run, api, talk):
    """It can be piped."""
    created(api)
    job(api, "COMPLETED", transcription="hello wörld")
    assert run("transcribe", talk) == (0, "hello wörld\n", "")


def test_json_is_one_document(run, api, talk):
    """With the fields a script asks for, and the server's own document."""
    created(api)
    job(api, "COMPLETED", transcription="hello", creditsUsed=2)
    code, out, err = run("transcribe", talk, "--json")
    (result,) = json.loads(out)["results"]
    assert (code, err) == (0, "")
    assert result["raw"]["creditsUsed"] == result["credits_used"] == 2
    assert {name: result[name] for name in ("file", "job_id", "status", "transcription", "error")} == {
        "file": talk,
        "job_id": "job-1",
        "status": "COMPLETED",
        "transcription": "hello",
        "error": None,
    }


def test_several_recordings_are_told_apart(run, api, talk, tmp_path):
    """A heading each on stdout; one list in JSON; the highest exit code."""
    created(api)
    job(api, "COMPLETED", transcription="hello")
    words = ("transcribe", talk, str(tmp_path / "missing.mp3"), "--concurrency", "1")
    code, out, err = run(*words)
    assert (code, out) == (2, f"==> {talk} <==\nhello\n")
    assert "missing.mp3" in err
    assert "No such file" in err
    code, out, _ = run(*words, "--json")
    first, second = json.loads(out)["results"]
    assert (code, first["transcription"], second["error"]["type"]) == (2, "hello", "AudioError")


def test_transcripts_can_go_to_files(run, api, talk, tmp_path):
    """The folder is made, the whole name is kept, and stdout stays empty."""
    created(api)
    job(api, "COMPLETED", transcription="hello")
    folder = tmp_path / "texts" / "new"
    assert run("transcribe", talk, "--output", str(folder)) == (0, "", "")
    assert [(path.name, path.read_bytes()) for path in folder.iterdir()] == [("talk.wav.txt", b"hello\n")]


def test_a_paid_text_that_cannot_be_written_is_printed(run, api, talk, tmp_path):
    """A full disk must not lose it."""
    created(api)
    job(api, "COMPLETED", transcription="hello")
    (tmp_path / "texts" / "talk.wav.txt").mkdir(parents=True)
    code, out, err = run("transcribe", talk, "--output", str(tmp_path / "texts"))
    assert (code, out) == (2, "hello\n")
    assert "cannot be written" in err


@pytest.mark.parametrize("same", ["talk.wav", "TALK.wav"])
def test_two_recordings_for_one_file_are_refused_before_they_cost(run, api, talk, tmp_path, same):
    """One would overwrite the other, on some file systems also where only the case differs."""
    (tmp_path / "other").mkdir()
    code, _, err = run(
        "transcribe", talk, str(tmp_path / "other" / same), "--output", str(tmp_path / "texts")
    )
    assert code == 2
    assert "same file name" in err
    assert len(api.calls) == 0


def test_a_folder_that_cannot_be_made_is_refused_before_it_costs(run, api, talk):
    """A file is in its place."""
    code, _, err = run("transcribe", talk, "--output", talk)
    assert (code, len(api.calls)) == (2, 0)
    assert "cannot be made" in err


def test_a_journal_spares_the_second_payment(run, api, talk, tmp_path):
    """The second run asks for the job of the first."""
    created(api)
    job(api, "COMPLETED", transcription="hello")
    journal = str(tmp_path / "journal")
    assert run("transcribe", talk, "--journal", journal)[1] == "hello\n"
    assert run("transcribe", talk, "--journal", journal)[1] == "hello\n"
    assert [call.request.method for call in api.calls] == ["POST", "GET", "GET"]


def test_standard_input_is_a_recording(run, api, monkeypatch, wav):
    """A pipe has no length, so it is read to its end first."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(wav)))
    created(api)
    job(api, "COMPLETED", transcription="hello")
    assert run("transcribe", "-")[:2] == (0, "hello\n")
    assert wav in api.calls[0].request.body


def test_a_question_and_a_format_are_sent(run, api, tmp_path):
    """A declared format settles what the first bytes leave open."""
    path = tmp_path / "odd.bin"
    path.write_bytes(b"no magic")
    created(api)
    assert run("submit", str(path), "--format", "mp3", "--question", "Who speaks?")[:2] == (0, "job-1\n")
    body = api.calls[0].request.body
    assert b"Who speaks?" in body
    assert b'name="audio_format"\r\n\r\nmp3' in body


def test_a_submission_prints_the_id(run, api, talk):
    """For `status` and `wait`."""
    created(api)
    assert run("submit", talk) == (0, "job-1\n", "")
    assert json.loads(run("submit", talk, "--json")[1])["job_id"] == "job-1"


@pytest.mark.parametrize(
    ("data", "line"),
    [({"status": "PENDING", "progress": 40}, "PENDING 40 %\n"), ({"status": "FAILED"}, "FAILED\n")],
)
def test_a_status_is_one_line(run, api, data, line):
    """Looking succeeded, whatever was seen."""
    job(api, **data)
    assert run("status", "job-1") == (0, line, "")
    assert json.loads(run("status", "job-1", "--json")[1])["status"] == data["status"]


def test_waiting_prints_the_text(run, api):
    """The job was submitted earlier."""
    job(api, "COMPLETED", transcription="hello")
    assert run("wait", "job-1") == (0, "hello\n", "")
    assert json.loads(run("wait", "job-1", "--json")[1])["transcription"] == "hello"


def test_a_refusal_is_printed_and_remarked_on(run, api):
    """The service calls it a success, and so does the exit code; a line on stderr warns."""
    job(api, "COMPLETED", transcription=REFUSAL)
    code, out, err = run("wait", "job-1")
    assert (code, out) == (0, REFUSAL + "\n")
    assert "reads like a refusal" in err
    assert json.loads(run("wait", "job-1", "--json")[1])["looks_like_refusal"] is True


def many(api, *statuses):
    for status in statuses:
        job(api, status)


@pytest.mark.parametrize(
    ("code", "script", "words", "says"),
    [
        pytest.param(
            1,
            lambda api: job(api, "FAILED", errorMessage="no speech"),
            ["wait", "job-1"],
            "no speech",
            id="1",
        ),
        pytest.param(2, lambda api: None, ["wait", " "], "job id is empty", id="2"),
        pytest.param(3, lambda api: refused(api, 401), ["submit"], "401", id="3 key"),
        pytest.param(3, lambda api: refused(api, 402), ["submit"], "402", id="3 credits"),
        pytest.param(3, lambda api: refused(api, 403), ["submit"], "403", id="3 permission"),
        pytest.param(
            4,
            lambda api: job(api, "PENDING"),
            ["wait", "job-1", "--timeout", "0.05"],
            f"resume with: miragic-stt wait job-1 --base-url {BASE}",
            id="4",
        ),
        pytest.param(5, lambda api: refused(api, 500), ["submit"], "500", id="5 server"),
        pytest.param(
            5,
            lambda api: refused(api, 429, headers={"Retry-After": "999"}),
            ["submit"],
            "429",
            id="5 rate limit",
        ),
        pytest.param(
            5, lambda api: refused(api, 404, method="GET", url=JOB), ["wait", "job-1"], "404", id="5 gone"
        ),
        pytest.param(
            6,
            lambda api: api.post(SUBMIT, body=requests.ReadTimeout("no answer")),
            ["submit"],
            "may exist",
            id="6",
        ),
    ],
)
def test_the_exit_code_says_how_it_ended(run, api, talk, code, script, words, says):
    """In words on stderr, and as a document with --json."""
    script(api)
    words = [*words, talk] if words == ["submit"] else words
    came, out, err = run(*words)
    assert (came, out) == (code, "")
    assert says in err
    document = json.loads(run(*words, "--json")[1])
    assert document["error"]["exit_code"] == code
    assert says.removeprefix("resume with: ") in json.dumps(document)


def test_a_missing_key_is_a_matter_of_the_key(run, talk, monkeypatch):
    """The message names the variable; --json has it too."""
    monkeypatch.delenv("MIRAGIC_API_KEY")
    code, out, err = run("transcribe", talk, "--json")
    assert (code, json.loads(out)["error"]["type"]) == (3, "ApiKeyError")
    assert "MIRAGIC_API_KEY" in err


def test_a_timeout_as_json_is_the_whole_receipt(run, api):
    """The job as it was last seen, how often which answer came, and where the time went."""
    job(api, "PENDING", progress=40)
    code, out, _ = run("wait", "job-1", "--timeout", "0.05", "--json")
    document = json.loads(out)
    assert code == 4
    assert (document["job_id"], document["status"], document["progress"]) == ("job-1", "PENDING", 40)
    assert set(document["error"]["observations"]) == {"200 PENDING"}
    assert set(document["error"]["phases_s"]) == {"waiting"}


def test_a_failed_job_as_json_is_its_document(run, api):
    """With the server's words, and what it cost."""
    job(api, "FAILED", errorMessage="no speech", creditsUsed=2)
    document = json.loads(run("wait", "job-1", "--json")[1])
    assert (document["status"], document["error_message"], document["credits_used"]) == (
        "FAILED",
        "no speech",
        2,
    )
