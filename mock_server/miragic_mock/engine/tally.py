"""Counts and times of a mock's answers, those of all its processes together.

Rule: counting costs a poll next to nothing, and what a process has counted outlives it, a `kill -9` too. How
the counts are shown is for the control API to say.
"""

from __future__ import annotations

import mmap
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import Lock
from typing import Final

_PREFIX: Final = "tally-"
_STATUSES: Final = range(1, 1000)
_NUMBER_BYTES: Final = 8


class Tally:
    """How often each operation was answered with each status, how long that took, and how many defects.

    Several processes that count in the same folder have a file each there; what is read is the sum of all.
    """

    def __init__(self, operations: Iterable[str], folder: Path | None = None) -> None:
        """Begin to count.

        Args:
            operations: The names of the operations, which are the same in each process.
            folder: A folder that the processes of one mock share; None for a mock of one process.
        """
        self._lock, self._folder = Lock(), folder
        # Where the numbers of an operation begin: its seconds first, then one place for each status.
        self._places = {name: number * 1000 for number, name in enumerate(sorted(set(operations)))}
        self._defects = len(self._places) * 1000
        self._size_bytes = size_bytes = (self._defects + 1) * _NUMBER_BYTES
        if folder is None:
            memory: bytearray | mmap.mmap = bytearray(size_bytes)
        else:
            # Shared memory and not writes: as quick as a list, and the system keeps it when the process dies.
            # A process that has the number of a dead one goes on in its file.
            with (folder / f"{_PREFIX}{os.getpid()}").open("a+b") as file:
                file.truncate(size_bytes)
                memory = mmap.mmap(file.fileno(), size_bytes)
        self._numbers: memoryview[float] = memoryview(memory).cast("d")

    def add(self, operation: str, status: int, took_s: float) -> None:
        """Count one answer."""
        place = self._places[operation]
        with self._lock:
            self._numbers[place + status] += 1
            self._numbers[place] += took_s

    def add_defect(self) -> None:
        """Count a request that a defect of the mock ended."""
        with self._lock:
            self._numbers[self._defects] += 1

    def answers(self) -> dict[tuple[str, int], int]:
        """Return how often each operation was answered with each status."""
        found: Counter[tuple[str, int]] = Counter()
        for numbers in self._all():
            for operation, place in self._places.items():
                for status in _STATUSES:
                    if numbers[place + status]:
                        found[operation, status] += int(numbers[place + status])
        return dict(found)

    def seconds(self) -> dict[str, float]:
        """Return how many seconds the answers of each operation took in all."""
        of_all = list(self._all())
        return {
            operation: sum(numbers[place] for numbers in of_all)
            for operation, place in self._places.items()
            if any(numbers[place + status] for numbers in of_all for status in _STATUSES)
        }

    def defects(self) -> int:
        """Return how many requests a defect of the mock ended."""
        return int(sum(numbers[self._defects] for numbers in self._all()))

    def _all(self) -> Iterator[memoryview[float]]:
        """Yield the numbers of every process that counts here or did."""
        if self._folder is None:
            yield self._numbers
            return
        for path in sorted(self._folder.glob(f"{_PREFIX}*")):
            content = path.read_bytes()
            # A process that has just begun may not have given its file its size yet.
            if len(content) == self._size_bytes:
                yield memoryview(content).cast("d")
