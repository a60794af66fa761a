"""Runs a batch on threads: bounded, and stopped by a signal or by Ctrl-C without losing a job id."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Final

from .._driver import StopSignal
from .._errors import Interrupted, MiragicError, SubmissionUnknownError, WaitCancelledError
from .._job import Transcript
from .outcome import OnOutcome, Outcome
from .recordings import Recording, settled

_log = logging.getLogger("miragic_stt")

# How soon a sleeping worker notices that it is to stop.
_NOTICE_S: Final = 0.25

Work = Callable[[Recording, StopSignal | None], Transcript]


class Halt:
    """A stop signal for all workers of a batch: set by us, or by the caller's own signal."""

    def __init__(self, *, sleep: Callable[[float], None], outer: StopSignal | None) -> None:
        self._sleep = sleep
        self._outer = outer
        self._event = threading.Event()

    def set(self) -> None:
        """Ask every worker to stop."""
        self._event.set()

    def is_set(self) -> bool:
        """Whether to stop."""
        return self._event.is_set() or (self._outer is not None and self._outer.is_set())

    def wait(self, timeout: float) -> None:
        """Sleep in short pieces, until the time is over or the signal is set."""
        while timeout > 0 and not self.is_set():
            piece = min(timeout, _NOTICE_S)
            self._sleep(piece)
            timeout -= piece


def run_in_threads(
    items: Sequence[Recording],
    work: Work,
    *,
    concurrency: int,
    sleep: Callable[[float], None],
    stop: StopSignal | None,
    on_outcome: OnOutcome | None,
    resume_command: Callable[[str], str],
) -> list[Outcome]:
    """Return the outcome of every item, in order. A batch of one is done in the caller's thread.

    Args:
        items: The recordings; twins are not worked on.
        work: Gives the transcript of one recording, or raises.
        concurrency: How many threads there are.
        sleep: Lets seconds pass.
        stop: The caller's own signal; None if there is none.
        on_outcome: Called in the worker's thread as soon as an outcome is there.
        resume_command: Gives the command that goes on waiting for a job.

    Raises:
        Interrupted: Ctrl-C; the workers ended first, each with the request it had under way.
    """

    def settle(item: Recording, stop: StopSignal | None) -> Outcome:
        outcome = _outcome(item, work, stop)
        if on_outcome:
            on_outcome(item.position, outcome)
        return outcome

    firsts = [item for item in items if item.twin_of is None]
    # In the caller's thread, where Ctrl-C ends a request at once.
    if len(firsts) == 1:
        return settled(items, {firsts[0].position: settle(firsts[0], stop)})
    halt = Halt(sleep=sleep, outer=stop)
    with ThreadPoolExecutor(concurrency, thread_name_prefix="miragic-stt") as pool:
        futures = {item.position: pool.submit(settle, item, halt) for item in firsts}
        try:
            _wait_for_all(futures.values())
        except KeyboardInterrupt:
            halt.set()
            _wait_patiently_for_all(futures.values())
            outcomes = [future.result() for future in futures.values()]
            raise _interrupted(outcomes, resume_command) from None
    return settled(items, {position: future.result() for position, future in futures.items()})


def _wait_for_all(futures: Collection[Future[Outcome]]) -> None:
    # In pieces: Ctrl-C does not end a wait without a timeout on Windows, nor where another thread got the
    # signal.
    while wait(futures, timeout=_NOTICE_S).not_done:
        pass


def _wait_patiently_for_all(futures: Collection[Future[Outcome]]) -> None:
    """Wait until the requests under way have ended, also on another Ctrl-C: their answers hold job ids."""
    while True:
        try:
            return _wait_for_all(futures)
        except KeyboardInterrupt:
            _log.warning("interrupted again: the requests under way end first, so that no job is lost")


def _outcome(item: Recording, work: Work, stop: StopSignal | None) -> Outcome:
    try:
        if stop is not None and stop.is_set():
            raise WaitCancelledError(
                "the caller asked to stop before this recording was begun", retryable=True
            )
        return Outcome(name=item.name, transcript=work(item, stop))
    except MiragicError as error:
        return Outcome(name=item.name, error=error)


def _interrupted(outcomes: Sequence[Outcome], resume_command: Callable[[str], str]) -> Interrupted:
    job_ids = tuple(outcome.job_id for outcome in outcomes if outcome.job_id is not None)
    return Interrupted(
        f"interrupted: {len(job_ids)} of {len(outcomes)} recordings have a job",
        job_ids=job_ids,
        resume_commands=tuple(map(resume_command, job_ids)),
        submission_unknown=any(isinstance(outcome.error, SubmissionUnknownError) for outcome in outcomes),
    )
