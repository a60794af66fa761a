"""One call of the user: its deadline, what happened so far, and how its requests are repeated.

The deadline is set before anything is sent. It shortens every request and every pause, and a little of it is
held back so that a call does not end with a sleep but with a last look.
"""

from __future__ import annotations

import itertools
import logging
import math
from collections import Counter
from collections.abc import Callable
from typing import Final, cast

from ._answers.answer import Outcome
from ._errors import (
    APITimeoutError,
    Interrupted,
    MalformedResponseError,
    MiragicError,
    SubmissionUnknownError,
    WaitCancelledError,
    WaitTimeoutError,
)
from ._job import Job
from ._progress import ProgressEvent, Retrying
from ._protocol import Body, Conversation, OnRead, Perform, SendRequest, T, Turn, Wait
from ._settings.settings import Settings

_log = logging.getLogger("miragic_stt")

# What is held back for the last look: this long, or this share of the whole time where that is less.
_LAST_LOOK_S: Final = 1.0
_LAST_LOOK_SHARE: Final = 0.1
_KINDS_COUNTED: Final = 20
# With less time left than this, no further look is worth it.
_NEGLIGIBLE_S: Final = 0.001


class Call:
    """The record of one call. It belongs to one conversation and is not shared.

    Attributes:
        now: The clock as of the last turn.
        deadline: When the call must be over; infinity for never.
        job_id: The job, once it is known.
        last_job: The job as last seen.
        observations: How often each answer came.
    """

    def __init__(self, settings: Settings, *, now: float, deadline: float) -> None:
        self.settings = settings
        self.now = now
        self.deadline = deadline
        self.job_id: str | None = None
        self.last_job: Job | None = None
        self.observations: Counter[str] = Counter()
        self._started_at = now
        self._unanswered: Body | None = None
        self._stopped = False
        self._requests = 0
        self._phases: dict[str, float] = {}
        self._last_look_s = (
            0.0 if math.isinf(deadline) else min(_LAST_LOOK_S, _LAST_LOOK_SHARE * (deadline - now))
        )

    @property
    def elapsed_s(self) -> float:
        """Seconds since the call began."""
        return self.now - self._started_at

    @property
    def submission_unknown(self) -> bool:
        """Whether an upload was handed over whole and no answer says what became of it."""
        return self._unanswered is not None and self._unanswered.handed_over

    def enter(self, phase: str) -> None:
        """Begin a phase, for the receipt: `upload`, then `waiting`."""
        self._phases[phase] = self.now

    def perform(self, action: Callable[[], T]) -> Conversation[T]:
        """Run an action that may block on a disk, and return its value."""
        turn = yield Perform(action)
        self._take(turn)
        return cast(T, turn.result)

    def tell(self, event: ProgressEvent) -> Conversation[None]:
        """Hand an event to the caller, who may take time over it."""
        self._take((yield event))

    def sleep(self, seconds: float) -> Conversation[None]:
        """Let time pass.

        Raises:
            WaitCancelledError: The caller asked to stop.
        """
        self.check_stop()
        self._take((yield Wait(seconds)))
        self.check_stop()

    def check_stop(self) -> None:
        """End the call if the caller asked to stop.

        Raises:
            WaitCancelledError: The caller did.
        """
        if self._stopped:
            raise WaitCancelledError("the caller asked to stop", job_id=self.job_id, retryable=True)

    def request(self, url: str, body: Body | None, on_read: OnRead | None) -> SendRequest:
        """Return the request that may be sent now: its timeouts end with the deadline."""
        limits = self.settings.request_timeouts
        # Libraries refuse a timeout of 0 or less; so short a one fails at once, as it should.
        left_s = max(self.deadline - self.now, _NEGLIGIBLE_S)
        return SendRequest(
            method="GET" if body is None else "POST",
            url=url,
            connect_s=min(limits.connect_s if body is None else limits.upload_s, left_s),
            read_s=min(limits.read_s, left_s),
            deadline=self.deadline,
            body=body,
            on_read=on_read,
        )

    def exchange(
        self,
        url: str,
        judge: Callable[[Outcome], Job | MiragicError],
        *,
        body: Body | None = None,
        on_read: OnRead | None = None,
    ) -> Conversation[Job]:
        """Send a request until it gives a job; repeat it where that is safe, allowed and in time.

        Args:
            url: Where the request goes.
            judge: Says what an outcome means: a job, or an error that may be `retryable`.
            body: The upload; None to read a job.
            on_read: Called after each block of the body.

        Raises:
            MiragicError: What the last outcome was judged to be, or that the deadline passed.
        """
        for attempts in itertools.count(1):
            self._requests += 1
            # Set before the request goes out: Ctrl-C may come at any time from here on.
            self._unanswered = body
            turn = yield self.request(url, body, on_read)
            self._take(turn)
            verdict = judge(cast(Outcome, turn.result))
            observed = _observed(verdict)
            shown = self.settings.shown
            if _log.isEnabledFor(logging.DEBUG):
                _log.debug("%s %s: %s", "GET" if body is None else "POST", shown(url), shown(observed))
            if not isinstance(verdict, SubmissionUnknownError):
                self._unanswered = None
            # The answer that names the new job is no look at it, so the receipt counts only its failures.
            if body is None or not isinstance(verdict, Job):
                self._count(observed)
            if isinstance(verdict, Job):
                return verdict
            verdict.attempts = attempts
            pause_s = self._pause_before_repeating(verdict)
            if body is not None and not body.rewind():
                # A used-up stream would be sent empty, and paid for.
                raise verdict
            yield from self.tell(Retrying(verdict, pause_s))
            yield from self.sleep(self.pause(pause_s, asked_s=verdict.retry_after))
        raise AssertionError("count() does not end")

    def pause(self, wanted_s: float, *, asked_s: float | None = None) -> float:
        """Return the seconds to wait before the next request: never less than the server asked for.

        Args:
            wanted_s: The pause that our own policy asks for.
            asked_s: The pause that the server asked for; None if it did not.

        Raises:
            WaitTimeoutError: No further request fits before the deadline.
        """
        room_s = self.deadline - self.now - self._last_look_s
        if room_s <= _NEGLIGIBLE_S or (asked_s or 0.0) > room_s:
            raise self.timed_out(asked_s=asked_s)
        return min(max(wanted_s, asked_s or 0.0), room_s)

    def _pause_before_repeating(self, verdict: MiragicError) -> float:
        retries, asked_s = self.settings.retries, verdict.retry_after
        if not verdict.retryable or verdict.attempts >= retries.attempts:
            raise verdict
        if asked_s is not None and asked_s > min(self.deadline - self.now, retries.retry_after_ceiling_s):
            raise verdict
        wanted_s = retries.pause_s(verdict.attempts, self.settings.random())
        try:
            return self.pause(wanted_s, asked_s=asked_s)
        except WaitTimeoutError as error:
            raise error from verdict

    def timed_out(self, *, asked_s: float | None = None) -> WaitTimeoutError:
        """Return the receipt for a call whose deadline passed, or leaves no room for another look."""
        limit_s = self.deadline - self._started_at
        if self.job_id is None:
            message = f"the upload was not accepted within {limit_s:g} s; no job was created"
        elif self.last_job is None:
            message = f"job {self.job_id} could not be read within {limit_s:g} s"
        else:
            message = f"job {self.job_id} is still {self.last_job.status} after {limit_s:g} s"
        if self.observations:
            message += f" (answers: {', '.join(f'{n} x {what}' for what, n in self.observations.items())})"
        if asked_s is not None:
            message += f"; the server asked to wait {asked_s:g} s before the next request"
        return WaitTimeoutError(
            message,
            job_id=self.job_id,
            last_job=self.last_job,
            phases=self._phase_lengths(),
            observations=self.observations,
            resume_command=None if self.job_id is None else self.settings.resume_command(self.job_id),
            retry_after=asked_s,
            attempts=self._requests,
        )

    def interrupted(self) -> Interrupted:
        """Return the error that Ctrl-C becomes: a KeyboardInterrupt with what is known by now."""
        unknown = self.submission_unknown
        if self.job_id is not None:
            known = f"job {self.job_id} goes on at the server"
        else:
            known = "the upload was sent whole, the job may exist" if unknown else "no job was created"
        job_ids = () if self.job_id is None else (self.job_id,)
        return Interrupted(
            f"interrupted: {known}",
            job_ids=job_ids,
            resume_commands=tuple(map(self.settings.resume_command, job_ids)),
            submission_unknown=unknown,
        )

    def _phase_lengths(self) -> dict[str, float]:
        began = list(self._phases.values())
        ended = [*began[1:], self.now]
        return {name: end - start for name, start, end in zip(self._phases, began, ended, strict=False)}

    def _count(self, observed: str) -> None:
        # A server that gives another status each time must not make the receipt grow without end.
        known = observed in self.observations or len(self.observations) < _KINDS_COUNTED
        self.observations[observed if known else "other"] += 1

    def _take(self, turn: Turn) -> None:
        self.now = turn.now
        self._stopped = turn.stopped


def _observed(verdict: Job | MiragicError) -> str:
    """Return the verdict in a word or two, to be counted in the receipt."""
    if isinstance(verdict, Job):
        return f"{verdict.http.status_code} {verdict.status}" if verdict.http else str(verdict.status)
    if verdict.status_code is None:
        return "timeout" if isinstance(verdict, APITimeoutError) else "connection"
    malformed = " malformed" if isinstance(verdict, MalformedResponseError) else ""
    return f"{verdict.status_code}{malformed}"


def guarded(call: Call, conversation: Conversation[T]) -> Conversation[T]:
    """Run the conversation, and add the job id to every error that leaves it without one."""
    try:
        return (yield from conversation)
    except KeyboardInterrupt:
        # `from None`: the frames of the first one are those of a library, with the key in their variables.
        raise call.interrupted() from None
    except MiragicError as error:
        error.job_id = error.job_id or call.job_id
        # A file name or a job id of the caller's own may hold the key.
        error.args = (call.settings.shown(error.message), *error.args[1:])
        raise
    except GeneratorExit:
        # Not an error: the conversation is given up, as when an iteration is left early.
        raise
    except BaseException as error:
        # Such as the cancellation of a task, or an error in the caller's own callback: it must stay what it
        # is, or the caller would not catch it, but it may say more.
        error.add_note(str(call.interrupted()))
        raise
