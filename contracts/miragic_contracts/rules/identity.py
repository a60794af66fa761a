"""Rules for the identity of a job: an id of its own, one owner, one time of creation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ..pointers import MISSING, value_at
from ..trace import Exchange
from .grounds import JOB
from .lifecycle import Pair
from .rule import Complaint, rule
from .view import Look, View, as_text
from .wire import answer_of

Birth = tuple[Exchange, Look]


def births(view: View) -> Sequence[Birth]:
    """Return each look at a job, after the submission that made the job."""
    return tuple((job.submission, look) for job in view.jobs if job.submission for look in job.looks)


def several(view: View) -> Sequence[Sequence[Exchange]]:
    """Return all accepted submissions as one subject, if there are at least two."""
    return (view.submissions,) if len(view.submissions) > 1 else ()


def first_and_later(view: View) -> Sequence[Pair]:
    """Return the first look at each job, with each later one."""
    return tuple((job.looks[0], later) for job in view.jobs for later in job.looks[1:])


def last_looks(view: View) -> Sequence[Sequence[Look]]:
    """Return the last looks at all jobs as one subject, if there are at least two jobs."""
    # The owner may be null while a job is pending (Q2), so its last look is the likeliest to have one.
    lasts = tuple(job.looks[-1] for job in view.jobs if job.looks)
    return (lasts,) if len(lasts) > 1 else ()


@rule("id-echo", "D15", JOB, needs="a look at a submitted job", subjects=births, is_required=True)
def id_echo(pair: Birth, view: View) -> Iterator[Complaint]:
    """A job's document names the id that its submission answered with, byte for byte."""
    submission, look = pair
    created_id = value_at(answer_of(submission).document, view.spec.lifecycle.submit.id)
    place = view.spec.lifecycle.poll.id
    polled_id = look.value(place)
    # An id of another type, or none, is found by `job-document`.
    if isinstance(polled_id, str) and polled_id != created_id:
        yield Complaint(look.exchange, as_text(created_id), as_text(polled_id), place, other=submission)


@rule("ids-unique", JOB, needs="two submissions", subjects=several, needs_body=False)
def ids_unique(submissions: Sequence[Exchange], view: View) -> Iterator[Complaint]:
    """No two submissions get the same id."""
    place = view.spec.lifecycle.submit.id
    seen: dict[str, Exchange] = {}
    for exchange in submissions:
        job_id = value_at(answer_of(exchange).document, place)
        if isinstance(job_id, str) and job_id in seen:
            yield Complaint(exchange, "an id of its own", job_id, place, other=seen[job_id])
        elif isinstance(job_id, str):
            seen[job_id] = exchange


@rule("owner-one", JOB, needs="looks at two jobs", subjects=last_looks)
def owner_one(looks: Sequence[Look], view: View) -> Iterator[Complaint]:
    """All jobs made with one key belong to one account."""
    place = view.spec.lifecycle.poll.owner
    owners = Counter(owner for look in looks if isinstance(owner := look.value(place), str))
    if len(owners) > 1:
        # Which owner is wrong cannot be known; the rarer one is likelier to be.
        usual = owners.most_common(1)[0][0]
        for look in looks:
            if isinstance(owner := look.value(place), str) and owner != usual:
                yield Complaint(look.exchange, usual, owner, place)


@rule("owner-stays", JOB, needs="two looks at one job", subjects=first_and_later)
def owner_stays(pair: Pair, view: View) -> Iterator[Complaint]:
    """A job's owner never changes."""
    yield from _unchanged(pair, view.spec.lifecycle.poll.owner)


@rule("birth-stays", JOB, needs="two looks at one job", subjects=first_and_later)
def birth_stays(pair: Pair, view: View) -> Iterator[Complaint]:
    """The moment a job was created never changes."""
    yield from _unchanged(pair, view.spec.lifecycle.poll.created)


def _unchanged(pair: Pair, place: str) -> Iterator[Complaint]:
    """Find a value that changed between two looks. Null and absent say nothing."""
    first, later = (look.value(place) for look in pair)
    if first not in (None, MISSING) and later not in (None, MISSING) and first != later:
        yield Complaint(pair[1].exchange, as_text(first), as_text(later), place, other=pair[0].exchange)
