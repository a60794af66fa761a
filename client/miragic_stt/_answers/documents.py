"""Reads a job from a JSON document, tolerantly: it accepts whatever a server adds or leaves out.

Unknown fields stay in `raw`, and a field of an unexpected type reads as None.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from .._api import ID_FIELDS
from .._job import HttpAnswer, Job, JobStatus
from .bounds import finite, name_of

# Numbers from here on are milliseconds: as seconds they would lie beyond the year 5000.
_MILLISECONDS_FROM: Final = 1e11


def read_job(
    document: Mapping[str, object],
    *,
    defaults: Mapping[str, object] | None = None,
    http: HttpAnswer | None = None,
) -> Job | None:
    """Return the job that a document describes, wrapped in `data` or flat.

    Args:
        document: The JSON object as it came.
        defaults: What to assume for fields that the document does not have.
        http: The answer that it came in.

    Returns:
        The job; None if the document names no id or no status.
    """
    inner = document.get("data")
    raw: Mapping[str, object] = inner if isinstance(inner, Mapping) else document
    fields = {**(defaults or {}), **raw}
    # Any spelling in the document counts for more than a default.
    identity = next(
        (value for name in ID_FIELDS if (value := as_name(raw.get(name)))), as_name(fields.get("id"))
    )
    status = as_name(fields.get("status"))
    if identity is None or status is None:
        return None
    metadata = fields.get("metadata")
    return Job(
        id=identity,
        status=JobStatus(status),
        user_id=as_text(fields.get("userId")),
        audio_file_name=as_text(fields.get("audioFileName")),
        audio_url=as_text(fields.get("audioUrl")),
        question=as_text(fields.get("question")),
        audio_format=as_text(fields.get("audioFormat")),
        transcription=_transcription(fields),
        error_message=as_text(fields.get("errorMessage")),
        metadata=metadata if isinstance(metadata, Mapping) else None,
        credits_used=finite(fields.get("creditsUsed")),
        created_at=_moment(fields.get("createdAt")),
        updated_at=_moment(fields.get("updatedAt")),
        progress=_percent(fields.get("progress")),
        download_signed_url=as_text(fields.get("download_signed_url")),
        raw=raw,
        http=http,
    )


def as_text(value: object) -> str | None:
    """Return a text or a whole number as text; None for anything else and for a blank text."""
    if isinstance(value, str) and value.strip():
        return value
    is_number = isinstance(value, int) and not isinstance(value, bool) and finite(value) is not None
    return str(value) if is_number else None


def as_name(value: object) -> str | None:
    """Return what `as_text` does, if it is short enough for an id, a status or a code."""
    return name_of(as_text(value))


def _transcription(fields: Mapping[str, object]) -> str | None:
    # Silence is transcribed as an empty text, so this text may be blank, unlike the others.
    value = fields.get("transcription")
    return value if isinstance(value, str) else None


def _percent(value: object) -> float | None:
    number = finite(value.strip().removesuffix("%") if isinstance(value, str) else value)
    return None if number is None else min(max(number, 0), 100)


def _moment(value: object) -> datetime | None:
    """Read a moment: ISO 8601 (UTC where it names no zone), or seconds or milliseconds since 1970."""
    number = finite(value)
    try:
        if number is not None:
            return datetime.fromtimestamp(number / 1000 if number >= _MILLISECONDS_FROM else number, UTC)
        if not isinstance(value, str):
            return None
        moment = datetime.fromisoformat(value.strip())
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
