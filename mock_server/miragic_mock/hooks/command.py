r"""A hook that lets any speech engine with a command line do the transcribing.

    MIRAGIC_MOCK_COMMAND="whisper-cli --no-timestamps --file {path}" \
        miragic-mock serve --hook miragic_mock.hooks.command:transcribe

Rule: the command is the operator's, split as a shell would but run without a shell, so that nothing a client
sends is ever read as a command. `{path}` and `{question}` stand for the upload and the question.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import Final

COMMAND_VARIABLE: Final = "MIRAGIC_MOCK_COMMAND"
TIMEOUT_S: Final = 300.0


def transcribe(path: Path, question: str) -> str:
    """Return what the command prints, without surrounding blanks.

    Args:
        path: The upload.
        question: The question that came with it.

    Raises:
        RuntimeError: No command is set, it cannot be run, it takes over `TIMEOUT_S` seconds, or it fails; the
            message ends with the last line it wrote to its standard error.
    """
    command = os.environ.get(COMMAND_VARIABLE, "")
    # On Windows a backslash separates folders, and must not escape the next character.
    words = shlex.split(command, posix=os.name == "posix")
    if not words:
        raise RuntimeError(f"set {COMMAND_VARIABLE} to the command that transcribes {{path}}")
    filled = [word.replace("{path}", str(path)).replace("{question}", question) for word in words]
    try:
        # Without input: an engine that reads from a terminal would wait for ever.
        done = subprocess.run(
            filled, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S, check=False
        )
    except OSError as error:
        raise RuntimeError(f"cannot run {words[0]!r}: {error.strerror}") from error
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"{words[0]!r} took longer than {TIMEOUT_S:.0f} s") from None
    if done.returncode != 0:
        complaint = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise RuntimeError(f"{words[0]!r} ended with {done.returncode}: {complaint[-1] if complaint else ''}")
    return done.stdout.decode("utf-8", "replace").strip()
