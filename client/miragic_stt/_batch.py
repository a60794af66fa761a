"""Many recordings, one outcome each: order kept, and no failure touches its neighbours."""

from __future__ import annotations

from dataclasses import dataclass

from ._errors import MiragicError
from ._job import Transcript


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one recording: a transcript or an error, never both.

    Attributes:
        name: what the recording is called; None for nameless data.
        job_id: the job, if one is known to exist.
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
        """The transcript.

        Raises:
            MiragicError: the error there is instead.
        """
        if self.transcript is None:
            assert self.error is not None
            raise self.error
        return self.transcript
