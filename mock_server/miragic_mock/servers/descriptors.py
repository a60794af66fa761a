"""File descriptors: each connection takes one, and a system gives a process only so many."""

from __future__ import annotations

import sys
from typing import Final

_OTHERS: Final = 256
"""What a mock needs besides: its store, uploads on disk, Python itself."""


def room_for(connections: int) -> int:
    """Let this process and its children have so many connections, or as many as the system allows.

    Returns:
        How many there may be.
    """
    if sys.platform == "win32":
        return connections
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OTHERS
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return connections
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return min(connections, max(allowed - _OTHERS, 1))
