"""What became of one recording of a batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .._errors import MiragicError
from .._job import Transcript
from .._progress import ProgressEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one recording: a transcript or an error, never both.

    Attributes:
        name: What the recording is called; None for data without a name.
    """

    name: str | None
    transcript: Transcript | None = None
    error: MiragicError | None = None

    @property
    def job_id(self) -> str | None:
        """The job's identity; None if no job is known to exist."""
        if self.transcript is not None:
            return self.transcript.job.id
        return self.error.job_id if self.error else None

    def unwrap(self) -> Transcript:
        """Return the transcript.

        Raises:
            MiragicError: The error, if there is one instead.
        """
        if self.transcript is None:
            raise self.error or AssertionError("an outcome has a transcript or an error")
        return self.transcript


OnBatchProgress = Callable[[int, ProgressEvent], None]
OnOutcome = Callable[[int, Outcome], None]
