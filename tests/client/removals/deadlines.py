"""Removals: one deadline over all of a call."""

from __future__ import annotations

from typing import Final

from .removal import Rows, without

_DRIPS: Final = "transports/test_deadlines::test_an_answer_that_drips_ends_with_the_deadline"

ROWS: Final[Rows] = {
    "overall deadline, finite by default": [
        without(
            "_call.py",
            "if room_s <= _NEGLIGIBLE_S or",
            "if room_s <= -99 or",
            "vector deadline/last-look",
        ),
        without(
            "_settings/policy.py",
            "DEFAULT_TIMEOUT_S: Final = 900.0",
            "DEFAULT_TIMEOUT_S: Final = None",
            "test_matrix::test_the_default_deadline_is_finite",
        ),
        without(
            "_transports/deadlines.py",
            "    response_class = _Response\n",
            "",
            f"{_DRIPS}[status line-own_session]",
            f"{_DRIPS}[one header-foreign_session]",
            f"{_DRIPS}[flood of 100-own_session]",
            f"{_DRIPS}[size of a chunk-own_session]",
            "transports/test_deadlines::test_a_proxy_that_drips_ends_with_the_deadline",
        ),
        without(
            "_transports/deadlines.py",
            "while 102 <= self.status < 200:",
            "while False:",
            "transports/test_deadlines::test_interim_answers_are_no_answers",
        ),
        without(
            "_transports/deadlines.py",
            "cast(float, deadline.within(None)) / steps",
            "cast(float, deadline.within(None))",
            "transports/test_deadlines::test_a_host_of_many_addresses_gets_no_more_time",
        ),
        without(
            "_transports/deadlines.py",
            "self.sock.settimeout(deadline.within(self.timeout))",
            "pass",
            "transports/test_deadlines::test_a_block_gets_no_more_time_than_is_left[deaf_listener]",
        ),
        without(
            "_transports/httpx.py",
            "async with asyncio.timeout(left_s):",
            "async with asyncio.timeout(None):",
            f"{_DRIPS}_asynchronously[one header]",
        ),
    ],
    "deadline covers upload and polling": [
        without(
            "_call.py",
            "        self._take((yield event))\n",
            "        yield event\n",
            "test_waiting::test_the_time_that_a_callback_takes_counts",
            "test_waiting::test_the_time_that_a_loop_takes_counts",
            "test_waiting::test_the_time_that_is_taken_over_a_failure_counts",
        ),
        without(
            "_conversations.py",
            '    call.enter("waiting")\n',
            '    call.enter("waiting")\n    call.deadline += call.elapsed_s\n',
            "vector deadline/deadline-covers-upload",
        ),
        without(
            "_transports/requests.py",
            "        if self._clock() >= self._deadline:\n            raise TimeoutError(TOO_LATE)\n",
            "",
            "test_calls::test_an_upload_ends_with_the_deadline_between_two_blocks",
        ),
    ],
    "request timeouts clipped to what remains": [
        without(
            "_call.py",
            "read_s=min(limits.read_s, left_s)",
            "read_s=limits.read_s",
            "test_calls::test_a_request_never_gets_more_time_than_is_left",
        ),
        without(
            "_call.py",
            "limits.upload_s, left_s)",
            "limits.upload_s, 99)",
            "test_calls::test_a_request_never_gets_more_time_than_is_left",
        ),
    ],
    "a result that arrives at the deadline is kept": [
        without(
            "_call.py",
            "            verdict = judge(cast(Outcome, turn.result))\n",
            "            verdict = judge(cast(Outcome, turn.result))\n"
            "            if self.now >= self.deadline:\n"
            "                raise self.timed_out()\n",
            "vector deadline/result-at-the-bell",
        ),
    ],
    "timeout error carries id, last state, history": [
        without(
            "_call.py",
            "            last_job=self.last_job,\n",
            "",
            "test_waiting::test_the_wait_ends_by_its_deadline_with_a_last_look_and_a_receipt",
        ),
        without(
            "_call.py",
            "else self.settings.resume_command(self.job_id)",
            "else None",
            "test_waiting::test_the_wait_ends_by_its_deadline_with_a_last_look_and_a_receipt",
        ),
        without(
            "_call.py",
            "            observations=self.observations,\n",
            "",
            "vector deadline/failures-count-too",
        ),
    ],
}
