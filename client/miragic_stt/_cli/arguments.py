"""The commands, options and help texts of the command line. What they do is in `commands`."""

from __future__ import annotations

import argparse
import math
from typing import Final, NoReturn, cast

from .._api import API_KEY_VARIABLE, BASE_URL, BASE_URL_VARIABLE
from .._settings.policy import DEFAULT_TIMEOUT_S
from .._submission import OPTIONS, SubmissionOptions
from .boundary import shown

_EPILOG: Final = f"""\
The API key is read from the environment variable {API_KEY_VARIABLE}; there is no option for it, because other
users of the machine can read the options of a running command.

exit codes: 0 done, 1 job failed, 2 usage, 3 key or credits, 4 not finished in time (resume with: wait),
5 rate limit, server or network, 6 submission unknown (maybe charged, not repeated), 130 Ctrl-C.
Of several recordings, the highest code is the command's.
"""


def make_parser() -> _Parser:
    """Make the parser of `miragic-stt`. Every command honours every option that it shows."""
    parser = _Parser(
        prog="miragic-stt",
        description="Transcribe audio with the Miragic speech-to-text service. The transcript, or one JSON\n"
        "document, goes to stdout; everything else goes to stderr.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    server, upload, waiting = _server_options(), _upload_options(), _progress_options()

    transcribe = commands.add_parser(
        "transcribe", parents=[server, upload, waiting], help="submit recordings and print their text"
    )
    transcribe.add_argument("files", nargs="+", metavar="FILE", help="MP3 or WAV file; - for standard input")
    transcribe.add_argument(
        "--output", metavar="DIR", help="write each transcript to DIR/FILE.txt instead of standard output"
    )
    transcribe.add_argument(
        "--journal",
        metavar="FILE",
        help="remember there what was submitted: a second run waits for those jobs instead of paying again",
    )
    transcribe.add_argument(
        "--concurrency",
        metavar="N",
        type=_positive,
        default=4,
        help="recordings under way at once (default: %(default)s)",
    )

    submit = commands.add_parser(
        "submit", parents=[server, upload, waiting], help="submit a recording and print its job id"
    )
    submit.add_argument("file", metavar="FILE", help="MP3 or WAV file; - for standard input")

    status = commands.add_parser("status", parents=[server], help="look at a job once")
    wait = commands.add_parser("wait", parents=[server, waiting], help="wait for a job and print its text")
    for command in (status, wait):
        command.add_argument("job_id", metavar="JOB_ID")

    completion = commands.add_parser("completion", help="print the completion script for a shell")
    completion.add_argument("shell", choices=("bash", "zsh", "fish", "tcsh", "powershell"))
    return parser


def submission_options(options: argparse.Namespace) -> SubmissionOptions:
    """Return the options of a submission among those of a command."""
    return cast(SubmissionOptions, {name: getattr(options, name) for name in OPTIONS})


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints repeat words harmlessly: a file name may begin like an option."""

    def error(self, message: str) -> NoReturn:
        super().error(shown(message))


class _ShowVersion(argparse.Action):
    """Prints the version."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        # Late: no other command needs importlib.metadata, and importing it takes long.
        from importlib.metadata import version

        print(f"miragic-stt {version('miragic-stt-toolkit')}")
        parser.exit()


def _server_options() -> _Parser:
    options = _Parser(add_help=False)
    options.add_argument(
        "--base-url",
        metavar="URL",
        help=f"address of the service (default: ${BASE_URL_VARIABLE}, then {BASE_URL})",
    )
    options.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=_timeout,
        default=DEFAULT_TIMEOUT_S,
        help="deadline of the whole command for each recording or job, upload included; "
        f"'none' for no limit (default: {DEFAULT_TIMEOUT_S:g})",
    )
    options.add_argument("--json", action="store_true", help="print one JSON document, also about an error")
    return options


def _upload_options() -> _Parser:
    options = _Parser(add_help=False)
    for name, option in OPTIONS.items():
        options.add_argument(
            option.flag,
            dest=name,
            choices=option.choices,
            metavar=option.metavar,
            default=option.default,
            help=option.help + ("" if option.default is None else " (default: %(default)r)"),
        )
    return options


def _progress_options() -> _Parser:
    options = _Parser(add_help=False)
    options.add_argument(
        "--progress",
        choices=("auto", "always", "never"),
        default="auto",
        help="show progress on standard error (default: auto, only where that is a terminal)",
    )
    return options


def _timeout(text: str) -> float | None:
    if text.lower() == "none":
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"expected seconds above 0, or 'none' for no limit, not {text!r}")
    return seconds


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of 1 or more, not {text!r}")
    return int(text)
