"""What the client promises, and for each promise what its source looks like without it.

A row is a feature that users of such clients ask for, or one of nineteen mishaps that other clients shipped.
Each of its removals is one small change of the source, with the tests that must fail then, every one of
them. `python -m bench.client_removals` makes each change in a copy of the package and runs those tests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Removal:
    """A change that takes a feature away.

    Attributes:
        file: a file of the package.
        old: a text that stands in it exactly once; None for the whole file.
        new: what takes its place; None takes the file away.
        tests: `module::name`, or `vector file/id` for that vector on both clients.
    """

    file: str
    old: str | None
    new: str | None
    tests: tuple[str, ...]


def without(file: str, old: str | None, new: str | None, *tests: str) -> Removal:
    """The removal, written so that the table below reads as one."""
    return Removal(file, old, new, tests)


FEATURES: Mapping[str, Sequence[Removal]] = {
    "sync and real async": [
        without(
            "_client.py",
            "return self._driver.run(call, transcribe(call, upload), on_progress, stop)",
            "raise NotImplementedError",
            "test_transport::test_a_transcription_takes_one_connection",
        ),
        without(
            "_async_client.py",
            "return await self._driver.run(call, transcribe(call, upload), on_progress)",
            "raise NotImplementedError",
            "test_async_client::test_a_transcription_takes_one_connection",
        ),
        without(
            "_async_driver.py",
            "await asyncio.to_thread(step.action)",
            "step.action()",
            "test_async_client::test_the_disk_is_not_read_in_the_event_loop",
        ),
    ],
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
            "test_job::test_raw_and_extra_keep_what_is_not_known",
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
    "retry policy by bytes handed to the socket": [
        without(
            "_conversations.py",
            "sent_all=body.handed_over",
            "sent_all=False",
            "vector paying/reset-after-the-last-byte",
            "test_transport::test_an_upload_lost_after_its_end_is_not_repeated",
        ),
        without(
            "_conversations.py",
            "sent_all=body.handed_over",
            "sent_all=True",
            "vector paying/reset-before-the-last-byte",
            "test_transport::test_an_upload_broken_halfway_is_repeated_whole",
        ),
        without(
            "_uploads/multipart.py",
            "self._read_audio(audio_at, min(size, self._audio.size_bytes - audio_at))",
            "self._read_audio(audio_at, min(size, self._audio.size_bytes - audio_at)) + self._closing",
            "test_multipart::test_the_closing_boundary_is_handed_over_alone",
        ),
    ],
    "submission outcome unknown": [
        without(
            "_answers/verdicts.py",
            "        if not sent_all:\n            return _unreachable(",
            "        if True:\n            return _unreachable(",
            "vector paying/answer-lost",
            "test_transport::test_an_upload_lost_after_its_end_is_not_repeated",
        ),
        without(
            "_answers/verdicts.py",
            "_GATEWAY_STATUSES = frozenset({502, 504})",
            "_GATEWAY_STATUSES: frozenset[int] = frozenset()",
            "vector paying/gateway-502",
            "vector paying/gateway-504",
        ),
        without(
            "_answers/verdicts.py",
            "if sent_all and outcome.status_code < _FINAL_FROM:",
            "if False:",
            "test_deadlines::test_an_interim_answer_that_a_foreign_session_takes_for_the_last_tells_nothing",
        ),
    ],
    "Retry-After in seconds and as a date": [
        without(
            "_answers/answer.py",
            "            seconds = float(value)\n",
            "            raise ValueError\n",
            "vector reading/retry-after-seconds",
            "test_answers::test_retry_after_is_read_as_seconds_or_as_a_date",
        ),
        without(
            "_answers/answer.py",
            "            return self._seconds_until(value)\n",
            "            return None\n",
            "vector reading/retry-after-date",
            "test_answers::test_retry_after_is_read_as_seconds_or_as_a_date",
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
    "overall deadline, finite by default": [
        without(
            "_call.py",
            "if room_s <= _NEGLIGIBLE_S or",
            "if room_s <= -99 or",
            "vector deadline/last-look",
        ),
        without(
            "_settings/policy.py",
            "DEFAULT_TIMEOUT_S = 900.0",
            "DEFAULT_TIMEOUT_S = None",
            "test_matrix::test_the_default_deadline_is_finite",
        ),
        without(
            "_transports/deadlines.py",
            "    response_class = _Response\n",
            "",
            "test_deadlines::test_an_answer_that_drips_ends_with_the_deadline[status line-own_session]",
            "test_deadlines::test_an_answer_that_drips_ends_with_the_deadline[one header-foreign_session]",
            "test_deadlines::test_an_answer_that_drips_ends_with_the_deadline[flood of 100-own_session]",
            "test_deadlines::test_an_answer_that_drips_ends_with_the_deadline[size of a chunk-own_session]",
            "test_deadlines::test_a_proxy_that_drips_ends_with_the_deadline",
        ),
        without(
            "_transports/deadlines.py",
            "while 102 <= self.status < 200:",
            "while False:",
            "test_deadlines::test_interim_answers_are_no_answers",
        ),
        without(
            "_transports/deadlines.py",
            "cast(float, deadline.within(None)) / steps",
            "cast(float, deadline.within(None))",
            "test_deadlines::test_a_host_of_many_addresses_gets_no_more_time",
        ),
        without(
            "_transports/deadlines.py",
            "self.sock.settimeout(deadline.within(self.timeout))",
            "pass",
            "test_deadlines::test_a_block_gets_no_more_time_than_is_left[deaf_listener]",
        ),
        without(
            "_transports/httpx.py",
            "async with asyncio.timeout(left_s):",
            "async with asyncio.timeout(None):",
            "test_deadlines::test_an_answer_that_drips_ends_with_the_deadline_asynchronously[one header]",
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
            "test_regressions::test_an_upload_ends_with_the_deadline_between_two_blocks",
        ),
    ],
    "request timeouts clipped to what remains": [
        without(
            "_call.py",
            "read_s=min(limits.read_s, left_s)",
            "read_s=limits.read_s",
            "test_regressions::test_a_request_never_gets_more_time_than_is_left",
        ),
        without(
            "_call.py",
            "limits.upload_s, left_s)",
            "limits.upload_s, 99)",
            "test_regressions::test_a_request_never_gets_more_time_than_is_left",
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
    "resume from an id in a new process": [
        without(
            "_cli/commands.py",
            '    "wait": _wait,\n',
            "",
            "test_command_line::test_waiting_prints_the_text",
        ),
        without(
            "_client.py",
            "return self._driver.run(call, wait(call, checked_job_id(job_id)), on_progress, stop)",
            "raise NotImplementedError",
            "test_command_line::test_waiting_prints_the_text",
        ),
    ],
    "cancel a wait; Ctrl-C keeps the id": [
        without(
            "_call.py",
            "        self._stopped = turn.stopped\n",
            "",
            "test_regressions::test_a_stop_signal_ends_a_wait_and_keeps_the_id",
        ),
        without(
            "_call.py",
            "        raise call.interrupted() from None\n",
            "        raise\n",
            "test_regressions::test_10_ctrl_c_during_a_pause_keeps_the_id",
        ),
        without(
            "_call.py",
            "        error.add_note(str(call.interrupted()))\n",
            "",
            "test_async_client::test_cancelling_a_task_cancels_the_wait_and_leaves_the_id",
        ),
    ],
    "status iterator": [
        without(
            "_client.py",
            "                yield event.job\n",
            "                if event.job.is_terminal:\n                    yield event.job\n",
            "test_regressions::test_the_statuses_of_a_job_can_be_iterated",
        ),
        without(
            "_async_client.py",
            "                    yield event.job\n",
            "                    if event.job.is_terminal:\n                        yield event.job\n",
            "test_async_client::test_every_status_is_seen",
        ),
    ],
    "progress of upload and of job, as phases": [
        without(
            "_driver.py",
            "            on_progress(UploadProgress(sent, total))\n",
            "            pass\n",
            "test_transport::test_uploads_go_out_in_blocks_of_one_mebibyte",
            "test_async_client::test_a_transcription_takes_one_connection",
        ),
        without(
            "_conversations.py",
            "            yield from call.tell(JobObserved(job, looks, call.elapsed_s))\n",
            "",
            "test_waiting::test_every_look_is_reported",
        ),
        without(
            "_cli/bars.py",
            "    return 0, None\n",
            "    return 1, 1\n",
            "test_command_line::test_a_bar_waits_where_there_is_no_figure",
        ),
    ],
    "constant-memory upload": [
        without(
            "_uploads/multipart.py",
            "while block := self.read(BLOCK_BYTES):",
            "while block := self.read(1 << 40):",
            "test_multipart::test_an_iteration_gives_blocks_of_one_mebibyte",
            "test_matrix::test_an_upload_is_never_held_in_memory",
        ),
        without(
            "_transports/deadlines.py",
            "        super().init_poolmanager(*args, **kwargs, blocksize=BLOCK_BYTES)\n",
            "        super().init_poolmanager(*args, **kwargs)\n",
            "test_transport::test_uploads_go_out_in_blocks_of_one_mebibyte",
        ),
    ],
    "rewind or refuse on retry": [
        without(
            "_uploads/multipart.py",
            "                self._audio.stream.seek(self._audio.start)\n",
            "                pass\n",
            "test_multipart::test_a_rewound_body_is_the_same_body",
        ),
        without(
            "_uploads/multipart.py",
            "        elif self._taken_from_stream:\n            return False\n",
            "",
            "vector paying/stream-that-cannot-be-rewound",
            "test_regressions::test_06_a_stream_that_is_used_up_is_not_sent_empty",
        ),
    ],
    "path, bytes, file-like, tuple; format by its first bytes": [
        without(
            "_uploads/audio.py",
            "    if isinstance(data, bytes | bytearray | memoryview):\n",
            "    if False:\n",
            "test_audio::test_audio_comes_in_many_forms",
        ),
        without(
            "_uploads/audio.py",
            '    if head.startswith(b"ID3") or _is_mp3_frame(head):\n        return "mp3"\n',
            "",
            "test_audio::test_a_format_is_known_by_its_first_bytes",
        ),
        without(
            "_uploads/audio.py",
            "    if declared not in (None, found):\n",
            "    if False:\n",
            "test_audio::test_what_cannot_be_transcribed_is_refused_with_its_reason",
        ),
    ],
    "custom session, base URL, environment": [
        without(
            "_transports/requests.py",
            "self._session = session or make_session()",
            "self._session = make_session()",
            "test_transport::test_a_foreign_session_is_used_and_not_closed",
        ),
        without(
            "_settings/settings.py",
            "base_url or os.environ.get(BASE_URL_VARIABLE) or BASE_URL",
            "base_url or BASE_URL",
            "test_secrets::test_the_base_url_is_found",
        ),
        without(
            "_settings/settings.py",
            "ApiKey(os.environ.get(API_KEY_VARIABLE) if api_key is None else api_key)",
            "ApiKey(api_key)",
            "test_secrets::test_the_key_comes_from_the_environment",
        ),
    ],
    "context manager, pooled, foreign session not closed": [
        without(
            "_transports/requests.py",
            "        with response:\n",
            "        with response, self._session:\n",
            "test_regressions::test_18_an_error_gives_its_connection_back",
        ),
        without(
            "_transports/deadlines.py",
            "                manager.pools[key].close()\n",
            "                pass\n",
            "test_transport::test_a_client_closes_its_connections_after_an_error_too",
        ),
        without(
            "_transports/requests.py",
            "        if self._owned:\n            self._session.close()\n",
            "        self._session.close()\n",
            "test_transport::test_a_foreign_session_is_used_and_not_closed",
            "test_regressions::test_19_a_foreign_session_is_not_closed",
        ),
        without(
            "_client.py",
            "    def __exit__(self, *_: object) -> None:\n        self.close()\n",
            "    def __exit__(self, *_: object) -> None:\n        pass\n",
            "test_transport::test_a_client_of_its_own_closes_its_connections",
        ),
    ],
    "thread-safety": [
        without(
            "_transports/requests.py",
            "                request.url,\n",
            "                setattr(self, 'url', request.url) or time.sleep(0.01) or self.url,\n",
            "test_transport::test_one_client_serves_many_threads",
        ),
    ],
    "key redaction": [
        without(
            "_transports/wire.py",
            "        key.hide_in_bytes(body),\n",
            "        body,\n",
            "test_secrets::test_the_key_is_in_nothing_that_an_error_shows",
        ),
        without(
            "_protocol.py",
            "error.with_traceback(None)",
            "error",
            "test_secrets::test_the_audio_that_ends_early_shows_no_key",
        ),
        without(
            "_secrets.py",
            '    return _KEY_PATTERN.sub(rf"\\1{MASK}", text)',
            "    return text",
            "test_secrets::test_what_looks_like_a_key_is_masked",
        ),
    ],
    "key never follows redirects": [
        without(
            "_transports/requests.py",
            "allow_redirects=False",
            "allow_redirects=True",
            "test_regressions::test_15_a_redirect_to_another_host_is_not_followed",
        ),
        without(
            "_transports/httpx.py",
            "follow_redirects=False",
            "follow_redirects=True",
            "test_async_client::test_the_key_does_not_follow_a_redirect",
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
    "injectable clock, sleep, random": [
        without(
            "_client.py",
            "clock=clock), clock=clock, sleep=sleep)",
            "clock=clock), clock=time.monotonic, sleep=sleep)",
            "test_waiting::test_the_wait_ends_by_its_deadline_with_a_last_look_and_a_receipt",
        ),
        without(
            "_client.py",
            "clock=clock), clock=clock, sleep=sleep)",
            "clock=clock), clock=clock, sleep=lambda seconds: None)",
            "test_waiting::test_a_wait_of_thirty_minutes_is_scheduled_exactly",
        ),
        without(
            "_client.py",
            "            random=random,\n",
            "            random=chance.random,\n",
            "test_waiting::test_a_wait_of_thirty_minutes_is_scheduled_exactly",
        ),
    ],
    "command line: JSON, exit codes, resume hint": [
        without(
            "_cli/commands.py",
            "    if options.json:\n        results =",
            "    if False:\n        results =",
            "test_command_line::test_json_is_one_document",
        ),
        without(
            "_cli/report.py",
            "    (JobFailedError, ExitCode.JOB_FAILED),\n",
            "",
            "test_command_line::test_the_exit_code_says_how_it_ended",
        ),
        without(
            "_cli/report.py",
            '[str(error), *(f"resume with: {command}" for command in error.resume_commands)]',
            "[str(error)]",
            "test_command_line::test_ctrl_c_exits_with_130_and_the_command_that_goes_on",
        ),
    ],
    "command line: the receipt of a timeout": [
        without(
            "_cli/report.py",
            "return error.last_job if isinstance(error, WaitTimeoutError) else None",
            "return None",
            "test_command_line::test_a_timeout_as_json_is_the_whole_receipt",
        ),
        without(
            "_cli/report.py",
            "        return error.job\n",
            "        return None\n",
            "test_command_line::test_a_failed_job_as_json_is_its_document",
        ),
    ],
    "dependencies: requests only": [
        without(
            "_client.py",
            "import requests\n",
            "import httpx\nimport requests\n",
            "test_matrix::test_the_base_install_runs_on_requests_alone",
        ),
    ],
    "batch: order, isolation, journal": [
        without(
            "batch/recordings.py",
            "        for item in items\n    ]\n",
            "        for item in reversed(items)\n    ]\n",
            "test_batch::test_outcomes_come_in_the_order_of_the_recordings",
        ),
        without(
            "batch/threads.py",
            "    except MiragicError as error:\n        return Outcome(name=item.name, error=error)\n",
            "    except ZeroDivisionError:\n        raise\n",
            "test_batch::test_outcomes_come_in_the_order_of_the_recordings",
        ),
        without(
            "batch/recordings.py",
            "    known = journal.find(item.key)\n",
            "    known = None\n",
            "test_batch::TestJournal::test_finished_jobs_are_asked_for_and_not_paid_again",
            "test_batch::TestJournal::test_a_crash_during_the_upload_is_an_unknown_outcome",
            "test_with_mock::test_a_batch_that_is_killed_is_taken_up_and_paid_once",
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
    "a job that is finished on submit": [
        without(
            "_conversations.py",
            "return transcript_of(job if job.is_terminal else (yield from observe(call, job.id)))",
            "return transcript_of((yield from observe(call, job.id)))",
            "vector polling/finished-on-submit",
        ),
    ],
    "quiet by default": [
        without(
            "_conversations.py",
            "_log.addHandler(logging.NullHandler())\n",
            "",
            "test_waiting::test_logging_is_quiet_until_it_is_set_up",
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

MISHAPS: Mapping[str, Sequence[Removal]] = {
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
            "test_answers::test_retry_after_is_read_as_seconds_or_as_a_date",
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
            "_answers/answer.py",
            "        except (ValueError, RecursionError):\n            return None\n",
            "        except RecursionError:\n            return None\n",
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
            "{name.lower(): key.hide_in(value) for name, value in headers.items()}",
            "{name.lower(): value for name, value in headers.items()}",
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
            "test_multipart::test_any_file_name_stays_one_header",
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
            "test_audio::test_what_cannot_be_transcribed_is_refused_with_its_reason[no bytes]",
        ),
        without(
            "_uploads/audio.py",
            "    if isinstance(data, io.TextIOBase):\n",
            "    if False:\n",
            "test_audio::test_a_file_opened_as_text_is_refused",
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
            "test_transport::test_an_error_gives_its_connection_back",
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

ROWS: Mapping[str, Sequence[Removal]] = {**FEATURES, **MISHAPS}
