"""Folders for what one process keeps on disk while it lives; those of dead processes go at the next start.

Rule: a folder is its owner's for as long as a lock on the file in it is held, which the system lets go
however the owner ends. Only folders of this user are looked at, never links, and never those that are locked.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

PREFIX: Final = "miragic-mock-"
_LOCK: Final = "owner.lock"
_MOST_LOOKED_AT: Final = 1000


class Scratch:
    """A folder of this process, from construction until `close`, or until the process ends.

    Attributes:
        path: Where it is.
    """

    def __init__(self) -> None:
        remove_abandoned(Path(tempfile.gettempdir()))
        self.path, lock = _made()
        self._end = weakref.finalize(self, _remove, self.path, lock, os.getpid())

    def close(self) -> None:
        """Remove the folder and all that is in it."""
        self._end()

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_: object) -> None:
        self.close()


def _remove(path: Path, lock: BinaryIO, owner: int) -> None:
    lock.close()  # first, since Windows removes no file that is open
    if os.getpid() == owner:  # a worker, which is a copy of its parent, ends before it
        shutil.rmtree(path, ignore_errors=True)


def remove_abandoned(folder: Path) -> None:
    """Remove what processes that are dead have left in a folder."""
    with contextlib.suppress(OSError):
        for number, path in enumerate(folder.glob(f"{PREFIX}*")):
            if number == _MOST_LOOKED_AT:
                return
            if _is_ours(path):
                with _taken(path / _LOCK) as is_abandoned:
                    if is_abandoned and sys.platform != "win32":
                        shutil.rmtree(path, ignore_errors=True)
                if is_abandoned and sys.platform == "win32":
                    shutil.rmtree(path, ignore_errors=True)


def _made() -> tuple[Path, BinaryIO]:
    while True:
        path = Path(tempfile.mkdtemp(prefix=PREFIX))
        lock = (path / _LOCK).open("xb")
        # Another mock that starts now may have locked it in between, and is about to remove the folder.
        if _locked(lock) and (path / _LOCK).exists():
            return path, lock
        lock.close()


def _is_ours(path: Path) -> bool:
    """Return whether a path is a folder and no link, and this user's."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and (sys.platform == "win32" or found.st_uid == os.getuid())


@contextlib.contextmanager
def _taken(lock: Path) -> Iterator[bool]:
    """Give whether nobody holds a lock; a folder without one is somebody else's."""
    try:
        # Without O_NOFOLLOW a link in place of the lock would have us open any file.
        number = os.open(lock, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        yield False
        return
    with os.fdopen(number, "r+b") as file:
        yield _locked(file)


def _locked(file: BinaryIO) -> bool:
    """Lock a file for as long as it is open; return False if another process holds it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
