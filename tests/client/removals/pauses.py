"""Removals: how long to wait, and how often to try."""

from __future__ import annotations

from typing import Final

from .removal import Rows, without

ROWS: Final[Rows] = {
    "Retry-After in seconds and as a date": [
        without(
            "_answers/answer.py",
            "            seconds = float(value)\n",
            "            raise ValueError\n",
            "vector reading/retry-after-seconds",
            "answers/test_answer::test_retry_after_is_read_as_seconds_or_as_a_date",
        ),
        without(
            "_answers/answer.py",
            "            return self._seconds_until(value)\n",
            "            return None\n",
            "vector reading/retry-after-date",
            "answers/test_answer::test_retry_after_is_read_as_seconds_or_as_a_date",
        ),
    ],
    "Retry-After ceiling raises": [
        without(
            "_call.py",
            "min(self.deadline - self.now, retries.retry_after_ceiling_s)",
            "self.deadline - self.now",
            "vector reading/retry-after-over-ceiling",
        ),
    ],
    "jitter in retries": [
        without(
            "_settings/policy.py",
            "_grown(self.first_s, 2.0, failures - 1, self.cap_s), self.jitter, chance)",
            "_grown(self.first_s, 2.0, failures - 1, self.cap_s), 0.0, chance)",
            "test_matrix::test_retries_are_jittered",
        ),
    ],
    "exponential and jittered polling": [
        without(
            "_settings/policy.py",
            "_grown(self.first_s, self.factor, looks - 1, self.cap_s)",
            "self.first_s",
            "vector polling/schedule",
        ),
        without(
            "_settings/policy.py",
            "_grown(self.first_s, self.factor, looks - 1, self.cap_s), self.jitter, chance)",
            "_grown(self.first_s, self.factor, looks - 1, self.cap_s), 0.0, chance)",
            "test_waiting::test_a_pause_varies_by_a_fifth_in_both_directions",
        ),
    ],
    "server poll hint": [
        without(
            "_conversations.py",
            "            asked_s = _poll_hint(call, job)\n",
            "",
            "vector polling/poll-hint",
        ),
    ],
    "polling tolerates transient errors, bounded": [
        without(
            "_answers/verdicts.py",
            "refusal.retryable = _may_pass(outcome.status_code)",
            "refusal.retryable = False",
            "vector reading/502-then-completed",
        ),
        without(
            "_call.py",
            "verdict.attempts >= retries.attempts",
            "verdict.attempts >= 99",
            "vector reading/attempts-are-counted",
        ),
    ],
}
