"""Removals: nineteen mishaps that other clients shipped."""

from __future__ import annotations

from typing import Final

from .removal import Rows, without

ROWS: Final[Rows] = {
    "01 a gateway error ends a wait": [
        without(
            "_answers/verdicts.py",
            "refusal.retryable = _may_pass(outcome.status_code)",
            "refusal.retryable = False",
            "test_regressions::test_01_a_gateway_error_between_looks_is_survived",
        ),
    ],
    "02 Retry-After is nonsense, a date, or a day": [
        without(
            "_answers/answer.py",
            "return seconds if 0 <= seconds < math.inf else None",
            "return seconds",
            "vector reading/retry-after-nonsense-infinite",
            "answers/test_answer::test_retry_after_is_read_as_seconds_or_as_a_date",
        ),
        without(
            "_answers/answer.py",
            "            return self._seconds_until(value)\n",
            "            return 1e6\n",
            "test_regressions::test_02_retry_after_is_obeyed_ignored_or_too_long[garbage-0.5]",
        ),
        without(
            "_call.py",
            "return min(max(wanted_s, asked_s or 0.0), room_s)",
            "return min(wanted_s, room_s)",
            "test_regressions::test_02_retry_after_is_obeyed_ignored_or_too_long[3-3]",
        ),
        without(
            "_call.py",
            "min(self.deadline - self.now, retries.retry_after_ceiling_s)",
            "math.inf",
            "vector reading/retry-after-over-ceiling",
            "vector reading/retry-after-over-deadline",
        ),
    ],
    "03 a result at the bell is thrown away": [
        without(
            "_call.py",
            "            verdict = judge(cast(Outcome, turn.result))\n",
            "            verdict = judge(cast(Outcome, turn.result))\n"
            "            if self.now >= self.deadline:\n"
            "                raise self.timed_out()\n",
            "test_regressions::test_03_a_result_on_the_look_that_crosses_the_deadline_is_kept",
        ),
    ],
    "04 a reset is repeated blindly, or never": [
        without(
            "_conversations.py",
            "sent_all=body.handed_over",
            "sent_all=False",
            "test_regressions::test_04_a_reset_is_repeated_before_the_last_byte_and_not_after",
        ),
        without(
            "_conversations.py",
            "sent_all=body.handed_over",
            "sent_all=True",
            "test_regressions::test_04_a_reset_is_repeated_before_the_last_byte_and_not_after",
        ),
    ],
    "05 a lost answer is paid for twice": [
        without(
            "_answers/verdicts.py",
            "        if not sent_all:\n            return _unreachable(",
            "        if True:\n            return _unreachable(",
            "test_regressions::test_05_a_lost_answer_is_said_to_be_unknown",
        ),
    ],
    "06 a used-up stream is sent empty": [
        without(
            "_uploads/multipart.py",
            "        elif self._taken_from_stream:\n            return False\n",
            "",
            "test_regressions::test_06_a_stream_that_is_used_up_is_not_sent_empty",
        ),
    ],
    "07 an unknown status ends a wait": [
        without(
            "_job.py",
            "return self in TERMINAL_STATUSES",
            "return self != PENDING",
            "test_regressions::test_07_an_unknown_status_is_waited_through",
        ),
    ],
    "08 a failed job passes for a finished one": [
        without(
            "_conversations.py",
            "if job.status != COMPLETED:",
            "if False:",
            "test_regressions::test_08_a_failed_job_is_raised_with_and_without_reason",
        ),
    ],
    "09 what is no document is a traceback": [
        without(
            "_answers/bounds.py",
            "    except (ValueError, RecursionError):\n        return None\n",
            "    except RecursionError:\n        return None\n",
            "test_regressions::test_09_answers_that_are_none_are_typed_and_quoted",
        ),
        without(
            "_answers/verdicts.py",
            'if answer.is_success and document.get("success") is not False:',
            "if answer.is_success:",
            "vector reading/success-false-on-200",
        ),
    ],
    "10 Ctrl-C loses the job": [
        without(
            "_call.py",
            "        raise call.interrupted() from None\n",
            "        raise\n",
            "test_regressions::test_10_ctrl_c_during_a_pause_keeps_the_id",
            "test_regressions::test_10_ctrl_c_during_the_upload_says_whether_a_job_may_exist",
        ),
        without(
            "_call.py",
            "return self._unanswered is not None and self._unanswered.handed_over",
            "return False",
            "test_regressions::test_10_ctrl_c_during_the_upload_says_whether_a_job_may_exist",
        ),
    ],
    "11 an error cannot be pickled": [
        without(
            "_errors.py",
            "        message: str,\n        *,\n        job_id: str | None = None,\n        status_code",
            "        message: str,\n        job_id: str,\n        *,\n        status_code",
            "test_regressions::test_11_errors_pickle_and_copy",
        ),
    ],
    "12 the key is in a text": [
        without(
            "_transports/wire.py",
            "        key.hide_in_bytes(body),\n",
            "        body,\n",
            "test_regressions::test_12_the_key_is_in_no_text",
        ),
        without(
            "_transports/wire.py",
            "key.hide_in(value[:HEADER_CHARS])",
            "value[:HEADER_CHARS]",
            "test_secrets::test_the_key_is_in_nothing_that_an_error_shows",
        ),
        without(
            "_transports/wire.py",
            "key.hide_in(described(error))",
            "described(error)",
            "test_secrets::test_the_key_is_in_nothing_that_an_error_shows",
        ),
    ],
    "13 a file name breaks the form": [
        without(
            "_uploads/multipart.py",
            """return file_name.replace("\\r", "%0D").replace("\\n", "%0A").replace('"', "%22")""",
            "return file_name",
            "uploads/test_multipart::test_any_file_name_stays_one_header",
        ),
        without(
            "_uploads/audio.py",
            'name=name or f"audio.{found}"',
            "name=name",
            "test_regressions::test_13_audio_without_a_name_or_with_an_odd_one_is_sent[None]",
        ),
        without(
            "_uploads/multipart.py",
            '"".join(parts).encode("utf-8", "replace")',
            '"".join(parts).encode("ascii")',
            "test_regressions::test_13_audio_without_a_name_or_with_an_odd_one_is_sent",
        ),
    ],
    "14 nothing, or text, is paid for": [
        without(
            "_uploads/audio.py",
            '        raise AudioError("the audio is empty")\n',
            "        return declared or 'mp3'\n",
            "uploads/test_audio::test_what_cannot_be_transcribed_is_refused_with_its_reason[no bytes]",
        ),
        without(
            "_uploads/audio.py",
            "    if isinstance(data, io.TextIOBase):\n",
            "    if False:\n",
            "uploads/test_audio::test_a_file_opened_as_text_is_refused",
        ),
        without(
            "_conversations.py",
            '    call.enter("upload")\n',
            '    call.enter("upload")\n    yield from look(call, "any")\n',
            "test_regressions::test_14_empty_and_text_mode_audio_is_refused_before_it_costs",
        ),
    ],
    "15 a redirect takes the key along": [
        without(
            "_transports/requests.py",
            "allow_redirects=False",
            "allow_redirects=True",
            "test_regressions::test_15_a_redirect_to_another_host_is_not_followed",
        ),
    ],
    "16 the wall clock jumps": [
        without(
            "_driver.py",
            "dialogue.answer(Turn(self.clock(), result",
            'dialogue.answer(Turn(__import__("time").time(), result',
            "test_regressions::test_16_the_wall_clock_may_jump",
        ),
    ],
    "17 attempts are miscounted": [
        without(
            "_call.py",
            "verdict.attempts >= retries.attempts",
            "verdict.attempts > retries.attempts",
            "test_regressions::test_17_as_many_requests_are_made_as_attempts_are_configured",
        ),
    ],
    "18 an error costs a connection": [
        without(
            "_transports/requests.py",
            "        body = bytearray()\n",
            "        body = bytearray()\n"
            "        if response.status_code >= 400:\n"
            '            return make_answer(self._key, response.status_code, {}, b"", received_at, None)\n',
            "test_regressions::test_18_an_error_gives_its_connection_back",
            "transports/test_requests::test_an_error_gives_its_connection_back",
        ),
    ],
    "19 a foreign session is closed": [
        without(
            "_transports/requests.py",
            "        if self._owned:\n            self._session.close()\n",
            "        self._session.close()\n",
            "test_regressions::test_19_a_foreign_session_is_not_closed",
        ),
    ],
}
