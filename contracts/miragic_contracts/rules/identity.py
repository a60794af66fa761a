"""Rules for who a job is: one id, one owner, one birth, and no two jobs alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from miragic_contracts.pointers import MISSING, value_at
from miragic_contracts.rules.grounds import JOB
from miragic_contracts.rules.lifecycle import Pair
from miragic_contracts.rules.rule import Complaint, rule
from miragic_contracts.rules.view import Look, View, shown
from miragic_contracts.rules.wire import answer_of
from miragic_contracts.trace import Exchange

Birth = tuple[Exchange, Look]


def births(view: View) -> Sequence[Birth]:
    """Each look at a job, with the submission that made it."""
    return tuple((job.submission, look) for job in view.jobs if job.submission for look in job.looks)


def several(view: View) -> Sequence[Sequence[Exchange]]:
    """All accepted submissions at once, where there are at least two."""
    return (view.submissions,) if len(view.submissions) > 1 else ()


def first_and_later(view: View) -> Sequence[Pair]:
    """The first look at each job, with each later one."""
    return tuple((job.looks[0], later) for job in view.jobs for later in job.looks[1:])


def last_looks(view: View) -> Sequence[Sequence[Look]]:
    """The last looks at all jobs at once, where there are at least two jobs."""
    lasts = tuple(job.looks[-1] for job in view.jobs if job.looks)
    return (lasts,) if len(lasts) > 1 else ()


@rule("id-echo", "D15", JOB, needs="a look at a submitted job", subjects=births, is_required=True)
def id_echo(pair: Birth, view: View) -> Iterator[Complaint]:
    """A job's document names the id that its submission answered with, byte for byte."""
    submission, look = pair
    given = value_at(answer_of(submission).document, view.spec.lifecycle.submit.id)
    shown_id = look.value(view.spec.lifecycle.poll.id)
    if isinstance(shown_id, str) and shown_id != given:
        yield Complaint(
            look.exchange, shown(given), shown(shown_id), view.spec.lifecycle.poll.id, other=submission
        )


@rule("ids-unique", JOB, needs="two submissions", subjects=several, needs_body=False)
def ids_unique(submissions: Sequence[Exchange], view: View) -> Iterator[Complaint]:
    """No two submissions get the same id."""
    place = view.spec.lifecycle.submit.id
    seen: dict[str, Exchange] = {}
    for exchange in submissions:
        given = value_at(answer_of(exchange).document, place)
        if isinstance(given, str) and given in seen:
            yield Complaint(exchange, "an id of its own", given, place, other=seen[given])
        elif isinstance(given, str):
            seen[given] = exchange


@rule("owner-one", JOB, needs="looks at two jobs", subjects=last_looks)
def owner_one(looks: Sequence[Look], view: View) -> Iterator[Complaint]:
    """All jobs made with one key belong to one account."""
    place = view.spec.lifecycle.poll.owner
    owners = Counter(owner for look in looks if isinstance(owner := look.value(place), str))
    if len(owners) > 1:
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
    """A change between two looks; null and absent say nothing, and a job's end is judged as a whole."""
    first, later = (look.value(place) for look in pair)
    if first not in (None, MISSING) and later not in (None, MISSING) and first != later:
        yield Complaint(pair[1].exchange, shown(first), shown(later), place, other=pair[0].exchange)
