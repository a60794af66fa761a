"""The toolkit in twenty seconds: a mock, two recordings, one failure, one check.

Rule: nothing here that a user could not type. Every step prints the command it runs, as installed beside this
Python.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
RECORDINGS = Path("demo/recordings")
# What the demo makes lies here, so that each command it shows can be typed again.
DESK = Path(".demo")
# Long enough to watch the bar move.
JOB_TAKES = "done-after=2s"
STOP_WITHIN_S = 5
# Of a command that took Ctrl-C, and of one that it killed.
INTERRUPTED = (130, -signal.SIGINT)
# The mock lets in these two only: a check asks, too, whether keys are checked and jobs are private.
KEY, SECOND_KEY = "demo-key", "another-key"


class DemoError(Exception):
    """A step did not do what the demo promises; the message says which and what came instead."""


def main() -> int:
    """Runs the demo and gives its exit status: 0, 1 where a step went wrong, 130 after Ctrl-C."""
    os.chdir(ROOT)
    try:
        with running_mock() as url:
            for name in ("hello.wav", "weather.mp3"):
                transcribe(url, RECORDINGS / name)
            fail(url, RECORDINGS / "hello.wav")
            check(url)
        step("The mock has stopped. Next: `make mock` leaves one running for your own code.")
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndemo: stopped", file=sys.stderr)
        return 130
    return 0


def step(text: str) -> None:
    print(f"\n# {text}", flush=True)


def command(name: str, *arguments: str | Path) -> list[str]:
    """The command as installed beside this Python, shown as a user would type it."""
    path = shutil.which(name, path=sysconfig.get_path("scripts"))
    if path is None:
        raise DemoError(
            f"the command {name} is not installed beside {sys.executable}; `make demo` installs it"
        )
    words = [str(argument) for argument in arguments]
    print(f"$ {name} {shlex.join(words)}", flush=True)
    return [path, *words]


@contextmanager
def running_mock() -> Iterator[str]:
    """Starts the mock on a free port, gives its address, and stops it however the block ends."""
    step("A mock of the API, on a free port. It knows the recordings' words from the .txt files beside them.")
    options = ("--plan", JOB_TAKES, "--sidecar-dir", RECORDINGS, "--api-key", KEY, "--api-key", SECOND_KEY)
    serve = command("miragic-mock", "serve", "--port", "0", "--json", *options)
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            ready = process.stdout.readline()
            if not ready:
                raise DemoError(f"the mock did not start (exit status {process.wait()})")
            yield json.loads(ready)["url"]
        finally:
            process.terminate()
            try:
                process.communicate(timeout=STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()


def run(words: list[str], *, stdout: int | None = None) -> subprocess.CompletedProcess[str]:
    """Runs a command with the demo's key; Ctrl-C that reached it alone stops the demo, too."""
    environment = os.environ | {"MIRAGIC_API_KEY": KEY}
    finished = subprocess.run(words, env=environment, stdout=stdout, text=True, check=False)
    if finished.returncode in INTERRUPTED:
        raise KeyboardInterrupt
    return finished


def run_client(url: str, recording: Path) -> subprocess.CompletedProcess[str]:
    """Transcribes one recording; its progress goes to the terminal, its result comes back."""
    words = command("miragic-stt", "transcribe", recording, "--base-url", url)
    return run(words, stdout=subprocess.PIPE)


def transcribe(url: str, recording: Path) -> None:
    """Shows one transcription and holds it against the words that were spoken."""
    step(f"Transcribe {recording.name}.")
    finished = run_client(url, recording)
    print(finished.stdout, end="")
    words = recording.with_suffix(".txt").read_text(encoding="utf-8")
    if finished.returncode != 0 or finished.stdout.strip() != words.strip():
        raise DemoError(f"expected {words.strip()!r} and exit status 0, not {finished.returncode}")


def fail(url: str, recording: Path) -> None:
    """Shows a job that fails, because the file's name asks the mock for it."""
    step("The same recording, but its name asks the mock to fail the job: no test code, no other setting.")
    DESK.mkdir(exist_ok=True)
    asking = DESK / f"{recording.stem}[outcome=failed]{recording.suffix}"
    shutil.copy(recording, asking)
    finished = run_client(url, asking)
    print(f"exit status {finished.returncode}: the job failed, and scripts can tell", flush=True)
    if finished.returncode != 1:
        raise DemoError(f"expected exit status 1 for a failed job, not {finished.returncode}")


def check(url: str) -> None:
    """Lets the contract judge the mock, as it would judge the live API."""
    step("Does this server keep the contract? The same question can be put to the live API, within a budget.")
    report = DESK / "report.html"
    to_ask = ("--base-url", url, "--second-api-key", SECOND_KEY, "--profile", "mock", "--html", report)
    finished = run(command("miragic-contract", "check", *to_ask))
    if finished.returncode != 0:
        raise DemoError(f"expected the mock to conform (exit status 0), not {finished.returncode}")
    print(f"The report, with a timeline of each job: {report.resolve()}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
