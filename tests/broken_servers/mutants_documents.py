"""Faults of shape: fields that are missing, null, of another type, or beyond their range."""

from __future__ import annotations

from tests.broken_servers import operators as op
from tests.broken_servers.mutant import Mutant, group
from tests.broken_servers.operators import Make, completed, created, failed, job, pending
from tests.broken_servers.wire import REMOVED, Reply

FIELDS = (
    *("id", "userId", "audioFileName", "audioUrl", "question", "audioFormat", "transcription"),
    *("errorMessage", "metadata", "creditsUsed", "createdAt", "updatedAt"),
)
_NEVER_NULL = tuple(
    field for field in FIELDS if field not in ("audioUrl", "errorMessage", "metadata", "creditsUsed")
)
_TEXTS = tuple(
    field for field in FIELDS if field not in ("metadata", "creditsUsed", "createdAt", "updatedAt")
)


def _each(fields: tuple[str, ...], value: object, name: str) -> dict[str, Make]:
    return {f"{field}_{name}": op.json_patch(f"/data/{field}", value, completed) for field in fields}


def _flat(incoming: object, reply: Reply) -> Reply:
    document = reply.document
    data = document.pop("data")
    return reply.with_document({**document, **data})


CREATED = group(
    "created",
    "created-document",
    no_success=op.removed("/success", created),
    success_false=op.json_patch("/success", False, created),
    success_word=op.json_patch("/success", "true", created),
    success_one=op.json_patch("/success", 1, created),
    no_data=op.removed("/data", created),
    data_null=op.json_patch("/data", None, created),
    flat=op.changed(_flat, created),
    no_id=op.removed("/data/jobId", created),
    id_null=op.json_patch("/data/jobId", None, created),
    id_empty=op.json_patch("/data/jobId", "", created),
    id_number=op.json_patch("/data/jobId", 12345, created),
    id_renamed=op.moved("/data/jobId", "/data/id", created),
    id_snake=op.moved("/data/jobId", "/data/job_id", created),
    no_status=op.removed("/data/status", created),
    status_completed=op.json_patch("/data/status", "COMPLETED", created),
    status_failed=op.json_patch("/data/status", "FAILED", created),
    status_null=op.json_patch("/data/status", None, created),
    status_number=op.json_patch("/data/status", 0, created),
    no_message=op.removed("/message", created),
    message_null=op.json_patch("/message", None, created),
    message_object=op.json_patch("/message", {"text": "ok"}, created),
)

JOB = group(
    "job",
    "job-document",
    **_each(FIELDS, REMOVED, "missing"),
    **_each(_NEVER_NULL, None, "null"),
    **_each(_TEXTS, 42, "number"),
    no_success=op.removed("/success", job),
    success_false=op.json_patch("/success", False, job),
    success_false_once=op.trace_patch({"/success": False}, 2),
    success_word=op.json_patch("/success", "yes", completed),
    no_data=op.removed("/data", job),
    data_list=op.json_patch("/data", lambda data: [data], job),
    no_status=op.removed("/data/status", job),
    status_null=op.trace_patch({"/data/status": None}, 1),
    no_id_while_pending=op.removed("/data/id", pending),
    snake_case=op.moved("/data/audioFormat", "/data/audio_format", completed),
    credits_text=op.json_patch("/data/creditsUsed", "2", completed),
    credits_negative=op.json_patch("/data/creditsUsed", -2, completed),
    created_words=op.json_patch("/data/createdAt", "yesterday", completed),
    created_slashes=op.json_patch("/data/createdAt", "01/01/2026 11:00:00", completed),
    created_without_zone=op.json_patch("/data/createdAt", lambda text: text[:-1], job),
    created_list=op.json_patch("/data/createdAt", [2026, 1, 1], completed),
    updated_negative=op.json_patch("/data/updatedAt", -1, completed),
    updated_day=op.json_patch("/data/updatedAt", lambda text: text[:10], completed),
    url_word=op.json_patch("/data/audioUrl", "audio.mp3", completed),
    format_upper=op.json_patch("/data/audioFormat", str.upper, completed),
    format_unknown=op.json_patch("/data/audioFormat", "flac", completed),
    text_empty=op.json_patch("/data/transcription", "", completed),
    text_list=op.json_patch("/data/transcription", lambda text: text.split(), completed),
    error_beside_text=op.json_patch("/data/errorMessage", "Something went wrong", completed),
    failed_without_reason=op.json_patch("/data/errorMessage", None, failed),
    failed_with_empty_reason=op.json_patch("/data/errorMessage", "", failed),
    failed_reason_missing=op.removed("/data/errorMessage", failed),
    failed_reason_elsewhere=op.moved("/data/errorMessage", "/data/error", failed),
    failed_reason_object=op.json_patch("/data/errorMessage", {"code": 1}, failed),
    progress_text=op.json_patch("/data/progress", "50%", job),
    progress_negative=op.json_patch("/data/progress", -1, pending),
    progress_100_while_pending=op.json_patch("/data/progress", 100, pending),
    progress_above_100=op.json_patch("/data/progress", 101, completed),
    progress_short_of_100_at_end=op.json_patch("/data/progress", 99, completed),
    progress_fraction_of_one=op.json_patch("/data/progress", lambda _: 1.0, completed),
    metadata_text=op.json_patch("/data/metadata", "none", completed),
    metadata_copy_null=op.json_patch("/data/metadata/apiResponse/transcription", None, completed),
    metadata_time_text=op.json_patch("/data/metadata/processingTimeMs", "9s", completed),
    metadata_time_negative=op.json_patch("/data/metadata/processingTimeMs", -9, completed),
    metadata_success_text=op.json_patch("/data/metadata/apiResponse/success", "true", completed),
    download_url_number=op.json_patch("/data/download_signed_url", 5, completed),
    download_url_word=op.json_patch("/data/download_signed_url", "result.txt", completed),
)

DOCUMENTS: tuple[Mutant, ...] = (*CREATED, *JOB)
