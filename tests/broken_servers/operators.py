"""The operators that mutants are made with. Each gives a maker of wrappers; a wrapper has a state of
its own, so one mutant can be checked many times.

`when` says to which answers a change applies; by default to all that the operator can change.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from miragic_contracts.pointers import MISSING
from miragic_contracts.spec import load_spec

from tests.broken_servers.trial import KEY
from tests.broken_servers.wire import REMOVED, Asked, Change, Serve, Told, answer, between, refusal

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

Wrap = Callable[["WSGIApplication"], "WSGIApplication"]
Make = Callable[[], Wrap]
When = Callable[[Asked, Told], bool]
Asks = Callable[[Asked], bool]

ENDS = ("COMPLETED", "FAILED")

_JOB = answer(next(r.json.examples["completed"] for r in load_spec().poll.successes if r.json))


# -- which answers -----------------------------------------------------------------------------------------


def always(asked: Asked, told: Told) -> bool:
    return True


def created(asked: Asked, told: Told) -> bool:
    return asked.is_submit and told.status < 300


def job(asked: Asked, told: Told) -> bool:
    return asked.job_id is not None and asked.method == "GET" and told.status < 300


def in_state(*states: str) -> When:
    return lambda asked, told: job(asked, told) and told.state in states


pending, completed = in_state("PENDING"), in_state("COMPLETED")
failed, ended = in_state("FAILED"), in_state(*ENDS)


def refused(asked: Asked, told: Told) -> bool:
    return told.status >= 400


def with_status(*statuses: int) -> When:
    return lambda asked, told: told.status in statuses


def either(asked: Asked, told: Told) -> bool:
    return created(asked, told) or job(asked, told)


# -- operators on answers ----------------------------------------------------------------------------------


def changed(change: Change, when: When = always) -> Make:
    """Any change of an answer."""

    def serve(ask: Serve, asked: Asked) -> Told:
        told = ask(asked)
        return change(asked, told) if when(asked, told) else told

    return lambda: lambda application: between(application, serve)


def status(code: int, when: When) -> Make:
    """Another status, the same document."""
    return changed(lambda asked, told: told.with_status(code), when)


def header(name: str, value: object, when: When = always) -> Make:
    """Another value of a header, or none."""
    return changed(lambda asked, told: told.with_header(name, value), when)


def body(make: Callable[[bytes], bytes], when: When) -> Make:
    """Other bytes."""
    return changed(lambda asked, told: told.with_body(make(told.body)), when)


def json_patch(pointer: str, value: Any, when: When) -> Make:
    """Another value at one place of a document; a function gets the old one."""

    def change(asked: Asked, told: Told) -> Told:
        old = told.value(pointer)
        if callable(value) and old is MISSING:
            return told
        return told.with_value(pointer, value(old) if callable(value) else value)

    return changed(change, when)


def removed(pointer: str, when: When) -> Make:
    """A place of a document taken away."""
    return json_patch(pointer, REMOVED, when)


def moved(source: str, target: str, when: When) -> Make:
    """A value under another name."""
    return changed(
        lambda asked, told: told.with_value(target, told.value(source)).with_value(source, REMOVED), when
    )


# -- operators on the looks at one job ---------------------------------------------------------------------


def trace_patch(change: Change | dict[str, Any], *looks: int, when: When = job) -> Make:
    """A change of the k-th look at each job, counted from 1 among the looks that `when` takes; of all
    but these where the numbers are negative.
    """
    chosen = {abs(look) for look in looks}
    is_all_but = bool(looks) and looks[0] < 0
    apply: Change = (lambda asked, told: patched(told, change)) if isinstance(change, dict) else change

    def make() -> Wrap:
        seen: Counter[str | None] = Counter()

        def serve(ask: Serve, asked: Asked) -> Told:
            told = ask(asked)
            if not when(asked, told) or asked.key != KEY:
                return told
            seen[asked.job_id] += 1
            return apply(asked, told) if (seen[asked.job_id] in chosen) is not is_all_but else told

        return lambda application: between(application, serve)

    return make


def each_look(change: Callable[[int, Told], Told], when: When = job) -> Make:
    """A change that knows which look at the job it is, counted from 1."""

    def make() -> Wrap:
        seen: Counter[str | None] = Counter()

        def serve(ask: Serve, asked: Asked) -> Told:
            told = ask(asked)
            if not when(asked, told):
                return told
            seen[asked.job_id] += 1
            return change(seen[asked.job_id], told)

        return lambda application: between(application, serve)

    return make


def frozen_look(number: int, *, until: int = 10_000) -> Make:
    """From look `number` on, up to look `until`, each job is shown as it was shown first."""

    def make() -> Wrap:
        seen: Counter[str | None] = Counter()
        first: dict[str | None, Told] = {}

        def serve(ask: Serve, asked: Asked) -> Told:
            told = ask(asked)
            if not job(asked, told):
                return told
            seen[asked.job_id] += 1
            first.setdefault(asked.job_id, told)
            return first[asked.job_id] if number <= seen[asked.job_id] <= until else told

        return lambda application: between(application, serve)

    return make


def identity(pointer: str, value_of: Callable[[int, Any], Any], when: When) -> Make:
    """A value that depends on which job it is, counted from 1 in the order in which they are met."""

    def make() -> Wrap:
        numbers: dict[Any, int] = {}

        def serve(ask: Serve, asked: Asked) -> Told:
            told = ask(asked)
            if not when(asked, told):
                return told
            who = asked.job_id or told.value("/data/jobId")
            number = numbers.setdefault(who, len(numbers) + 1)
            return told.with_value(pointer, value_of(number, told.value(pointer)))

        return lambda application: between(application, serve)

    return make


def clock(seconds: float, *pointers: str, when: When = job) -> Make:
    """Timestamps that are off."""

    def change(asked: Asked, told: Told) -> Told:
        for pointer in pointers:
            moment = datetime.datetime.fromisoformat(told.value(pointer))
            told = told.with_value(pointer, iso(moment + datetime.timedelta(seconds=seconds)))
        return told

    return changed(change, when)


def iso(moment: datetime.datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def cost(value: Any) -> Make:
    """Another price."""
    return json_patch("/data/creditsUsed", value, ended)


# -- operators on requests ---------------------------------------------------------------------------------


def cross_key(when: Asks, change: Change | None = None) -> Make:
    """Requests that count as the first account's, whatever key they carry."""

    def serve(ask: Serve, asked: Asked) -> Told:
        if not when(asked):
            return ask(asked)
        told = ask(asked.with_key(KEY))
        return change(asked, told) if change else told

    return lambda: lambda application: between(application, serve)


def request_acceptance(when: Asks) -> Make:
    """Submissions that are accepted though they should not be."""
    document = {
        "success": True,
        "data": {"jobId": "0b9f7c52-6d0e-4e0b-9a55-3a8c1f0d7e21", "status": "PENDING"},
        "message": "Speech-to-text job created successfully",
    }
    return refusing(when, answer(document, 201))


def showing_last_job(when: Asks) -> Make:
    """Looks that show the job that was last looked at with success, whatever id they ask for."""

    def make() -> Wrap:
        shown: list[Told] = []

        def serve(ask: Serve, asked: Asked) -> Told:
            if asked.job_id is not None and when(asked):
                return shown[-1] if shown else _JOB
            told = ask(asked)
            if job(asked, told):
                shown.append(told)
            return told

        return lambda application: between(application, serve)

    return make


def refusing(when: Asks, told: Told | int = 400) -> Make:
    """Requests that get an answer of ours, and never reach the server: a refusal, or what `told` says."""
    no = refusal(told) if isinstance(told, int) else told
    return lambda: (
        lambda application: between(application, lambda ask, asked: no if when(asked) else ask(asked))
    )


def patched(told: Told, values: dict[str, Any]) -> Told:
    """An answer with several values put."""
    for pointer, value in values.items():
        told = told.with_value(pointer, value)
    return told


def of_the_first_job(pointer: str) -> Make:
    """A value that each job has from the first one that was looked at."""

    def make() -> Wrap:
        first: list[Any] = []

        def serve(ask: Serve, asked: Asked) -> Told:
            told = ask(asked)
            if not job(asked, told):
                return told
            first.append(told.value(pointer))
            return told.with_value(pointer, first[0])

        return lambda application: between(application, serve)

    return make


def same_job_for_all() -> Make:
    """Every submission answers with the job of the first."""

    def make() -> Wrap:
        first: list[Told] = []

        def serve(ask: Serve, asked: Asked) -> Told:
            told = ask(asked)
            if created(asked, told):
                first.append(told)
                return first[0]
            return told

        return lambda application: between(application, serve)

    return make


def once(told: Told, when: Asks) -> Make:
    """The first request of a kind gets an answer of ours."""

    def make() -> Wrap:
        met: list[Asked] = []

        def serve(ask: Serve, asked: Asked) -> Told:
            if when(asked) and not met:
                met.append(asked)
                return told
            return ask(asked)

        return lambda application: between(application, serve)

    return make


def planned(plan: str) -> Make:
    """All jobs go by a plan of the mock."""

    def serve(ask: Serve, asked: Asked) -> Told:
        return ask(dataclasses.replace(asked, environ={**asked.environ, "HTTP_X_WISHED_PLAN": plan}))

    return lambda: lambda application: between(application, serve)
