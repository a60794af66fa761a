"""Where transcriptions come from when a plan does not say: sources that are tried one after another.

Rule: a source is a function from what was submitted to a text, or None when it has none to offer. A name that
a client chose is looked up among the names of a folder; it never becomes a path.
"""

from __future__ import annotations

import importlib
import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Final

from ..domain.jobs.job import Upload
from ..errors import TranscriptError

_MAX_TEXT_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Submitted:
    """What a source may look at.

    Attributes:
        upload: The facts of the upload.
        question: The question, or its default.
        seed: The tenant's seed.
        path: Where the upload lies while the request lasts, under a name that ends with its format (`.mp3`);
            None when it was not kept.
    """

    upload: Upload
    question: str
    seed: int = 0
    path: Path | None = None


Source = Callable[[Submitted], str | None]


def first_of(*sources: Source) -> Source:
    """Return a source that gives the text of the first source that has one."""

    def ask(submitted: Submitted) -> str | None:
        return next((text for source in sources if (text := source(submitted)) is not None), None)

    return ask


def fixed(text: str) -> Source:
    """Return a source that always gives one text.

    Args:
        text: The text, or `@FILE` for the content of a file; `@@` stands for a leading `@`.

    Raises:
        TranscriptError: The file cannot be read as UTF-8 text.
    """
    if text.startswith("@@"):
        text = text[1:]
    elif text.startswith("@"):
        text = _read(Path(text[1:])).strip()
    return lambda submitted: text


def sidecar(folder: Path) -> Source:
    """Return a source that reads `hello.txt` for `hello.mp3`, in one folder.

    Tags in square brackets and directories in the client's name are ignored; upper and lower case and the
    Unicode form are not told apart. The folder is listed for every submit, so files may be added while the
    server runs.

    Raises:
        TranscriptError: It is no folder, or (from the source) a text in it cannot be read.
    """
    if not folder.is_dir():
        raise TranscriptError(f"expected a folder of text files, and {folder} is none")

    def ask(submitted: Submitted) -> str | None:
        wanted = _stem(submitted.upload.file_name)
        for entry in sorted(folder.glob("*.txt")):
            if _folded(entry.stem) == wanted and entry.is_file():
                return _read(entry).strip()
        return None

    return ask


def by_hash(where: Path) -> Source:
    """Return a source that knows texts by content: `<sha256>.txt` in a folder, or a JSON table.

    Raises:
        TranscriptError: There is neither, or the table is not one of strings.
    """
    if not where.is_dir():
        table = _read_table(where)
        return lambda submitted: table.get(submitted.upload.sha256)
    files = {entry.stem.lower(): entry for entry in where.glob("*.txt")}

    def ask(submitted: Submitted) -> str | None:
        entry = files.get(submitted.upload.sha256)
        return None if entry is None else _read(entry).strip()

    return ask


def hook(name: str) -> Source:
    """Return a source that calls a function of the user's, named `module:function`.

    It gets the path of the upload, whose suffix is that of the declared format, and the question.

    Raises:
        TranscriptError: The function cannot be found; or (from the source) it raised or gave no text.
    """
    function = _load(name)

    def ask(submitted: Submitted) -> str | None:
        if submitted.path is None:
            raise TranscriptError(f"the hook {name} needs the upload as a file, and it was not kept")
        try:
            text = function(submitted.path, submitted.question)
        except Exception as error:  # whatever a user's function raises is an answer of the mock, and no crash
            raise TranscriptError(f"the hook {name} raised {type(error).__name__}: {error}") from error
        if not isinstance(text, str):
            raise TranscriptError(f"the hook {name} gave {type(text).__name__}; it must return a str")
        return text

    return ask


def _load(name: str) -> Callable[[Path, str], object]:
    module_name, _, function_name = name.partition(":")
    if not (module_name and function_name.isidentifier()):
        raise TranscriptError(f"expected a hook as module:function, got {name!r}")
    try:
        function = getattr(importlib.import_module(module_name), function_name)
    except (ImportError, AttributeError) as error:
        raise TranscriptError(f"cannot find the hook {name}: {error}; is it on PYTHONPATH?") from error
    except Exception as error:
        raise TranscriptError(
            f"cannot import {module_name} for the hook {name}: {type(error).__name__}: {error}"
        ) from error
    if not callable(function):
        raise TranscriptError(f"the hook {name} is not a function")
    return function  # type: ignore[no-any-return]  # callable() is all that can be checked here


def _stem(file_name: str) -> str:
    """Return the bare name of a client's file, whichever system's separators it uses, without tags."""
    name = PureWindowsPath(PurePosixPath(file_name).name).name
    while (start := name.find("[")) >= 0 and (stop := name.find("]", start)) >= 0:
        name = name[:start] + name[stop + 1 :]
    return _folded(PurePosixPath(name).stem)


def _folded(name: str) -> str:
    # macOS gives file names decomposed (NFD), and clients mostly send them composed.
    return unicodedata.normalize("NFC", name).strip().casefold()


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_TEXT_BYTES:
            raise TranscriptError(f"{path} is larger than {_MAX_TEXT_BYTES} bytes")
        # "-sig": editors on Windows begin a file with a byte order mark, which is no part of the text.
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise TranscriptError(f"cannot read {path} as UTF-8 text: {reason}") from error


def _read_table(path: Path) -> Mapping[str, str]:
    try:
        table = json.loads(_read(path))
    except json.JSONDecodeError as error:
        raise TranscriptError(f"{path} is not JSON: {error}") from error
    if not isinstance(table, dict) or not all(isinstance(text, str) for text in table.values()):
        raise TranscriptError(f"{path}: expected one JSON object from sha256 to text")
    return {key.lower(): text for key, text in table.items()}
