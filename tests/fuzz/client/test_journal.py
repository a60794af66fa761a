"""Any bytes as a journal: entries, or a JournalError; what was written is read again."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from miragic_stt import JournalError
from miragic_stt.batch.journal import Journal

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner),
    max_leaves=5,
)
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "event": st.sampled_from(["intent", "accepted", "withdrawn"]) | VALUES,
        "key": st.sampled_from(["a", "b"]) | VALUES,
        "at": st.text(max_size=3) | VALUES,
        "job_id": st.text(max_size=3) | VALUES,
    },
)
LINES = (
    RECORDS.map(lambda record: json.dumps(record).encode())
    | st.binary()
    | st.sampled_from([b"9" * 5000, b"[" * 100_000, b"{}", b"\r", b"\x0c"])
)


@given(st.lists(LINES).map(b"\n".join))
def test_any_file_is_a_journal_or_an_error_of_ours(content):
    """Invariant: no exception but JournalError, whose text is one short line."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal"
        path.write_bytes(content)
        try:
            with Journal(path) as book:
                entries = dict(book._entries)
        except JournalError as error:
            said = str(error)
        else:
            said = ""
        assert len(said) < 1000
        assert not said or said.isprintable()
        if said:
            return
        with Journal(path) as book:
            assert dict(book._entries) == entries


@given(st.text(), st.text(), st.none() | st.text())
def test_what_is_written_is_read_again(key, job_id, name):
    """Invariant: a round trip, whatever a server calls its jobs."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal"
        with Journal(path) as book:
            book.intend(key, name)
            book.accept(key, job_id)
        with Journal(path) as book:
            entry = book.find(key)
            assert entry is not None
            assert entry.job_id == job_id


def test_a_line_of_a_megabyte_is_no_line(tmp_path):
    """Nor is it repeated in the error."""
    path = tmp_path / "journal"
    path.write_bytes(json.dumps({"event": "x" * 2_000_000, "key": "a", "at": "b"}).encode() + b"\n")
    with pytest.raises(JournalError) as caught:
        Journal(path)
    assert len(str(caught.value)) < 1000
