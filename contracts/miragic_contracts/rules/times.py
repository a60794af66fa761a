"""Rules for timestamps. The page calls them numbers and shows texts (D25), so either is accepted."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from ..pointers import number
from ..trace import http_date_s
from .grounds import JOB
from .lifecycle import Pair, consecutive
from .rule import Complaint, rule
from .view import Job, Look, View, as_text
from .wire import answer_of

# Clocks of servers are a little off; a zone that was forgotten is off by half an hour at the least.
TOLERANCE_S: Final = 900.0


def dated(view: View) -> Sequence[Look]:
    """Return looks whose two timestamps can be read."""
    return tuple(look for look in view.looks if all(s is not None for s in _stamps(look, view)))


def dated_pairs(view: View) -> Sequence[Pair]:
    """Return consecutive looks that both say when the job last changed."""
    return tuple(
        pair for pair in consecutive(view) if all(_stamps(look, view)[1] is not None for look in pair)
    )


def dated_births(view: View) -> Sequence[tuple[Job, Look]]:
    """Return submitted jobs with the first look that says when they were created."""
    found = ((job, next((look for look in job.looks if _stamps(look, view)[0] is not None), None))
             for job in view.jobs if job.submission)  # fmt: skip
    return tuple((job, look) for job, look in found if look)


@rule("times-in-order", JOB, needs="a look with both times", subjects=dated)
def times_in_order(look: Look, view: View) -> Iterator[Complaint]:
    """No job was updated before it was created."""
    created, updated = _stamps(look, view)
    if created is not None and updated is not None and updated < created:
        poll = view.spec.lifecycle.poll
        expected = f"not before {as_text(look.value(poll.created))}"
        yield Complaint(look.exchange, expected, as_text(look.value(poll.updated)), poll.updated)


@rule("update-order", JOB, needs="two looks with times", subjects=dated_pairs)
def update_order(pair: Pair, view: View) -> Iterator[Complaint]:
    """The moment of a job's last change never goes back."""
    before, after = (_stamps(look, view)[1] for look in pair)
    place = view.spec.lifecycle.poll.updated
    if before is not None and after is not None and after < before:
        expected = f"not before {as_text(pair[0].value(place))}"
        yield Complaint(
            pair[1].exchange, expected, as_text(pair[1].value(place)), place, other=pair[0].exchange
        )


@rule("times-one-type", "D25", needs="a look with both times", subjects=dated)
def times_one_type(look: Look, view: View) -> Iterator[Complaint]:
    """Both timestamps of a job are of one type: numbers, or texts."""
    poll = view.spec.lifecycle.poll
    created, updated = look.value(poll.created), look.value(poll.updated)
    if isinstance(created, str) is not isinstance(updated, str):
        yield Complaint(look.exchange, f"the type of {as_text(created)}", as_text(updated), poll.updated)


@rule("times-plausible", "D25", needs="a submitted job with its time", subjects=dated_births)
def times_plausible(birth: tuple[Job, Look], view: View) -> Iterator[Complaint]:
    """A job was created within a quarter of an hour of its submission.

    Numbers are seconds, and texts have a zone. The time of the submission is the server's own `Date` where it
    sends one, so that our clock is not what is judged.
    """
    job, look = birth
    created, submission = _stamps(look, view)[0], job.submission
    assert submission is not None
    date = http_date_s(answer_of(submission).header("Date") or "")
    now = view.trace.started_at_s + submission.received_at_s if date is None else date
    # A number of milliseconds is off by a factor of a thousand, so it is found here (D25).
    if created is not None and abs(created - now) > TOLERANCE_S:
        when = datetime.datetime.fromtimestamp(now, datetime.UTC).isoformat(timespec="seconds")
        place = view.spec.lifecycle.poll.created
        yield Complaint(look.exchange, f"about {when}", as_text(look.value(place)), place)


def seconds_of(value: Any) -> float | None:
    """Return a timestamp in seconds since 1970, or None if it is none. A text needs a zone (RFC 3339)."""
    if not isinstance(value, str):
        return number(value)
    # Python's parser also takes dates without a time, and weeks; RFC 3339 does not.
    if not re.match(r"^\d{4}-\d\d-\d\d[Tt ]", value):
        return None
    try:
        # In capitals, since Python refuses the small `z` that RFC 3339, section 5.6, allows. It refuses a
        # leap second (23:59:60) too: of such a moment nothing is claimed.
        moment = datetime.datetime.fromisoformat(value.upper())
        return moment.timestamp() if moment.tzinfo else None
    except (ValueError, OverflowError):  # in another zone the first or the last day may be out of range
        return None


def _stamps(look: Look, view: View) -> tuple[float | None, float | None]:
    poll = view.spec.lifecycle.poll
    return seconds_of(look.value(poll.created)), seconds_of(look.value(poll.updated))
