"""The journal: what it remembers, and through which mishaps."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from miragic_stt import JournalError
from miragic_stt.batch.journal import Entry, Journal

NOON = 1762344000.0
NOON_TEXT = "2025-11-05T12:00:00.000+00:00"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "batch.jsonl"


def journal(path):
    return Journal(path, wall_clock=lambda: NOON)


def test_it_remembers_what_was_submitted(path):
    """In the same run and in the next."""
    with journal(path) as book:
        book.intend("key-1", "talk.mp3")
        book.accept("key-1", "job-1")
        assert book.find("key-1") == Entry("job-1", NOON_TEXT)
    with journal(path) as book:
        assert book.find("key-1") == Entry("job-1", NOON_TEXT)
        assert book.find("key-2") is None


def test_an_intent_without_more_is_an_unknown_outcome(path):
    """That is what a crash between the upload and its answer leaves."""
    with journal(path) as book:
        book.intend("key-1", None)
    with journal(path) as book:
        assert book.find("key-1") == Entry(None, NOON_TEXT)


def test_a_withdrawn_intent_is_forgotten(path):
    """No job can exist: the recording may be submitted again, and then be remembered."""
    with journal(path) as book:
        book.intend("key-1", None)
        book.withdraw("key-1")
        assert book.find("key-1") is None
        book.intend("key-1", None)
        book.accept("key-1", "job-2")
    with journal(path) as book:
        assert book.find("key-1").job_id == "job-2"


def test_lines_are_on_the_disk_before_the_call_returns(path, monkeypatch):
    """An intent that is only in memory would not survive what it is for."""
    synced = []
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append(path.read_text().count("\n")))
    with journal(path) as book:
        book.intend("key-1", None)
        book.accept("key-1", "job-1")
    assert synced == [1, 2]


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_line_cut_off_by_a_crash_never_took_effect(path, cut):
    """What was written halfway is dropped, whatever was before it stays, and the file goes on cleanly."""
    with journal(path) as book:
        book.intend("key-1", None)
        book.accept("key-1", "job-1")
        book.intend("key-2", None)
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    with journal(path) as book:
        assert book.find("key-1").job_id == "job-1"
        assert book.find("key-2") is None
        book.intend("key-3", None)
    with journal(path) as book:
        assert book.find("key-3") is not None
    assert all(json.loads(line) for line in path.read_text().splitlines())


@pytest.mark.parametrize(
    "line", ["no json", "[]", '{"event": "accepted"}', '{"event": "danced", "key": "k", "at": "now"}']
)
def test_a_file_that_is_no_journal_is_refused_with_the_line(path, line):
    """A run that trusts such a file, or overwrites it, would be worse than none."""
    path.write_text(line + "\n")
    with pytest.raises(JournalError, match="line 1"):
        journal(path)
    assert path.read_text() == line + "\n"


def test_a_place_where_no_file_can_be_is_refused(tmp_path):
    """Before anything is sent."""
    with pytest.raises(JournalError, match="cannot be opened"):
        journal(tmp_path / "missing" / "batch.jsonl")


def test_a_full_disk_is_an_error(path, monkeypatch):
    """Without its line nothing may be sent."""

    def full(fd):
        raise OSError(28, "No space left on device")

    with journal(path) as book:
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(JournalError, match="No space left"):
            book.intend("key-1", None)
        assert book.find("key-1") is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no flock; the client says so")
def test_one_process_at_a_time(path):
    """Two runs on one journal would each believe to be the first."""
    with journal(path):
        second = subprocess.run(
            [sys.executable, "-c", f"from miragic_stt.batch.journal import Journal; Journal({str(path)!r})"],
            capture_output=True,
            text=True,
            check=False,
        )
    assert "in use by another process" in second.stderr


def test_a_file_of_gigabytes_is_not_read(path):
    """It is no journal, or one that no memory should hold."""
    with open(path, "wb") as file:
        file.truncate((1 << 30) + 1)
    with pytest.raises(JournalError, match="begin another journal"):
        Journal(path)
