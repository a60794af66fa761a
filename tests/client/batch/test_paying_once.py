"""A batch with a journal: a second run does not pay again."""

from __future__ import annotations

import io
import os

import pytest
from miragic_stt import (
    AudioError,
    JournalError,
    NotFoundError,
    SubmissionUnknownError,
)
from miragic_stt.batch.journal import Journal

from tests.client.batch.sounds import sounds


class TestJournal:
    """A second run with the same journal."""

    def test_finished_jobs_are_asked_for_and_not_paid_again(self, many, stage, tmp_path):
        """The second run only looks, which is free; it knows recordings by content, not by name."""
        journal = tmp_path / "j"
        many([stage.created(), stage.completed("hi")], sounds(1), journal=journal)
        renamed = [("renamed.wav", sounds(1)[0][1])]
        (outcome,) = many([stage.completed("hi")], renamed, journal=journal)
        assert (outcome.name, outcome.transcript.text) == ("renamed.wav", "hi")
        assert [seen.method for seen in stage.seen] == ["GET"]

    @pytest.mark.parametrize(
        ("change", "options"),
        [
            pytest.param({}, {"question": "Summarise:"}, id="question"),
            pytest.param({"base_url": "http://other.test"}, {}, id="server"),
        ],
    )
    def test_another_question_or_server_is_another_job(self, many, stage, tmp_path, change, options):
        """The same bytes, but not the same work."""
        script = [stage.created(), stage.completed("hi")]
        many(script, sounds(1), journal=tmp_path / "j")
        many(script, sounds(1), journal=tmp_path / "j", client_options=change, **options)
        assert [seen.method for seen in stage.seen] == ["POST", "GET"]

    def test_an_unknown_outcome_is_reported_and_not_repeated(self, many, stage, tmp_path):
        """The first run lost the answer; the second one does not pay to find out."""
        (first,) = many([stage.broken()], sounds(1), journal=tmp_path / "j")
        (second,) = many([], sounds(1), journal=tmp_path / "j")
        assert isinstance(first.error, SubmissionUnknownError)
        assert isinstance(second.error, SubmissionUnknownError)
        assert "0.wav" in str(second.error)

    @pytest.mark.parametrize("refusal", [401, 429, 500])
    def test_a_refused_recording_may_be_submitted_again(self, many, stage, tmp_path, refusal):
        """No job exists, so there is nothing to wait for."""
        from miragic_stt import Retries

        once = {"retries": Retries(attempts=1)}
        many([stage.refused(refusal)], sounds(1), journal=tmp_path / "j", client_options=once)
        (outcome,) = many([stage.created(), stage.completed("hi")], sounds(1), journal=tmp_path / "j")
        assert outcome.transcript.text == "hi"

    def test_a_wait_that_failed_is_taken_up_where_it_was(self, many, stage, tmp_path):
        """Whatever went wrong after the submission, the job is known."""
        (lost,) = many([stage.created(), stage.refused(404)], sounds(1), journal=tmp_path / "j")
        assert isinstance(lost.error, NotFoundError)
        (found,) = many([stage.completed("hi")], sounds(1), journal=tmp_path / "j")
        assert found.transcript.text == "hi"

    def test_a_job_finished_on_submit_is_recorded_too(self, many, stage, tmp_path):
        """The text comes with the answer; a second run asks for it again."""
        at_once = stage.reply(200, {"data": {"jobId": "job-1", "status": "COMPLETED", "transcription": "hi"}})
        (outcome,) = many([at_once], sounds(1), journal=tmp_path / "j")
        (again,) = many([stage.completed("hi")], sounds(1), journal=tmp_path / "j")
        assert outcome.transcript.text == again.transcript.text == "hi"

    def test_equal_recordings_are_submitted_once(self, many, stage, tmp_path):
        """Two names, the same bytes: one job, two outcomes."""
        data = sounds(1)[0][1]
        script = [stage.created(), stage.completed("hi")]
        outcomes = many(script, [("a.wav", data), ("b.wav", data)], journal=tmp_path / "j")
        assert [(o.name, o.transcript.text) for o in outcomes] == [("a.wav", "hi"), ("b.wav", "hi")]

    def test_without_a_journal_equal_recordings_are_what_was_asked_for(self, many, stage):
        """Nothing is remembered, so nothing is merged."""
        script = [stage.created(), stage.completed("1"), stage.created(), stage.completed("2")]
        outcomes = many(script, [sounds(1)[0]] * 2, concurrency=1)
        assert [o.transcript.text for o in outcomes] == ["1", "2"]

    def test_a_stream_that_cannot_be_read_twice_is_refused(self, many, tmp_path):
        """Its digest would use it up."""

        class Pipe:
            def __init__(self):
                self.read = io.BytesIO(sounds(1)[0][1]).read

            def __len__(self):
                return 112

        (outcome,) = many([], [Pipe()], journal=tmp_path / "j")
        assert isinstance(outcome.error, AudioError)
        assert "read twice" in str(outcome.error)

    def test_neither_key_nor_audio_nor_text_is_in_the_journal(self, many, stage, tmp_path):
        """It holds digests, names, ids and times."""
        journal = tmp_path / "j"
        many([stage.created(), stage.completed("private words")], sounds(1), journal=journal)
        written = journal.read_text()
        assert "job-1" in written
        assert stage.key not in written
        assert "private words" not in written

    def test_a_job_that_could_not_be_recorded_is_still_known(self, many, stage, tmp_path, monkeypatch):
        """The disk filled up between the upload and its line: the error has the id that the journal lacks."""
        original = Journal.accept

        def full(self, key, job_id):
            monkeypatch.setattr(os, "fsync", no_space)
            original(self, key, job_id)

        def no_space(fd):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Journal, "accept", full)
        (outcome,) = many([stage.created()], sounds(1), journal=tmp_path / "j")
        assert isinstance(outcome.error, JournalError)
        assert outcome.job_id == "job-1"

    def test_a_crash_during_the_upload_is_an_unknown_outcome(self, stage, tmp_path):
        """The intent was on the disk before the first byte went out."""

        class Crash(BaseException):
            """What a killed process would be."""

        client = stage.client(stage.broken(Crash()))
        with pytest.raises(Crash):
            client.transcribe_many(sounds(1), journal=tmp_path / "j")
        (outcome,) = stage.client().transcribe_many(sounds(1), journal=tmp_path / "j")
        assert isinstance(outcome.error, SubmissionUnknownError)
