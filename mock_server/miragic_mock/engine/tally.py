"""Counts and times of a mock's answers.

Rule: counting costs a poll next to nothing. How the counts are shown is for the control API to say.
"""

from __future__ import annotations

from collections import Counter
from threading import Lock


class Tally:
    """How often each operation was answered with each status, and how long that took in all."""

    __slots__ = ("_answers", "_lock", "_seconds")

    def __init__(self) -> None:
        self._lock = Lock()
        self._answers: Counter[tuple[str, int]] = Counter()
        self._seconds: Counter[str] = Counter()

    def add(self, operation: str, status: int, took_s: float) -> None:
        """Count one answer."""
        with self._lock:
            self._answers[operation, status] += 1
            self._seconds[operation] += took_s  # type: ignore[assignment]  # a Counter adds any numbers

    def answers(self) -> dict[tuple[str, int], int]:
        """Return how often each operation was answered with each status."""
        with self._lock:
            return dict(self._answers)

    def seconds(self) -> dict[str, float]:
        """Return how many seconds the answers of each operation took in all."""
        with self._lock:
            return dict(self._seconds)
