"""Writing reports to files. Every text is searched for keys, by value, before it is written."""

from __future__ import annotations

import sys
from pathlib import Path

from ..redaction import Redactor


def prepare(path: Path) -> None:
    """Make sure that a file can be written. Its content is left as it is; missing folders are made.

    Raises:
        OSError: It cannot be written.
    """
    if str(path) != "-":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("a").close()  # appending leaves an old report as it is, should the run come to nothing


def write(text: str, path: Path, redactor: Redactor, artefact: str) -> None:
    """Write a text without keys. Missing folders are made.

    Args:
        text: The text.
        path: The file; `-` is standard output.
        redactor: Removes the keys.
        artefact: What the text is, for the error.

    Raises:
        KeyLeakError: A key cannot be removed.
        OSError: The file cannot be written.
    """
    # Once more, although a trace holds no key: a form of report may join or encode what was apart.
    clean = redactor.cleaned(text, artefact)
    if str(path) == "-":
        sys.stdout.write(clean)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(clean, encoding="utf-8", newline="\n")
