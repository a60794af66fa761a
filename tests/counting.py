"""Count the work that a block of code does: the same number on a slow machine and on a fast one."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def counted_calls() -> Iterator[Counter[str]]:
    """Count the calls of functions that this thread makes inside the block.

    Yields:
        The number of Python functions called under `call`, of C functions under `c_call`.
    """
    calls: Counter[str] = Counter()

    def notice(frame: FrameType, event: str, _: object) -> None:
        if event in ("call", "c_call"):
            calls[event] += 1

    # A profiler, not a tracer: coverage traces, and both work side by side.
    before = sys.getprofile()
    sys.setprofile(notice)
    try:
        yield calls
    finally:
        sys.setprofile(before)
