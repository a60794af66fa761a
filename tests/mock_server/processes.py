"""A mock that `miragic-mock serve` runs in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# Only a mock that would never end takes so long, however slow the machine.
STOP_WITHIN_S = 30


@contextmanager
def serving(
    *options: str, log: list[str] | None = None
) -> Iterator[tuple[dict[str, Any], subprocess.Popen[str]]]:
    """Serve a mock until the block ends; yields the facts of its ready line, and its process.

    What it wrote to standard error is in `log` then. A mock whose last catch was reached fails the test.
    """
    command = [sys.executable, "-m", "miragic_mock", "serve", "--port", "0", "--json", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, process.communicate()[1]
            yield json.loads(line), process
        finally:
            process.terminate()
            _, errors = process.communicate(timeout=STOP_WITHIN_S)
            if log is not None:
                log.append(errors)
            assert "A defect of the mock" not in errors, errors
