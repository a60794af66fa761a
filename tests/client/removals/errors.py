"""Removals: errors: one tree, with all that is known."""

from __future__ import annotations

from typing import Final

from .removal import Rows, without

ROWS: Final[Rows] = {
    "typed errors: status, body, request id, job id, retryable, attempts": [
        without(
            "_errors.py",
            "        self.attempts = attempts\n",
            "",
            "test_errors::test_every_error_has_every_attribute",
        ),
        without(
            "_answers/verdicts.py",
            '"body": redact(answer.text)[:_BODY_KEPT_CHARS]',
            '"body": None',
            "test_regressions::test_09_answers_that_are_none_are_typed_and_quoted",
        ),
        without(
            "_answers/verdicts.py",
            '"request_id": answer.request_id',
            '"request_id": None',
            "test_regressions::test_11_errors_pickle_and_copy",
        ),
        without(
            "_errors.py",
            "        self.job_id = job_id\n",
            "",
            "vector paying/id-known-when-waiting-fails",
        ),
        without(
            "_answers/verdicts.py",
            "return status_code in _PASSING_STATUSES or",
            "return",
            "vector reading/passes-408",
            "vector reading/passes-429",
        ),
    ],
    "402 has a class of its own": [
        without(
            "_answers/verdicts.py",
            "    402: InsufficientCreditsError,\n",
            "",
            "vector reading/stays-402",
            "vector paying/not-repeated-402",
        ),
    ],
    "errors picklable": [
        without(
            "_errors.py",
            """        message: str,
        *,
        job_id: str | None = None,
        status_code""",
            """        message: str,
        job_id: str,
        *,
        status_code""",
            "test_errors::test_an_error_arrives_as_it_left",
        ),
    ],
    "a failed job raises, with the job": [
        without(
            "_conversations.py",
            "if job.status != COMPLETED:",
            "if False:",
            "vector polling/failed-with-reason",
            "test_waiting::test_a_failed_job_is_raised_with_its_reason_and_its_document",
        ),
        without(
            "_errors.py",
            "        self.job = job\n",
            "        self.job = None\n",
            "test_waiting::test_a_failed_job_is_raised_with_its_reason_and_its_document",
        ),
    ],
}
