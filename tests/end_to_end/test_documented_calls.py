"""The calls that the vendor's page documents, rewritten by us, get their transcription from the mock."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

CALLS: Final = Path(__file__).parent / "documented_calls"
DEFAULT_QUESTION: Final = "Transcribe this audio:"
POLLS_UNTIL_DONE: Final = 3

Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def mock_url(start_mock: Any, recordings: Path) -> Iterator[str]:
    """A mock that knows the recordings' words and finishes a job on its third poll, however soon."""
    plan = f"done-after={POLLS_UNTIL_DONE}polls"
    with start_mock("--plan", plan, "--sidecar-dir", str(recordings)) as url:
        yield url


@pytest.fixture
def run(mock_url: str, interpreters: Callable[[Path], list[str]]) -> Run:
    """A function that runs one of the scripts and returns the JSON document it prints."""

    def run(script: str, *arguments: str | Path) -> dict[str, Any]:
        environment = {"STT_BASE_URL": mock_url, "STT_API_KEY": "test-key", "STT_POLL_INTERVAL_S": "0.01"}
        finished = subprocess.run(
            [*interpreters(CALLS / script), *map(str, arguments)],
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        document: dict[str, Any] = json.loads(finished.stdout)
        return document

    return run


def words_of(recording: Path) -> str:
    return recording.with_suffix(".txt").read_text(encoding="utf-8").strip()


CREATE_AND_STATUS: Final = [
    pytest.param("create.sh", "status.sh", id="cURL"),
    pytest.param("create_fetch.mjs", "status_fetch.mjs", id="Node fetch"),
    pytest.param("create_requests.py", "status_requests.py", id="Python requests"),
]


@pytest.mark.parametrize("name", ["hello.wav", "weather.mp3"])
@pytest.mark.parametrize(("create", "status"), CREATE_AND_STATUS)
def test_create_then_status(run: Run, recordings: Path, create: str, status: str, name: str) -> None:
    """A job made by the documented create call is followed by the documented status call to its words."""
    recording = recordings / name
    created = run(create, recording, recording.suffix[1:])
    assert created["success"] is True
    assert created["data"]["status"] == "PENDING"

    polls = [run(status, created["data"]["jobId"])["data"] for _ in range(POLLS_UNTIL_DONE)]

    assert [poll["status"] for poll in polls] == ["PENDING"] * (POLLS_UNTIL_DONE - 1) + ["COMPLETED"]
    assert polls[-1]["id"] == created["data"]["jobId"]
    assert polls[-1]["transcription"] == words_of(recording)


@pytest.mark.parametrize("script", ["full_axios.mjs", "full_requests.py"])
def test_the_whole_example(run: Run, recordings: Path, script: str) -> None:
    """The documented whole examples submit, poll and end with the words."""
    recording = recordings / "weather.mp3"
    job = run(script, recording, "mp3")["data"]
    assert (job["status"], job["transcription"]) == ("COMPLETED", words_of(recording))
    assert job["question"] == "Which words are spoken?"


def test_the_misspelt_field_asks_the_default_question(run: Run, recordings: Path) -> None:
    """The page's cURL call sends `questiion`; as the page promises, the default question is asked."""
    created = run("create.sh", recordings / "hello.wav", "wav")
    assert run("status.sh", created["data"]["jobId"])["data"]["question"] == DEFAULT_QUESTION


def test_every_script_is_run() -> None:
    """No script lies beside the tests without one of them running it."""
    named = Path(__file__).read_text(encoding="utf-8")
    scripts = {script.name for script in CALLS.iterdir()} - {"README.md", "__pycache__"}
    assert {script for script in scripts if f'"{script}"' not in named} == set()
