"""The journal of a batch: what was submitted, so that a second run waits instead of paying again.

A file of JSON lines that only grows. An `intent` line is on the disk before the upload starts; `accepted`
with the job id, or `withdrawn` if no job can exist, follows it. An intent that nothing follows is an upload
whose outcome nobody knows. The API key is not in the file.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from .._errors import JournalError

try:
    from fcntl import LOCK_EX, LOCK_NB, flock
except ImportError:  # Windows has no flock: two runs at once on one journal are not noticed there
    flock = None  # type: ignore[assignment]  # the name says whether there is a lock


# A million recordings take half as much.
_FILE_BYTES: Final = 1 << 30
_LINE_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """What the journal knows of a recording.

    Attributes:
        job_id: The job; None if an upload was begun and its outcome is not known.
        begun_at: When the upload was begun, ISO 8601.
    """

    job_id: str | None
    begun_at: str


class Journal:
    """An open journal. Used by any number of threads, but by one process at a time. Close it, or use `with`.

    Raises:
        JournalError: The file cannot be read or written, is no journal, or is in use by another process.
    """

    def __init__(self, path: str | os.PathLike[str], *, wall_clock: Callable[[], float] = time.time) -> None:
        self._path = Path(path)
        self._wall_clock = wall_clock
        self._lock = threading.Lock()
        self._entries: dict[str, Entry] = {}
        try:
            # Appended to and unbuffered: no line is ever overwritten, and each goes out in one write.
            self._file = open(self._path, "a+b", buffering=0)  # noqa: SIM115 - closed by close()
        except OSError as error:
            raise JournalError(f"the journal {self._path} cannot be opened: {error.strerror}") from error
        try:
            self._take_over()
        except BaseException:
            self._file.close()
            raise

    def find(self, key: str) -> Entry | None:
        """Return what is known of the recording; None if nothing was begun, or nothing came of it."""
        with self._lock:
            return self._entries.get(key)

    def intend(self, key: str, name: str | None) -> None:
        """Record that the upload begins now. The line is on the disk when this returns."""
        self._append({"event": "intent", "key": key, "name": name, "at": self._now()})

    def accept(self, key: str, job_id: str) -> None:
        """Record that the job exists."""
        self._append({"event": "accepted", "key": key, "job_id": job_id, "at": self._now()})

    def withdraw(self, key: str) -> None:
        """Record that no job can exist: the recording may be submitted again."""
        self._append({"event": "withdrawn", "key": key, "at": self._now()})

    def close(self) -> None:
        """Close the file, and let other processes have it."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _now(self) -> str:
        return datetime.fromtimestamp(self._wall_clock(), UTC).isoformat(timespec="milliseconds")

    def _take_over(self) -> None:
        """Lock the file, read it, and cut off a line that was not finished."""
        if flock is not None:
            try:
                flock(self._file, LOCK_EX | LOCK_NB)
            except OSError:
                raise JournalError(f"the journal {self._path} is in use by another process") from None
        self._file.seek(0)
        if os.fstat(self._file.fileno()).st_size > _FILE_BYTES:
            raise JournalError(
                f"the journal {self._path} has more than {_FILE_BYTES} bytes; a recording takes some "
                "hundred: begin another journal"
            )
        content = self._file.read()
        whole, _, torn = content.rpartition(b"\n")
        for number, line in enumerate(whole.splitlines(), start=1):
            self._apply(line, number)
        if torn:
            # The process died while it wrote this line, so it had not yet done what the line announces.
            self._file.truncate(len(content) - len(torn))

    def _apply(self, line: bytes, number: int) -> None:
        try:
            record = json.loads(line) if len(line) <= _LINE_BYTES else None
            event, key, at = _text(record, "event"), _text(record, "key"), _text(record, "at")
            if event == "withdrawn":
                self._entries.pop(key, None)
            elif event == "intent":
                self._entries[key] = Entry(None, at)
            elif event == "accepted":
                self._entries[key] = Entry(_text(record, "job_id"), at)
            else:
                raise ValueError(f"unknown event {event[:40]!r}")
        except (ValueError, RecursionError) as error:
            raise JournalError(
                f"{self._path}, line {number}, is no line of a journal: {str(error)[:200]}"
            ) from error

    def _append(self, record: dict[str, str | None]) -> None:
        line = json.dumps(record).encode() + b"\n"
        with self._lock:
            try:
                self._file.write(line)
                # A killed process loses nothing that was written; fsync is for the machine that loses power.
                os.fsync(self._file.fileno())
            except OSError as error:
                raise JournalError(f"the journal {self._path} cannot be written: {error.strerror}") from error
            self._apply(line, 0)


def _text(record: object, name: str) -> str:
    value = record.get(name) if isinstance(record, dict) else None
    if not isinstance(value, str):
        raise ValueError(f"expected an object with a text as its {name!r}")
    return value
