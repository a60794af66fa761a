"""The toolkit in twenty seconds: a mock, two recordings, a failed job and a contract check.

Rule: every step is a command that a user could type, and is printed before it runs.
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
from typing import Final

ROOT: Final = Path(__file__).parents[1]
RECORDINGS: Final = Path("demo/recordings")
# The files that the demo makes stay here, so that each command it prints can be typed again.
DESK: Final = Path(".demo")
# Long enough to watch the progress bar move.
JOB_TAKES: Final = "done-after=2s"
STOP_WITHIN_S: Final = 5
# The exit status of a command that handled Ctrl-C, and of one that was killed by it.
INTERRUPTED: Final = (130, -signal.SIGINT)
# The mock accepts no other keys. The check uses both, to see whether one account can read the other's jobs.
KEY: Final = "demo-key"
SECOND_KEY: Final = "another-key"


class DemoError(Exception):
    """Raised when a step goes wrong; the message says what was expected and what came instead."""


def main() -> int:
    """Run the demo.

    Returns:
        The exit status: 0, 1 if a step went wrong, 130 after Ctrl-C.
    """
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
    """Print what comes next."""
    print(f"\n# {text}", flush=True)


def command(name: str, *arguments: str | Path) -> list[str]:
    """Print a command as a user would type it, and return the one installed beside this Python.

    Raises:
        DemoError: If it is not installed there.
    """
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
    """Run the mock on a free port until the block ends, and yield its address."""
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
    """Run a command with the demo's key.

    A terminal sends Ctrl-C to every process at once, and the command may be gone before this one notices; a
    command that was interrupted therefore stops the demo, too.
    """
    environment = os.environ | {"MIRAGIC_API_KEY": KEY}
    finished = subprocess.run(words, env=environment, stdout=stdout, text=True, check=False)
    if finished.returncode in INTERRUPTED:
        raise KeyboardInterrupt
    return finished


def run_client(url: str, recording: Path) -> subprocess.CompletedProcess[str]:
    """Transcribe one recording, with its progress on the terminal and its result captured."""
    words = command("miragic-stt", "transcribe", recording, "--base-url", url)
    return run(words, stdout=subprocess.PIPE)


def transcribe(url: str, recording: Path) -> None:
    """Show one transcription and compare it with the words that were spoken."""
    step(f"Transcribe {recording.name}.")
    finished = run_client(url, recording)
    print(finished.stdout, end="")
    words = recording.with_suffix(".txt").read_text(encoding="utf-8")
    if finished.returncode != 0 or finished.stdout.strip() != words.strip():
        raise DemoError(f"expected {words.strip()!r} and exit status 0, not {finished.returncode}")


def fail(url: str, recording: Path) -> None:
    """Show a job that fails because the name of the file asks the mock for it."""
    step("The same recording, but its name asks the mock to fail the job: no test code, no other setting.")
    DESK.mkdir(exist_ok=True)
    failing = DESK / f"{recording.stem}[outcome=failed]{recording.suffix}"
    shutil.copy(recording, failing)
    finished = run_client(url, failing)
    print(f"exit status {finished.returncode}: the job failed, and scripts can tell", flush=True)
    if finished.returncode != 1:
        raise DemoError(f"expected exit status 1 for a failed job, not {finished.returncode}")


def check(url: str) -> None:
    """Check the mock against the contract, as the live API would be checked."""
    step("Does this server keep the contract? The same question can be put to the live API, within a budget.")
    report = DESK / "report.html"
    options = ("--base-url", url, "--second-api-key", SECOND_KEY, "--profile", "mock", "--html", report)
    finished = run(command("miragic-contract", "check", *options))
    if finished.returncode != 0:
        raise DemoError(f"expected the mock to conform (exit status 0), not {finished.returncode}")
    print(f"The report, with a timeline of each job: {report.resolve()}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
