"""A job read from a document: whatever a server adds or leaves out, a value comes of it."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from miragic_stt._answers.documents import read_job


def test_raw_and_extra_keep_what_is_not_known():
    """A field added tomorrow can be used today."""
    job = read_job({"success": True, "data": {"id": "j", "status": "PENDING", "language": "en"}})
    assert (job.raw["language"], job.extra) == ("en", {"language": "en"})


def test_a_document_without_identity_or_status_is_no_job():
    """Guessing one would invent a job."""
    assert read_job({"data": {"status": "PENDING"}}) is None
    assert read_job({"data": {"id": "j"}}) is None
    assert read_job({"data": {"id": True, "status": "PENDING"}}) is None


def test_a_numeric_id_is_read_as_text():
    """Some services count."""
    assert read_job({"id": 7, "status": "PENDING"}).id == "7"


def test_a_time_without_a_zone_is_utc():
    """The service writes UTC; the reader never guesses the local zone."""
    job = read_job({"id": "j", "status": "PENDING", "createdAt": "2025-11-05T12:04:18"})
    assert job.created_at == datetime(2025, 11, 5, 12, 4, 18, tzinfo=UTC)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


FIELDS = [
    "userId", "audioFileName", "audioUrl", "question", "audioFormat", "transcription", "errorMessage",
    "metadata", "creditsUsed", "createdAt", "updatedAt", "progress", "download_signed_url",
]  # fmt: skip


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, json_values)), st.booleans())
def test_any_document_with_identity_and_status_is_a_job(fields, wrapped):
    """Whatever the other fields hold, the job is read, and its document is kept as it came."""
    document = {**fields, "id": "j", "status": "PENDING"}
    job = read_job({"success": True, "data": document} if wrapped else document)
    assert (job.id, job.status, job.raw) == ("j", "PENDING", document)
    assert job.progress is None or 0 <= job.progress <= 100
    assert job.created_at is None or job.created_at.tzinfo is not None
