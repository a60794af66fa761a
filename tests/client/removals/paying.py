"""Removals: nothing is paid for twice, and nothing that was paid for is lost."""

from __future__ import annotations

from typing import Final

from .removal import Rows, without

ROWS: Final[Rows] = {
    "retry policy by bytes handed to the socket": [
        without(
            "_conversations.py",
            "sent_all=body.handed_over",
            "sent_all=False",
            "vector paying/reset-after-the-last-byte",
            "transports/test_requests::test_an_upload_lost_after_its_end_is_not_repeated",
        ),
        without(
            "_conversations.py",
            "sent_all=body.handed_over",
            "sent_all=True",
            "vector paying/reset-before-the-last-byte",
            "transports/test_requests::test_an_upload_broken_halfway_is_repeated_whole",
        ),
        without(
            "_uploads/multipart.py",
            "self._read_audio(audio_at, min(size, self._audio.size_bytes - audio_at))",
            "self._read_audio(audio_at, min(size, self._audio.size_bytes - audio_at)) + self._closing",
            "uploads/test_multipart::test_the_closing_boundary_is_handed_over_alone",
        ),
    ],
    "submission outcome unknown": [
        without(
            "_answers/verdicts.py",
            "        if not sent_all:\n            return _unreachable(",
            "        if True:\n            return _unreachable(",
            "vector paying/answer-lost",
            "transports/test_requests::test_an_upload_lost_after_its_end_is_not_repeated",
        ),
        without(
            "_answers/verdicts.py",
            "_GATEWAY_STATUSES: Final = frozenset({502, 504})",
            "_GATEWAY_STATUSES: frozenset[int] = frozenset()",
            "vector paying/gateway-502",
            "vector paying/gateway-504",
        ),
        without(
            "_answers/verdicts.py",
            "if sent_all and outcome.status_code < _FINAL_FROM:",
            "if False:",
            "transports/test_deadlines::test_an_interim_answer_that_a_foreign_session_takes_for_the_last_tells_nothing",
        ),
    ],
    "rewind or refuse on retry": [
        without(
            "_uploads/multipart.py",
            "                self._audio.stream.seek(self._audio.start)\n",
            "                pass\n",
            "uploads/test_multipart::test_a_rewound_body_is_the_same_body",
        ),
        without(
            "_uploads/multipart.py",
            "        elif self._taken_from_stream:\n            return False\n",
            "",
            "vector paying/stream-that-cannot-be-rewound",
            "test_regressions::test_06_a_stream_that_is_used_up_is_not_sent_empty",
        ),
    ],
    "a job that is finished on submit": [
        without(
            "_conversations.py",
            "return transcript_of(job if job.is_terminal else (yield from observe(call, job.id)))",
            "return transcript_of((yield from observe(call, job.id)))",
            "vector polling/finished-on-submit",
        ),
    ],
    "batch: order, isolation, journal": [
        without(
            "batch/recordings.py",
            "        for item in items\n    ]\n",
            "        for item in reversed(items)\n    ]\n",
            "batch/test_batch::test_outcomes_come_in_the_order_of_the_recordings",
        ),
        without(
            "batch/threads.py",
            "    except MiragicError as error:\n        return Outcome(name=item.name, error=error)\n",
            "    except ZeroDivisionError:\n        raise\n",
            "batch/test_batch::test_outcomes_come_in_the_order_of_the_recordings",
        ),
        without(
            "batch/recordings.py",
            "    known = journal.find(item.key)\n",
            "    known = None\n",
            "batch/test_paying_once::TestJournal::test_finished_jobs_are_asked_for_and_not_paid_again",
            "batch/test_paying_once::TestJournal::test_a_crash_during_the_upload_is_an_unknown_outcome",
            "test_with_mock::test_a_batch_that_is_killed_is_taken_up_and_paid_once",
        ),
    ],
}
