"""Transcripts as files: one per recording, written as soon as there is one, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from .._errors import UsageError
from ..batch.outcome import Outcome


class TextFiles:
    """The files that the transcripts of a batch go to.

    Attributes:
        saved: Positions of the recordings whose transcript is in a file.
        problems: What went wrong with writing, in words.
    """

    def __init__(self, targets: Sequence[Path]) -> None:
        """Take the paths; nothing is written yet.

        Args:
            targets: A path for each recording; none at all to write nothing.
        """
        self._targets = targets
        self.saved: set[int] = set()
        self.problems: list[str] = []

    @classmethod
    def for_recordings(cls, names: Sequence[str], folder: str | None) -> Self:
        """Make the folder, for a file per recording; without a folder there are no files.

        Raises:
            UsageError: The folder cannot be made, or two recordings share a file name. Nothing was sent yet.
        """
        if folder is None:
            return cls([])
        # The whole name is kept, as talk.mp3 and talk.wav are two recordings. Case is ignored, as some file
        # systems ignore it.
        targets = [Path(folder) / f"{Path(name).name}.txt" for name in names]
        if len({str(target).casefold() for target in targets}) < len(targets):
            raise UsageError("two recordings have the same file name: give each run its own --output")
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"the folder {folder!r} cannot be made: {error.strerror}") from error
        return cls(targets)

    def save(self, position: int, outcome: Outcome) -> None:
        """Write the transcript, if there is one and a file for it; a failure is kept in `problems`."""
        if outcome.transcript is None or not self._targets:
            return
        target = self._targets[position]
        part = target.with_name(f"{target.name}.part")
        try:
            # JSON can hold half of a surrogate pair, which UTF-8 cannot: the rest must not be lost with it.
            text = outcome.transcript.text.encode("utf-8", "backslashreplace")
            # Beside its place, and then moved there in one step: nobody sees half of a text.
            part.write_bytes(text + b"\n")
            os.replace(part, target)
        except OSError as error:
            self.problems.append(f"{target} cannot be written: {error.strerror}")
        else:
            self.saved.add(position)
