"""The core of the client is small enough to be read in half an hour."""

from __future__ import annotations

from pathlib import Path

import miragic_stt


def test_the_core_has_at_most_two_thousand_lines():
    """What one job needs: the modules that lie in no room, the faces included."""
    files = Path(miragic_stt.__file__).parent.glob("*.py")
    lines = {path.name: path.read_text("utf-8").count("\n") for path in files}
    assert sum(lines.values()) <= 2000, lines
