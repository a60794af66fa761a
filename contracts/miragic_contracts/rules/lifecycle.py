"""Rules for the life of a job: which moves it makes, that it ends, and that its end is final.

Most of them stand on what every job is, whoever sells it. The states and moves are those of the contract's
`x-job-lifecycle`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from ..pointers import differences, number
from .grounds import JOB
from .rule import Complaint, rule
from .view import KEY_REFUSED, Job, Look, View, as_text
from .wire import answer_of

Pair = tuple[Look, Look]


def consecutive(view: View) -> Sequence[Pair]:
    """Return each look at a job, with the next one."""
    return tuple(pair for job in view.jobs for pair in itertools.pairwise(job.looks))


def after_the_end(view: View) -> Sequence[Pair]:
    """Return the first look that showed a job ended, with each later one."""
    return tuple(
        (first, later)
        for first in view.finished
        for job in view.jobs
        for later in job.looks
        if first in job.looks and later.exchange.number > first.exchange.number
    )


def awaited(view: View) -> Sequence[Job]:
    """Return the jobs that were waited for until they ended, or for as long as the run allowed."""
    return tuple(job for job in view.jobs if job.looks and (_has_ended(job, view) or _is_late(job, view)))


def polled(view: View) -> Sequence[Job]:
    """Return the jobs that were submitted and polled."""
    return tuple(job for job in view.jobs if job.submission and job.polls)


def rated(view: View) -> Sequence[tuple[Look, Look]]:
    """Return consecutive looks that both show a number for progress."""
    place = view.spec.lifecycle.poll.progress
    return tuple(
        pair for pair in consecutive(view) if all(number(look.value(place)) is not None for look in pair)
    )


@rule(
    "legal-moves", JOB, needs="two looks at one job", subjects=consecutive, is_required=True, needs_body=False
)
def legal_moves(pair: Pair, view: View) -> Iterator[Complaint]:
    """A job only moves as the contract's lifecycle allows, and never leaves a state that ends it.

    A state that the contract does not know may come and go while the job is not over.
    """
    before, after = pair
    lifecycle = view.spec.lifecycle
    if before.status is None or after.status is None or before.status == after.status:
        return
    # Any move from an end is wrong, also one to a state that the contract does not know.
    if before.status in lifecycle.terminal:
        expected = f"{before.status}, which is an end"
    elif {before.status, after.status} <= lifecycle.states.keys() and not lifecycle.may_follow(
        before.status, after.status
    ):
        expected = f"what may follow {before.status}"
    else:
        return
    yield Complaint(after.exchange, expected, after.status, lifecycle.poll.status, other=before.exchange)


@rule("never-back", JOB, needs="a look at a job", subjects=polled, needs_body=False)
def never_back(job: Job, view: View) -> Iterator[Complaint]:
    """A job that left its first state for an unknown one is never shown in its first state again.

    Where it left for a known state, `legal-moves` judges.
    """
    lifecycle = view.spec.lifecycle
    left: Look | None = None
    for look in job.looks:
        if look.status == lifecycle.initial and left:
            expected = f"no {lifecycle.initial} after {left.status}"
            yield Complaint(
                look.exchange, expected, lifecycle.initial, lifecycle.poll.status, other=left.exchange
            )
        left = left or (look if look.status and look.status not in lifecycle.states else None)


@rule(
    "job-ends", JOB, needs="a job that was waited for", subjects=awaited, is_required=True, needs_body=False
)
def job_ends(job: Job, view: View) -> Iterator[Complaint]:
    """A job reaches a state that ends it within the time it was given."""
    if not _has_ended(job, view):
        last = job.looks[-1]
        ends = " or ".join(sorted(view.spec.lifecycle.terminal))
        yield Complaint(
            last.exchange,
            f"{ends} within {view.trace.timeout_s:g} s",
            as_text(last.status),
            view.spec.lifecycle.poll.status,
        )


@rule("progress-order", "D18", needs="two looks with `progress`", subjects=rated)
def progress_order(pair: Pair, view: View) -> Iterator[Complaint]:
    """Progress never falls."""
    place = view.spec.lifecycle.poll.progress
    before, after = (look.value(place) for look in pair)
    if after < before:
        yield Complaint(pair[1].exchange, f"at least {before}", str(after), place, other=pair[0].exchange)


@rule("end-stays", JOB, needs="a look at a job after its end", subjects=after_the_end, is_required=True)
def end_stays(pair: Pair, view: View) -> Iterator[Complaint]:
    """The document of a job that has ended never changes again.

    Links may be signed anew. A job that is shown in another state is found by `legal-moves`.
    """
    first, later = pair
    if first.status != later.status:
        return
    for pointer in differences(first.document, later.document):
        if not _is_same_link(first.value(pointer), later.value(pointer), pointer, view):
            yield Complaint(
                later.exchange,
                f"{as_text(first.value(pointer))}, as when it ended",
                as_text(later.value(pointer)),
                pointer,
                other=first.exchange,
            )


@rule(
    "readable",
    "D21",
    JOB,
    needs="a look at a job of one's own",
    subjects=polled,
    is_required=True,
    needs_body=False,
)
def readable(job: Job, view: View) -> Iterator[Complaint]:
    """A job can be read by its owner from its submission on, and still after its end (Q14).

    The page says to start polling immediately, so there is no time before it in which a job may be unknown.
    """
    for poll in job.polls:
        status = answer_of(poll).status
        is_for_its_spelling = status in KEY_REFUSED and view.spelling(poll) != view.spec.api_key_header
        # A 5xx is found by `no-server-error`. A redirection is not followed, so it hides the job like a
        # refusal.
        if 300 <= status < 500 and not is_for_its_spelling:
            yield Complaint(poll, "200 and the job", str(status))


def _has_ended(job: Job, view: View) -> bool:
    return any(view.is_over(look) for look in job.looks)


def _is_late(job: Job, view: View) -> bool:
    """Return whether a job had still not ended when its time was up."""
    if job.submission is None or view.trace.timeout_s is None:
        return False
    # By the last look: a run that was stopped earlier shows nothing about how long a job would have taken.
    return job.looks[-1].exchange.received_at_s - job.submission.received_at_s >= view.trace.timeout_s


def _is_same_link(before: object, after: object, pointer: str, view: View) -> bool:
    """Return whether two values are links to the same thing.

    A link that expires has to be made anew, and one that is kept gets a new signature in its query.
    """
    poll = view.spec.lifecycle.poll
    if pointer == poll.upload:
        return str(before).partition("?")[0] == str(after).partition("?")[0]
    # The page calls this link temporary, so all of it may change (D17).
    return pointer == poll.download
