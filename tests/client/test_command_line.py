"""The command: results on stdout, everything else on stderr, and an exit code that says how it ended."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import threading

import pytest
import requests
import responses
from miragic_stt.__main__ import main
from miragic_stt._cli.arguments import make_parser
from miragic_stt._progress import JobAccepted, JobObserved, Retrying, UploadProgress

BASE = "http://stt.test"
SUBMIT = f"{BASE}/api/v1/speech-to-text/generate"
JOB = f"{BASE}/api/v1/speech-to-text/jobs/job-1"
REFUSAL = "I'm sorry, but I can't process audio files."


@pytest.fixture
def api():
    """The service, for `requests` in this process."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def talk(tmp_path, wav):
    path = tmp_path / "talk.wav"
    path.write_bytes(wav)
    return str(path)


@pytest.fixture
def run(monkeypatch, capsys):
    """`run("wait", "job-1")` gives (exit code, stdout, stderr)."""
    monkeypatch.setenv("MIRAGIC_API_KEY", "the-key")
    monkeypatch.setenv("MIRAGIC_BASE_URL", BASE)

    def run(*words):
        try:
            code = main(words)
        except SystemExit as end:
            code = end.code
        captured = capsys.readouterr()
        return int(code or 0), captured.out, captured.err

    return run


def created(api, job_id="job-1", **options):
    document = {"success": True, "data": {"jobId": job_id, "status": "PENDING"}}
    api.post(SUBMIT, json=document, status=201, **options)


def job(api, status, url=JOB, **data):
    api.get(url, json={"success": True, "data": {"id": url.rsplit("/", 1)[1], "status": status, **data}})


def refused(api, status, code="CODE", method="POST", url=SUBMIT, **options):
    api.add(
        method,
        url,
        json={"success": False, "error": {"code": code, "message": "no"}},
        status=status,
        **options,
    )


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
    """For a job of before."""
    job(api, "COMPLETED", transcription="hello")
    assert run("wait", "job-1") == (0, "hello\n", "")
    assert json.loads(run("wait", "job-1", "--json")[1])["transcription"] == "hello"


def test_a_refusal_is_printed_and_remarked_on(run, api):
    """The service calls it a success, so does the exit code; a reader is told."""
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


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "COMMAND"),
        (["transcrybe", "x"], "invalid choice"),
        (["transcribe"], "FILE"),
        (["wait", "job-1", "--timeout", "0"], "above 0"),
        (["wait", "job-1", "--timeout", "soon"], "above 0, or 'none'"),
        (["transcribe", "x", "--concurrency", "0"], "1 or more"),
        (["transcribe", "x", "--concurrency", "two"], "1 or more"),
        (["transcribe", "x", "--format", "ogg"], "invalid choice"),
    ],
)
def test_a_mistyped_command_is_explained(run, words, says):
    """Exit code 2, usage on stderr, nothing on stdout."""
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert says in err


def test_no_limit_can_be_said(run):
    """`--timeout none`."""
    assert make_parser().parse_args(["wait", "x", "--timeout", "none"]).timeout is None


def test_every_option_has_a_help_text(run):
    """And every command shows the address, the deadline and --json."""
    for command in ("transcribe", "submit", "status", "wait"):
        code, out, _ = run(command, "--help")
        assert code == 0
        for word in ("--base-url", "--timeout", "--json"):
            assert word in out
    assert "exit codes" in run("--help")[1]


def test_the_version_can_be_asked(run):
    """That of the distribution."""
    code, out, _ = run("--version")
    assert code == 0
    assert out.startswith("miragic-stt 0.")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "tcsh", "powershell"])
def test_completion_knows_the_commands(run, shell):
    """The script is made from the parser itself, and a shell that is here can read it."""
    pytest.importorskip("shtab")
    code, out, _ = run("completion", shell)
    assert code == 0
    assert "transcribe" in out
    assert "journal" in out
    if shell in ("bash", "zsh", "fish") and shutil.which(shell):
        subprocess.run([shell, "-n"], input=out, text=True, check=True)


def test_bash_completes_a_word(run):
    """As it would at the keyboard: a command, then an option of it."""
    pytest.importorskip("shtab")
    if not shutil.which("bash"):
        pytest.skip("bash is not here")
    _, script, _ = run("completion", "bash")
    ask = """
    ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
            _shtab_miragic_stt "" "${COMP_WORDS[COMP_CWORD]}" ""; echo "${COMPREPLY[@]}"; }
    ask miragic-stt tr
    ask miragic-stt transcribe --jo
    """
    answer = subprocess.run(["bash"], input=script + ask, text=True, check=True, capture_output=True)
    assert answer.stdout.split() == ["transcribe", "--journal"]


def test_completion_without_shtab_names_the_extra(run, monkeypatch):
    """It is not part of the base install."""
    monkeypatch.setitem(sys.modules, "shtab", None)
    code, _, err = run("completion", "bash")
    assert code == 2
    assert "miragic-stt-toolkit[cli]" in err


@pytest.mark.parametrize("rich", [True, False])
def test_progress_is_shown_on_stderr_when_asked_for(run, api, talk, monkeypatch, rich):
    """The upload, the wait and the server's own figure; in bars, or in lines where there is no rich."""
    if rich:
        pytest.importorskip("rich")
    else:
        monkeypatch.delitem(sys.modules, "miragic_stt._cli.bars", raising=False)
        monkeypatch.setitem(sys.modules, "rich", None)
        monkeypatch.setitem(sys.modules, "rich.console", None)
    created(api)
    job(api, "COMPLETED", transcription="hello")
    code, out, err = run("transcribe", talk, "--progress", "always")
    assert (code, out) == (0, "hello\n")
    assert "COMPLETED" in err
    if not rich:
        assert [line.split(": ", 1)[1] for line in err.splitlines()] == [
            "uploading, 100 % sent",
            "waiting for job job-1",
            "COMPLETED",
        ]


def test_progress_needs_a_terminal_or_to_be_asked_for(run, api, talk):
    """`auto` shows nothing in a pipe, `never` nothing at all."""
    created(api)
    job(api, "COMPLETED", transcription="hello")
    assert run("transcribe", talk, "--progress", "auto")[2] == ""
    assert run("transcribe", talk, "--progress", "never")[2] == ""


def test_a_bar_waits_where_there_is_no_figure(stage, wav):
    """All bytes sent is not the end: the wait is a phase of its own."""
    pytest.importorskip("rich")
    from miragic_stt import ServerError
    from miragic_stt._cli.bars import _amount

    job = stage.client(stage.pending(progress=40)).get("job-1")
    bare = stage.client(stage.pending()).get("job-1")
    done = stage.client(stage.completed()).get("job-1")
    assert _amount(UploadProgress(5, 10)) == (5, 10)
    assert _amount(JobAccepted(job)) == (0, None)
    assert _amount(JobObserved(bare, 1, 0.0)) == (0, None)
    assert _amount(JobObserved(job, 1, 0.0)) == (40, 100)
    assert _amount(JobObserved(done, 2, 1.0)) == (1, 1)
    assert _amount(Retrying(ServerError("no"), 1.0)) == (0, None)


def test_a_text_that_the_console_cannot_show_is_not_lost(run, api, monkeypatch):
    """What is missing in its encoding is escaped."""
    job(api, "COMPLETED", transcription="naïve 文")
    stdout = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    monkeypatch.setattr(sys, "stdout", stdout)
    assert main(["wait", "job-1"]) == 0
    assert stdout.buffer.getvalue() == "naïve \\u6587\n".encode("latin-1")


def environment(url):
    return {**os.environ, "MIRAGIC_API_KEY": "the-key", "MIRAGIC_BASE_URL": url}


@pytest.mark.skipif(sys.platform == "win32", reason="signals work differently there")
@pytest.mark.parametrize("command", ["wait", "transcribe"])
def test_ctrl_c_exits_with_130_and_the_command_that_goes_on(wire, talk, command):
    """In a process of its own, as at a terminal; no traceback, and with --json a document."""
    waiting = threading.Event()

    def handler(connection):
        while head := connection.read_head():
            connection.read_body(head)
            if head.startswith(b"POST"):
                connection.answer(201, {"data": {"jobId": "job-1"}})
            else:
                connection.answer(200, {"data": {"id": "job-1", "status": "PENDING"}})
                waiting.set()

    url = wire(handler).url
    words = ["wait", "job-1"] if command == "wait" else ["transcribe", talk]
    with subprocess.Popen(
        [sys.executable, "-m", "miragic_stt", *words, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(url),
    ) as process:
        assert waiting.wait(20)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert f"resume with: miragic-stt wait job-1 --base-url {url}" in err
    assert "Traceback" not in err
    assert json.loads(out)["error"]["job_ids"] == ["job-1"]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no /dev/full")
def test_a_closed_pipe_is_no_traceback(wire):
    """`miragic-stt ... | head -0`."""

    def handler(connection):
        connection.read_request()
        document = {"data": {"id": "job-1", "status": "COMPLETED", "transcription": "x" * 200_000}}
        connection.answer(200, document)

    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "miragic_stt", "wait", "job-1"],
        stdout=writing,
        stderr=subprocess.PIPE,
        env=environment(wire(handler).url),
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_refused_format_names_the_option(run, tmp_path):
    """What can be typed, not only what can be called."""
    odd = tmp_path / "talk.raw"
    odd.write_bytes(b"no format at all")
    code, _, err = run("transcribe", str(odd))
    assert code == 2
    assert "on the command line --format" in err


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


def test_json_stays_json_on_a_stream_that_cannot_show_it(wire):
    """Python would write é as \\xe9 there, which is no JSON. Half a character fits no stream."""
    document = {"id": "job-1", "status": "COMPLETED", "transcription": "h\u00e9llo \U0001f600 \ud83d"}
    server = wire(lambda connection: (connection.read_request(), connection.answer(200, document)))
    environment = {**os.environ, "MIRAGIC_API_KEY": "k", "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "miragic_stt", "wait", "job-1", "--json", "--base-url", server.url]
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    assert json.loads(done.stdout)["transcription"] == document["transcription"]


def test_half_a_character_does_not_cost_the_file(run, api, talk, tmp_path):
    """A server cut the text in the middle of a pair; all else is written."""
    created(api)
    job(api, "COMPLETED", transcription="hello \ud83d world")
    assert run("transcribe", talk, "--output", str(tmp_path)) == (0, "", "")
    assert (tmp_path / "talk.wav.txt").read_text("utf-8") == "hello \\ud83d world\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
@pytest.mark.parametrize(
    "words", [["submit"], ["submit", "--json"], ["transcribe"], ["transcribe", "--json"]]
)
def test_an_output_that_is_full_does_not_cost_the_job(wire, talk, words):
    """The text was paid for: what is needed to ask for it again goes to standard error."""
    document = {"id": "job-1", "status": "COMPLETED", "transcription": "hello"}
    server = wire(lambda connection: (connection.read_request(), connection.answer(200, document)))
    environment = {**os.environ, "MIRAGIC_API_KEY": "k", "MIRAGIC_BASE_URL": server.url}
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "miragic_stt", *words, talk],
            env=environment, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "miragic-stt: not printed: what became of job job-1",
        "miragic-stt: reading or writing failed: [Errno 28] No space left on device",
    ]


def test_a_standard_input_that_is_closed_is_said(run, monkeypatch):
    """As cron does it."""
    monkeypatch.setattr(sys, "stdin", None)
    code, _, err = run("transcribe", "-")
    assert (code, err) == (
        2,
        "miragic-stt: there is no standard input to read the audio from: it is closed\n",
    )


def test_a_standard_output_that_is_closed_is_no_traceback(run, api, monkeypatch):
    """Whoever closed it wants to know the exit code."""
    job(api, "COMPLETED", transcription="hello")
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["wait", "job-1"]) == main(["wait", "job-1", "--json"]) == 0


def test_a_job_id_that_looks_like_an_option_can_be_resumed(run, api):
    """The command that is told is one that is understood."""
    url = JOB.replace("job-1", "-j")
    job(api, "PENDING", url=url)
    code, _, err = run("wait", "--timeout", "0.05", "--", "-j")
    assert code == 4
    resume = err.splitlines()[-1].removeprefix("miragic-stt: resume with: miragic-stt ")
    assert make_parser().parse_args(resume.split()).job_id == "-j"
