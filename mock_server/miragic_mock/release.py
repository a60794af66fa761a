"""Which release of the mock this is.

Rule: the version is looked up only when it is needed, since that takes longer than answering a hundred polls.
"""

from __future__ import annotations

from typing import Final

DISTRIBUTION: Final = "miragic-stt-toolkit"


def release() -> str:
    """Return the version of the installed distribution."""
    from importlib.metadata import version

    return version(DISTRIBUTION)
