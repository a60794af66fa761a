"""Fixtures that run the installed commands as a user does, each in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
SCRIPTS: Final = Path(sysconfig.get_path("scripts"))
STOP_WITHIN_S: Final = 10

StartMock = Callable[..., AbstractContextManager[str]]


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of the demo's recordings, each with its words in a text file (`hello.wav`, `hello.txt`)."""
    return ROOT / "demo" / "recordings"


@pytest.fixture(scope="session")
def start_mock(tmp_path_factory: pytest.TempPathFactory) -> StartMock:
    """A function that runs a mock on a free port until a block ends.

    with start_mock("--delay", "1") as url:
        ...
    """

    @contextmanager
    def start(*options: str) -> Iterator[str]:
        log = tmp_path_factory.mktemp("mock") / "stderr.txt"
        command = [str(SCRIPTS / "miragic-mock"), "serve", "--port", "0", "--json", *options]
        with (
            log.open("wb") as stderr,
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True) as process,
        ):
            try:
                assert process.stdout is not None
                ready = process.stdout.readline()
                if not ready:
                    pytest.fail(f"{command} ended with {process.wait()}:\n{log.read_text(errors='replace')}")
                yield json.loads(ready)["url"]
            finally:
                process.terminate()
                process.communicate(timeout=STOP_WITHIN_S)

    return start


def needs(program: str, *, also: Path | None = None) -> str:
    """Return the path of a program.

    Without the program, or without the file `also`, the test is skipped; under CI it fails.
    """
    path = shutil.which(program)
    if path and (also is None or also.exists()):
        return path
    missing = program if path is None else f"{also} (make installs it where npm is present)"
    reason = f"needs {missing}"
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and under CI nothing may be skipped")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def interpreters() -> Callable[[Path], list[str]]:
    """A function that returns the command for a script, by its suffix."""

    def command(script: Path) -> list[str]:
        match script.suffix:
            case ".py":
                return [sys.executable, str(script)]
            case ".sh":
                needs("curl")
                return [needs("sh"), str(script)]
            case ".mjs":
                return [needs("node", also=ROOT / "node_modules" / "axios"), str(script)]
        raise ValueError(f"no interpreter for {script}")

    return command
