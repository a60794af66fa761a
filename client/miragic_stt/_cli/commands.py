"""The commands: each calls the client, prints one result to standard output, and returns an exit code."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from .._errors import Interrupted, MiragicError, UsageError
from .._outside.harmless import harmless
from .._progress import OnProgress
from .._uploads.audio import AudioSource
from ..batch.client import Client
from ..batch.outcome import Outcome
from .arguments import make_parser, submission_options
from .boundary import json_text, shown
from .completion import completion_script
from .display import Show
from .report import (
    ExitCode,
    error_lines,
    exit_code,
    failure_document,
    job_document,
    outcome_document,
    transcript_document,
    worst_exit_code,
)
from .terminal import progress_display
from .texts import TextFiles


def run(options: argparse.Namespace) -> int:
    """Carry the command out and return its exit code."""
    try:
        if options.command == "completion":
            _print(completion_script(make_parser(), options.shell))
            return ExitCode.DONE
        with Client(base_url=options.base_url, timeout_s=options.timeout) as client:
            return _COMMANDS[options.command](client, options)
    except (MiragicError, Interrupted) as error:
        _complain(*error_lines(error))
        if getattr(options, "json", False):
            _print_json(failure_document(error))
        return exit_code(error)


def _transcribe(client: Client, options: argparse.Namespace) -> int:
    names: list[str] = options.files
    files = TextFiles.for_recordings(names, options.output)
    with ExitStack() as stack:
        sources = [stack.enter_context(_source(name)) for name in names]
        show = stack.enter_context(_display(options, names))
        outcomes = client.transcribe_many(
            sources,
            concurrency=options.concurrency,
            journal=options.journal,
            on_progress=show,
            on_outcome=files.save,
            **submission_options(options),
        )
    if options.json:
        results = map(outcome_document, names, outcomes)
        _print_json({"results": list(results)}, [outcome.job_id for outcome in outcomes])
    else:
        _print_texts(names, outcomes, files)
    for name, outcome in zip(names, outcomes, strict=True):
        _remark(name, outcome)
    _complain(*files.problems)
    return max(worst_exit_code(outcomes), ExitCode.USAGE if files.problems else ExitCode.DONE)


def _print_texts(names: Sequence[str], outcomes: Sequence[Outcome], files: TextFiles) -> None:
    """Print the texts that are in no file, each under a heading where there are several recordings."""
    for position, (name, outcome) in enumerate(zip(names, outcomes, strict=True)):
        if outcome.transcript is not None and position not in files.saved:
            heading = f"==> {shown(name)} <==\n" if len(names) > 1 else ""
            _print_text(heading, outcome.transcript.text, [each.job_id for each in outcomes[position:]])


def _remark(name: str, outcome: Outcome) -> None:
    if outcome.error is not None:
        first, *rest = error_lines(outcome.error)
        _complain(f"{name}: {first}", *rest)
    elif outcome.transcript is not None and outcome.transcript.looks_like_refusal:
        _complain(f"{name}: this reads like a refusal of the service's model, not like a transcript")


def _submit(client: Client, options: argparse.Namespace) -> int:
    with _source(options.file) as source, _progress(options, options.file) as on_progress:
        job = client.submit(source, on_progress=on_progress, **submission_options(options))
    if options.json:
        _print_json({**job_document(job), "error": None}, [job.id])
    else:
        _print(shown(job.id), [job.id])
    return ExitCode.DONE


def _status(client: Client, options: argparse.Namespace) -> int:
    job = client.get(options.job_id)
    if options.json:
        _print_json({**job_document(job), "error": None})
    else:
        _print(shown(job.status if job.progress is None else f"{job.status} {job.progress:g} %"))
    return ExitCode.DONE


def _wait(client: Client, options: argparse.Namespace) -> int:
    with _progress(options, options.job_id) as on_progress:
        transcript = client.wait(options.job_id, on_progress=on_progress)
    if options.json:
        _print_json(transcript_document(transcript))
    else:
        _print_text("", transcript.text)
    _remark(options.job_id, Outcome(name=None, transcript=transcript))
    return ExitCode.DONE


_COMMANDS: Final[Mapping[str, Callable[[Client, argparse.Namespace], int]]] = {
    "transcribe": _transcribe,
    "submit": _submit,
    "status": _status,
    "wait": _wait,
}


def _display(options: argparse.Namespace, names: Sequence[str]) -> AbstractContextManager[Show | None]:
    # Without their folders, names leave room for the rest of the line.
    return progress_display(
        sys.stderr, mode=options.progress, labels=[shown(Path(name).name) for name in names]
    )


@contextmanager
def _progress(options: argparse.Namespace, name: str) -> Iterator[OnProgress | None]:
    with _display(options, [name]) as show:
        yield None if show is None else partial(show, 0)


@contextmanager
def _source(name: str) -> Iterator[AudioSource]:
    """The file, or standard input: copied to a temporary file, as its length has to be known first."""
    if name != "-":
        yield name
        return
    if sys.stdin is None:
        raise UsageError("there is no standard input to read the audio from: it is closed")
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy)
        copy.seek(0)
        yield ("audio", copy)


def _print(text: str, job_ids: Sequence[str | None] = ()) -> None:
    """Print to standard output at once; if that fails, name the jobs that were paid for on standard error."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        raise
    except OSError:
        _complain(*(f"not printed: what became of job {job_id}" for job_id in job_ids if job_id is not None))
        raise


def _print_text(heading: str, text: str, job_ids: Sequence[str | None] = ()) -> None:
    """Print a transcript: harmless to a terminal, and to a file or a pipe exactly what was paid for."""
    _print(heading + (harmless(text) if sys.stdout and sys.stdout.isatty() else text), job_ids)


def _print_json(document: Mapping[str, object], job_ids: Sequence[str | None] = ()) -> None:
    _print(json_text(document, encoding=getattr(sys.stdout, "encoding", None) or "utf-8"), job_ids)


def _complain(*lines: str) -> None:
    for line in lines:
        print(f"miragic-stt: {shown(line)}", file=sys.stderr)
