"""Terminals, pipes and signals: streams that are closed, full, or cannot show a character, and Ctrl-C."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading

import pytest
from miragic_stt.__main__ import main

from tests.client.cli.service import created, job


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


def test_json_stays_json_on_a_stream_that_cannot_show_it(wire):
    r"""Python would write é as \\xe9 there, which is no JSON. Half a character fits no stream."""
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
    """A job of cron may have none."""
    monkeypatch.setattr(sys, "stdin", None)
    code, _, err = run("transcribe", "-")
    assert (code, err) == (
        2,
        "miragic-stt: there is no standard input to read the audio from: it is closed\n",
    )


def test_a_standard_output_that_is_closed_is_no_traceback(run, api, monkeypatch):
    """The exit code still says how it ended."""
    job(api, "COMPLETED", transcription="hello")
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["wait", "job-1"]) == main(["wait", "job-1", "--json"]) == 0
