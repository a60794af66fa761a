"""Removals: what is read from a document: typed, tolerant, whole."""

from __future__ import annotations

from typing import Final

from .removal import Rows, without

ROWS: Final[Rows] = {
    "typed models, py.typed": [
        without("py.typed", None, None, "test_matrix::test_the_package_says_that_it_is_typed"),
        without(
            "_job.py",
            "@dataclass(frozen=True, slots=True, kw_only=True)\nclass Job:",
            "@dataclass(slots=True, kw_only=True)\nclass Job:",
            "test_job::test_a_job_cannot_be_changed",
        ),
    ],
    "unknown fields kept": [
        without(
            "_answers/documents.py",
            "        raw=raw,\n",
            "        raw={name: value for name, value in raw.items() if name in ('id', 'status')},\n",
            "vector documents/extra-fields",
            "answers/test_documents::test_raw_and_extra_keep_what_is_not_known",
        ),
    ],
    "unknown status survives": [
        without(
            "_job.py",
            "return self in TERMINAL_STATUSES",
            "return self != PENDING",
            "vector polling/unknown-status",
            "test_waiting::test_an_unknown_status_is_waited_through_with_one_warning",
        ),
        without(
            "_conversations.py",
            "                warned = True\n",
            "",
            "test_waiting::test_an_unknown_status_is_waited_through_with_one_warning",
        ),
    ],
    "documents flat or wrapped, in any spelling": [
        without(
            "_answers/documents.py",
            "= inner if isinstance(inner, Mapping) else document",
            "= document",
            "vector documents/complete",
        ),
        without("_api.py", '("id", "jobId")', '("id",)', "vector documents/flat-creation"),
        without("_answers/documents.py", '.removesuffix("%")', "", "vector documents/progress-percent-text"),
        without(
            "_answers/documents.py",
            "        if number is not None:\n            return datetime",
            "        if False:\n            return datetime",
            "vector documents/time-seconds",
            "vector documents/time-milliseconds",
        ),
    ],
    "raw response access": [
        without(
            "_answers/verdicts.py",
            "http = HttpAnswer(answer.status_code, answer.headers, answer.request_id, answer.retry_after_s)",
            "http = None",
            "test_matrix::test_the_answer_around_a_document_is_kept",
        ),
    ],
    "refusals recognised": [
        without(
            "_job.py",
            "        return found is not None and found.start() <= _REFUSAL_STARTS_WITHIN_CHARS\n",
            "        return False\n",
            "test_job::test_a_refusal_is_recognised",
        ),
    ],
}
