"""Which release of the mock this is.

Rule: asked for when somebody wants to know, since looking it up takes longer than answering a hundred polls.
"""

from __future__ import annotations

from typing import Final

DISTRIBUTION: Final = "miragic-stt-toolkit"


def release() -> str:
    """The version of the installed distribution."""
    from importlib.metadata import version

    return version(DISTRIBUTION)
