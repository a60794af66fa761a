"""Completion scripts for shells, which `shtab` (extra [cli]) makes from the parser itself."""

from __future__ import annotations

import argparse

from .._errors import UsageError


def completion_script(parser: argparse.ArgumentParser, shell: str) -> str:
    """Return the script that completes the command's words in `bash`, `zsh`, `fish`, `tcsh` or `powershell`.

    Raises:
        UsageError: Shtab is not installed.
    """
    try:
        import shtab
    except ImportError as error:
        raise UsageError("shell completion needs shtab: install miragic-stt-toolkit[cli]") from error
    for action in _actions(parser):
        if action.metavar in ("FILE", "DIR"):
            action.complete = shtab.FILE if action.metavar == "FILE" else shtab.DIRECTORY  # type: ignore[attr-defined]  # how shtab is told
    return str(shtab.complete(parser, shell))


def _actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    actions = list(parser._actions)  # argparse has no public way to list them
    for action in parser._actions:
        if isinstance(action.choices, dict):
            for inner in action.choices.values():
                actions += _actions(inner)
    return actions
