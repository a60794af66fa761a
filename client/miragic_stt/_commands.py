"""What the commands do: each calls the client, prints one result to stdout, and returns an exit code."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ._audio import AudioSource
from ._batch import Outcome
from ._client import Client
from ._errors import Interrupted, MiragicError, UsageError
from ._report import (
    ExitCode,
    error_document,
    error_line,
    exit_code,
    job_document,
    outcome_document,
    transcript_document,
    worst_exit_code,
)
from ._terminal import progress_display


def run(options: argparse.Namespace) -> int:
    """The exit code of the command, after it was carried out."""
    command: Callable[[Client, argparse.Namespace], int] = {
        "transcribe": _transcribe,
        "submit": _submit,
        "status": _status,
        "wait": _wait,
    }[options.command]
    try:
        with Client(base_url=options.base_url, timeout_s=options.timeout) as client:
            return command(client, options)
    except (MiragicError, Interrupted) as error:
        if options.json:
            job_id = error.job_id if isinstance(error, MiragicError) else None
            _print_json({"job_id": job_id, "error": error_document(error)})
        _complain(error_line(error))
        return exit_code(error)


def _transcribe(client: Client, options: argparse.Namespace) -> int:
    targets = _targets(options.files, options.output)
    outcomes = [_outcome(client, name, options) for name in options.files]
    if targets:
        for target, outcome in zip(targets, outcomes, strict=True):
            if outcome.transcript is not None:
                _write(target, outcome.transcript.text)
    if options.json:
        _print_json({"results": [outcome_document(outcome) for outcome in outcomes]})
    for outcome in outcomes:
        if outcome.error is not None:
            _complain(f"{outcome.name}: {error_line(outcome.error)}")
        elif outcome.transcript is not None and not options.json and not targets:
            print(outcome.transcript.text)
    return worst_exit_code(outcomes)


def _outcome(client: Client, name: str, options: argparse.Namespace) -> Outcome:
    with _source(name) as source, progress_display(sys.stderr, mode=options.progress, label=name) as show:
        try:
            transcript = client.transcribe(
                source, audio_format=options.format, question=options.question, on_progress=show
            )
        except MiragicError as error:
            return Outcome(name=name, error=error)
        return Outcome(name=name, transcript=transcript)


def _submit(client: Client, options: argparse.Namespace) -> int:
    with (
        _source(options.file) as source,
        progress_display(sys.stderr, mode=options.progress, label=options.file) as show,
    ):
        job = client.submit(source, audio_format=options.format, question=options.question, on_progress=show)
    if options.json:
        _print_json({**job_document(job), "error": None})
    else:
        print(job.id)
    return ExitCode.DONE


def _status(client: Client, options: argparse.Namespace) -> int:
    job = client.get(options.job_id)
    if options.json:
        _print_json({**job_document(job), "error": None})
    else:
        print(job.status if job.progress is None else f"{job.status} {job.progress:g} %")
    return ExitCode.DONE


def _wait(client: Client, options: argparse.Namespace) -> int:
    with progress_display(sys.stderr, mode=options.progress, label=options.job_id) as show:
        transcript = client.wait(options.job_id, on_progress=show)
    if options.json:
        _print_json(transcript_document(transcript))
    else:
        print(transcript.text)
    return ExitCode.DONE


@contextmanager
def _source(name: str) -> Iterator[AudioSource]:
    """The file, or standard input: copied to a temporary file, as its length has to be known first."""
    if name != "-":
        yield name
        return
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy)
        copy.seek(0)
        yield ("standard input", copy)


def _targets(names: list[str], folder: str | None) -> list[Path]:
    """Where the transcripts go; empty without a folder. Checked before anything is paid for.

    Raises:
        UsageError: the folder cannot be made, or two recordings have the same name.
    """
    if folder is None:
        return []
    # The whole name is kept: talk.mp3 and talk.wav are two recordings.
    targets = [Path(folder) / f"{Path(name).name}.txt" for name in names]
    if len({str(target).lower() for target in targets}) < len(targets):
        raise UsageError("two recordings have the same file name: transcribe them into different folders")
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"the folder {folder!r} cannot be made: {error.strerror}") from error
    return targets


def _write(target: Path, text: str) -> None:
    """Write the transcript whole or not at all."""
    part = target.with_name(target.name + ".part")
    part.write_text(text + "\n", encoding="utf-8", newline="\n")
    os.replace(part, target)


def _print_json(document: Mapping[str, object]) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=2))


def _complain(line: str) -> None:
    print(f"miragic-stt: {line}", file=sys.stderr)
