"""Writing reports to files. Nothing reaches a file before keys were searched for in it, by value."""

from __future__ import annotations

import sys
from pathlib import Path

from ..redaction import Redactor


def prepare(path: Path) -> None:
    """Makes sure that a file can be written; what it holds is left as it is. Folders on the way are made.

    Raises: OSError where it cannot.
    """
    if str(path) != "-":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("a").close()


def write(text: str, path: Path, redactor: Redactor, artefact: str) -> None:
    """Writes one artefact; `-` is standard output. Folders on the way are made.

    Raises: KeyLeakError where a key cannot be removed; OSError where the file cannot be written.
    """
    clean = redactor.cleaned(text, artefact)
    if str(path) == "-":
        sys.stdout.write(clean)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(clean, encoding="utf-8", newline="\n")
