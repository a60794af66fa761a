"""The core of the client is small enough to be read in half an hour, and quick to import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import miragic_stt


def test_the_core_has_at_most_two_thousand_lines():
    """What one job needs: the modules that lie in no room, the faces included."""
    files = Path(miragic_stt.__file__).parent.glob("*.py")
    lines = {path.name: path.read_text("utf-8").count("\n") for path in files}
    assert sum(lines.values()) <= 2000, lines


def test_an_import_loads_only_what_every_program_needs():
    """Neither the command line nor an extra, nor what only batches need."""
    late = [
        "httpx",
        "miragic_stt._cli",
        "miragic_stt.batch.journal",
        "miragic_stt.batch.threads",
        "rich",
        "shtab",
    ]
    program = f"import sys, miragic_stt; print([name for name in {late} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
