"""The synchronous driver: does what a conversation asks for, step by step, in the caller's thread."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from typing import Protocol

from ._answers.answer import Outcome
from ._call import Call, guarded
from ._conversations import Upload
from ._errors import WaitCancelledError
from ._progress import OnProgress, ProgressEvent, UploadProgress
from ._protocol import Conversation, Dialogue, Perform, SendRequest, Step, T, Turn, Wait
from ._submission import Submission
from ._uploads.audio import AudioSource


class StopSignal(Protocol):
    """What `stop=` takes; a `threading.Event` is one."""

    def is_set(self) -> bool:
        """Whether to stop."""

    def wait(self, timeout: float) -> object:
        """Sleep, but not longer than until the signal is set."""


class Sender(Protocol):
    """A transport, as far as the driver needs it."""

    def send(self, request: SendRequest) -> Outcome:
        """Return the answer, or why there is none."""

    def close(self) -> None:
        """Free what the transport holds."""


class Driver:
    """Runs conversations on a transport, a clock and a way to sleep; any number of threads may share it."""

    def __init__(
        self, transport: Sender, *, clock: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        self._transport = transport
        self.clock = clock
        self.sleep = sleep

    def run(
        self,
        call: Call,
        conversation: Conversation[T],
        on_progress: OnProgress | None = None,
        stop: StopSignal | None = None,
    ) -> T:
        """Return what the conversation returns; its events go to `on_progress`."""
        with closing(self.events(call, conversation, stop)) as events:
            while True:
                try:
                    event = next(events)
                except StopIteration as error:
                    value: T = error.value
                    return value
                try:
                    if on_progress:
                        on_progress(event)
                except BaseException as error:
                    # The conversation gets the callback's error, so that it can add the job id to it.
                    events.throw(error)

    def events(
        self, call: Call, conversation: Conversation[T], stop: StopSignal | None = None
    ) -> Generator[ProgressEvent, None, T]:
        """Yield the events of the conversation as they happen, and return what it returns."""
        with closing(Dialogue(guarded(call, conversation))) as dialogue:
            while (step := dialogue.step) is not None:
                try:
                    if isinstance(step, ProgressEvent):
                        yield step
                    result = self._do(step, stop)
                except BaseException as error:
                    # Ctrl-C too: the conversation cleans up, and adds the job id to it.
                    dialogue.fail(error)
                else:
                    dialogue.answer(Turn(self.clock(), result, stop is not None and stop.is_set()))
            return dialogue.value

    def close(self) -> None:
        """Close the transport."""
        self._transport.close()

    def _do(self, step: Step, stop: StopSignal | None) -> object:
        if isinstance(step, SendRequest):
            return self._transport.send(step)
        if isinstance(step, Perform):
            return step.action()
        if isinstance(step, Wait):
            (self.sleep if stop is None else stop.wait)(step.seconds)
        return None


def make_upload(
    source: AudioSource,
    submission: Submission,
    on_progress: OnProgress | None,
    stop: StopSignal | None = None,
) -> Upload:
    """Return the upload; each of its blocks is reported, and may break it off if `stop` is set."""

    def on_read(sent: int, total: int) -> None:
        if on_progress:
            on_progress(UploadProgress(sent, total))
        # With the last byte gone it is too late to break off: the answer has to be waited for.
        if stop is not None and stop.is_set() and sent < total:
            raise WaitCancelledError("the caller asked to stop; no job was created", retryable=True)

    return Upload(source=source, submission=submission, on_read=on_read)
