"""Removals: a wait is resumed, followed, and left."""

from __future__ import annotations

from typing import Final

from .removal import Rows, without

ROWS: Final[Rows] = {
    "resume from an id in a new process": [
        without(
            "_cli/commands.py",
            '    "wait": _wait,\n',
            "",
            "cli/test_commands::test_waiting_prints_the_text",
        ),
        without(
            "_client.py",
            "return self._driver.run(call, wait(call, checked_job_id(job_id)), on_progress, stop)",
            "raise NotImplementedError",
            "cli/test_commands::test_waiting_prints_the_text",
        ),
    ],
    "cancel a wait; Ctrl-C keeps the id": [
        without(
            "_call.py",
            "        self._stopped = turn.stopped\n",
            "",
            "test_calls::test_a_stop_signal_ends_a_wait_and_keeps_the_id",
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
            "test_calls::test_the_statuses_of_a_job_can_be_iterated",
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
            "transports/test_requests::test_uploads_go_out_in_blocks_of_one_mebibyte",
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
            "cli/test_progress::test_a_bar_waits_where_there_is_no_figure",
        ),
    ],
}
