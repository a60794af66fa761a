"""Removals: the command line."""

from __future__ import annotations

from typing import Final

from .removal import Rows, without

ROWS: Final[Rows] = {
    "command line: JSON, exit codes, resume hint": [
        without(
            "_cli/commands.py",
            "    if options.json:\n        results =",
            "    if False:\n        results =",
            "cli/test_commands::test_json_is_one_document",
        ),
        without(
            "_cli/report.py",
            "    (JobFailedError, ExitCode.JOB_FAILED),\n",
            "",
            "cli/test_commands::test_the_exit_code_says_how_it_ended",
        ),
        without(
            "_cli/report.py",
            '[str(error), *(f"resume with: {command}" for command in error.resume_commands)]',
            "[str(error)]",
            "cli/test_streams::test_ctrl_c_exits_with_130_and_the_command_that_goes_on",
        ),
    ],
    "command line: the receipt of a timeout": [
        without(
            "_cli/report.py",
            "return error.last_job if isinstance(error, WaitTimeoutError) else None",
            "return None",
            "cli/test_commands::test_a_timeout_as_json_is_the_whole_receipt",
        ),
        without(
            "_cli/report.py",
            "        return error.job\n",
            "        return None\n",
            "cli/test_commands::test_a_failed_job_as_json_is_its_document",
        ),
    ],
}
