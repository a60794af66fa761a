"""The options of a submission: every form field beside the file.

This is the only place that knows them one by one. What is added to `SubmissionOptions` is a keyword argument
of every call that submits, an option of the command line, a field of the form, and part of what a journal
tells recordings apart by.
"""

# No `from __future__ import annotations` here: `get_type_hints` would have to evaluate each annotation again.

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, TypedDict, cast, get_type_hints

from ._api import CONTENT_TYPES
from ._errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """How an option is sent, and how the command line shows it.

    Attributes:
        field: Name of the form field.
        flag: Name of the option at the command line.
        help: What the option says, for the help text of the command line.
        default: What is sent where the option is left out; None leaves the field out, unless it is
            `always_sent`.
        always_sent: Whether every form has the field.
        choices: The values there are; None for any text.
        metavar: What stands for the value in the help text; None shows the choices.
        left_out: What leaving the option out means, to complete the message about an empty one.
    """

    field: str
    flag: str
    help: str
    default: str | None = None
    always_sent: bool = False
    choices: tuple[str, ...] | None = None
    metavar: str | None = None
    left_out: str = "leave the choice to the service"


class SubmissionOptions(TypedDict, total=False):
    """The options of a submission; `submit`, `transcribe` and `transcribe_many` take them as keywords.

    Attributes:
        audio_format: `mp3` or `wav`; None takes it from the first bytes.
        question: What to ask of the audio.
    """

    audio_format: Annotated[
        str | None,
        Option(
            field="audio_format",
            flag="--format",
            help="format of the audio (default: found by its first bytes)",
            always_sent=True,
            choices=tuple(sorted(CONTENT_TYPES)),
        ),
    ]
    question: Annotated[
        str,
        Option(
            field="question",
            flag="--question",
            help="what to ask of the audio",
            default="Transcribe this audio:",
            always_sent=True,
            metavar="TEXT",
            left_out="ask for a plain transcription",
        ),
    ]


OPTIONS: Final[Mapping[str, Option]] = {
    name: hint.__metadata__[0]
    for name, hint in get_type_hints(SubmissionOptions, include_extras=True).items()
}


class Submission:
    """The options of one submission, those that were left out included.

    Attributes:
        values: What each option is, by its name; None where it was left out and has no default.
    """

    __slots__ = ("values",)

    def __init__(self, options: Mapping[str, object] | SubmissionOptions) -> None:
        """Take the options as the caller wrote them.

        Args:
            options: The keyword arguments of the call.

        Raises:
            TypeError: There is no option of that name.
        """
        for name in options:
            if name not in OPTIONS:
                raise TypeError(
                    f"unexpected keyword argument {name!r}; the options of a submission are "
                    f"{', '.join(OPTIONS)}"
                )
        self.values: Mapping[str, object] = {
            name: options.get(name, option.default) for name, option in OPTIONS.items()
        }

    @property
    def audio_format(self) -> str | None:
        """The format as the caller stated it, not checked; None to find it in the audio."""
        return cast("str | None", self.values["audio_format"])

    def check(self) -> None:
        """Make sure that every option can be sent. The format is left to whoever opens the audio.

        Raises:
            UsageError: An option is empty, or is no text.
        """
        for name, value in self.values.items():
            option = OPTIONS[name]
            if name == "audio_format" or (value is None and option.default is None):
                continue
            if not isinstance(value, str | None):
                raise UsageError(f"the {name} must be a text, not {value!r}")
            if value is None or not value.strip():
                raise UsageError(f"the {name} is empty; leave it out to {option.left_out}")

    def form(self, *, audio_format: str) -> dict[str, str]:
        """Return the form fields in order, without those that were left out.

        Args:
            audio_format: The format of the audio, as it was found.

        Raises:
            UsageError: An option is empty, or is no text.
        """
        self.check()
        values = {**self.values, "audio_format": audio_format}
        return {OPTIONS[name].field: str(value) for name, value in values.items() if value is not None}
