"""Documents gone wrong: an answer's JSON, altered as an effect says.

Rule: an alteration is a function from the right bytes to the wrong ones, or None where there is nothing to
alter: such an answer is not struck, so the fault waits for one that it can strike.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, assert_never

from ...documents.pointers import at_pointer
from ...domain import faults
from ...domain.faults import OnDocument
from ...domain.jobs.job import Job
from ...domain.jobs.lifecycle import State, is_terminal, state
from ...domain.jobs.plan import Finish


@dataclass(frozen=True, slots=True)
class Places:
    """Where an answer has its status (a JSON Pointer), and what the first status is called."""

    status: str
    initial: str

    @property
    def data(self) -> str:
        """The pointer to the object that holds a job's fields."""
        return self.status.rpartition("/")[0]


def tampered(effect: OnDocument, body: bytes, places: Places) -> bytes | None:
    """Return `body` altered; None where `effect` finds nothing to alter."""
    match effect:
        case faults.MalformedJson():
            return body[: len(body) // 2]
        case faults.PythonRepr():
            # True, None and single quotes, as on the vendor's page.
            return repr(json.loads(body)).encode("utf-8")
        case faults.UnknownStatus(status=status):
            return _with_status(json.loads(body), places, status)
        case faults.ExtraField(name=name, value=value):
            document = json.loads(body)
            _object_at(document, places.data)[name] = value
            return _dumped(document)
        case faults.MissingField(name=name):
            return _without(json.loads(body), places, name)
        case _:
            assert_never(effect)


def seen_earlier(job: Job, now: float, polls: int, effect: faults.Stale | faults.StatusBack) -> State | None:
    """Return the state that a job shows where an answer lags behind.

    Args:
        now: the moment of the poll.
        polls: its number.

    Returns:
        None where there is no other state to show.
    """
    shown = state(job, now, polls)
    if isinstance(effect, faults.StatusBack):
        endless = replace(job, ended=None, plan=replace(job.plan, finish=Finish("never")))
        return state(endless, now, polls) if is_terminal(shown.status) else None
    seen = max(polls - effect.polls, 0)
    # The end by polls was written down at the poll that made it. An earlier poll had not seen it.
    if job.ended is not None and job.ended.by == "polls" and seen < max(job.plan.finish.amount, 1):
        job = replace(job, ended=None)
    return state(job, max(now - effect.by_s, job.created_at), seen)


def _with_status(document: Any, places: Places, status: str) -> bytes | None:
    if at_pointer(document, places.status) != places.initial:
        return None
    _object_at(document, places.data)[places.status.rpartition("/")[2]] = status
    return _dumped(document)


def _without(document: Any, places: Places, name: str) -> bytes | None:
    """Return the document without a field, which is looked for in the data, then beside it."""
    for candidate in (_object_at(document, places.data), document):
        if name in candidate:
            del candidate[name]
            return _dumped(document)
    return None


def _object_at(document: Any, pointer: str) -> dict[str, Any]:
    found = at_pointer(document, pointer) if pointer else document
    return found if isinstance(found, dict) else document


def _dumped(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode("ascii")
