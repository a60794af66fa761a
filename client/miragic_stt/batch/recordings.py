"""The recordings of a batch: order kept, failures kept apart, nothing paid for twice.

With a journal, a recording is known by its bytes, options and server, whatever its file is called.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from .._call import Call
from .._conversations import Upload, observe, submit, transcribe, transcript_of
from .._errors import AudioError, Interrupted, MiragicError, SubmissionUnknownError, UsageError
from .._job import Job, Transcript
from .._protocol import Conversation
from .._submission import OPTIONS, Submission
from .._uploads.audio import AudioSource, open_audio, source_name
from .outcome import Outcome

if TYPE_CHECKING:
    from .journal import Journal

_DIGEST_BLOCK_BYTES: Final = 1 << 20
_ALWAYS_SENT: Final = tuple(option.field for option in OPTIONS.values() if option.always_sent)


@dataclass(frozen=True, slots=True)
class Recording:
    """One item of a batch.

    Attributes:
        key: Its identity in the journal; None without a journal.
        twin_of: Position of an earlier recording with the same key, which is submitted for both.
        error: Why it cannot be submitted at all.
    """

    position: int
    source: AudioSource
    name: str | None
    key: str | None = None
    twin_of: int | None = None
    error: MiragicError | None = None


def recordings(
    sources: Sequence[AudioSource], submission: Submission, *, base_url: str, with_keys: bool
) -> list[Recording]:
    """Return the items of a batch in order.

    Args:
        sources: The recordings as the caller passed them in.
        submission: The options, for all of them.
        base_url: The server, which is part of a key.
        with_keys: Whether a journal needs keys; each recording is then read once, for its digest.

    Raises:
        UsageError: `sources` is one recording, not several.
    """
    # A text is a sequence too, of its letters, each of which would be taken for the name of a file.
    if isinstance(sources, str | bytes | bytearray | memoryview | os.PathLike) or hasattr(sources, "read"):
        raise UsageError("a batch takes a list of recordings; put the one you gave into a list")
    firsts: dict[str, int] = {}
    items = []
    for position, source in enumerate(sources):
        try:
            name = source_name(source)
            key = _key(source, submission, base_url) if with_keys else None
        except MiragicError as error:
            items.append(Recording(position, source, None, error=error))
            continue
        twin_of = firsts.setdefault(key, position) if key is not None else position
        items.append(Recording(position, source, name, key, None if twin_of == position else twin_of))
    return items


def _key(source: AudioSource, submission: Submission, base_url: str) -> str:
    with closing(open_audio(source, audio_format=submission.audio_format)) as audio:
        if audio.start is None:
            raise AudioError("a journal needs audio that can be read twice: read the stream into bytes first")
        content = hashlib.sha256()
        while block := audio.stream.read(_DIGEST_BLOCK_BYTES):
            content.update(block)
        audio.stream.seek(audio.start)
        form = submission.form(audio_format=audio.format)
    # Fields that are not always sent come last, and only if they are sent: so a journal that was written
    # before there was such an option still knows its recordings.
    identity = [content.hexdigest(), *(form.pop(field) for field in _ALWAYS_SENT), base_url]
    if form:
        identity.append(json.dumps(form, sort_keys=True))
    # A question may hold half a surrogate pair; it is for the server to refuse.
    return hashlib.sha256("\n".join(identity).encode("utf-8", "surrogatepass")).hexdigest()


def open_journal(path: str | os.PathLike[str] | None) -> AbstractContextManager[Journal | None]:
    """Open the journal for the length of a block; None without a path.

    Raises:
        JournalError: It cannot be opened.
    """
    if path is None:
        return nullcontext()
    # Late: most programs keep no journal, and should not wait for its import.
    from .journal import Journal

    return Journal(path)


def transcribe_recording(
    call: Call, item: Recording, upload: Upload, journal: Journal | None
) -> Conversation[Transcript]:
    """Return the text of one recording: wait for the job that the journal knows, or submit it."""
    if item.error is not None:
        raise item.error
    if journal is None or item.key is None:
        return (yield from transcribe(call, upload))
    known = journal.find(item.key)
    if known is None:
        job = yield from _submit_recorded(call, upload, journal, item.key, item.name)
        if job.is_terminal:
            return transcript_of(job)
        job_id = job.id
    elif known.job_id is None:
        raise SubmissionUnknownError(
            f"an upload of {item.name or 'this recording'} was begun at {known.begun_at} by an earlier run; "
            "what became of it is not known, and it may have been charged. It was not submitted again. Look "
            f"at the account; to submit it again, remove the lines with {item.key[:12]} from the journal"
        )
    else:
        job_id = known.job_id
    return transcript_of((yield from observe(call, job_id)))


def _submit_recorded(
    call: Call, upload: Upload, journal: Journal, key: str, name: str | None
) -> Conversation[Job]:
    # A file may be called like the key; the journal is no place for it.
    shown = None if name is None else call.settings.key.hide_in(name)
    yield from call.perform(lambda: journal.intend(key, shown))
    try:
        return (yield from submit(call, upload))
    finally:
        # Written here and not by a step: where the conversation is broken off, it can yield no more steps.
        if call.job_id is not None:
            journal.accept(key, call.job_id)
        elif not call.submission_unknown:
            journal.withdraw(key)


def settled(items: Sequence[Recording], outcomes: Mapping[int, Outcome]) -> list[Outcome]:
    """Return the outcome of every item in order; a twin has that of the recording submitted for both."""
    return [
        outcomes[item.position] if item.twin_of is None else replace(outcomes[item.twin_of], name=item.name)
        for item in items
    ]


@contextmanager
def naming_jobs(calls: Sequence[Call]) -> Iterator[None]:
    """Note the ids of all jobs on an error that ends the batch as a whole, such as that of a callback."""
    try:
        yield
    except Interrupted:
        raise  # it has them already
    except BaseException as error:
        job_ids = [call.job_id for call in calls if call.job_id is not None]
        if job_ids:
            error.add_note(f"jobs of this batch: {', '.join(job_ids)}")
        raise


def check_concurrency(concurrency: int) -> int:
    """Return the number.

    Raises:
        UsageError: It is below 1, or no whole number.
    """
    if not isinstance(concurrency, int) or concurrency < 1:
        raise UsageError(f"concurrency must be a whole number of 1 or more, not {concurrency!r}")
    return concurrency
