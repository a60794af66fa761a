"""The operators that mutants are made with.

Each returns a maker of wrappers. A wrapper has a state of its own, so a mutant can be checked many times.
`when` says which answers are changed; by default all that the operator can change.
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
from tests.broken_servers.wire import REMOVED, Change, Incoming, Reply, Serve, answer, between, refusal

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

Wrap = Callable[["WSGIApplication"], "WSGIApplication"]
Make = Callable[[], Wrap]
When = Callable[[Incoming, Reply], bool]
Asks = Callable[[Incoming], bool]

ENDS = ("COMPLETED", "FAILED")

_JOB = answer(next(r.json.examples["completed"] for r in load_spec().poll.successes if r.json))


# -- which answers -----------------------------------------------------------------------------------------


def always(incoming: Incoming, reply: Reply) -> bool:
    return True


def created(incoming: Incoming, reply: Reply) -> bool:
    return incoming.is_submit and reply.status < 300


def job(incoming: Incoming, reply: Reply) -> bool:
    return incoming.job_id is not None and incoming.method == "GET" and reply.status < 300


def in_state(*states: str) -> When:
    return lambda incoming, reply: job(incoming, reply) and reply.state in states


pending, completed = in_state("PENDING"), in_state("COMPLETED")
failed, ended = in_state("FAILED"), in_state(*ENDS)


def refused(incoming: Incoming, reply: Reply) -> bool:
    return reply.status >= 400


def with_status(*statuses: int) -> When:
    return lambda incoming, reply: reply.status in statuses


def either(incoming: Incoming, reply: Reply) -> bool:
    return created(incoming, reply) or job(incoming, reply)


# -- operators on answers ----------------------------------------------------------------------------------


def changed(change: Change, when: When = always) -> Make:
    """Any change of an answer."""

    def serve(ask: Serve, incoming: Incoming) -> Reply:
        reply = ask(incoming)
        return change(incoming, reply) if when(incoming, reply) else reply

    return lambda: lambda application: between(application, serve)


def status(code: int, when: When) -> Make:
    """Another status, the same document."""
    return changed(lambda incoming, reply: reply.with_status(code), when)


def header(name: str, value: object, when: When = always) -> Make:
    """Another value of a header, or none."""
    return changed(lambda incoming, reply: reply.with_header(name, value), when)


def body(make: Callable[[bytes], bytes], when: When) -> Make:
    """Other bytes."""
    return changed(lambda incoming, reply: reply.with_body(make(reply.body)), when)


def json_patch(pointer: str, value: Any, when: When) -> Make:
    """Another value at one place of a document; a function gets the old one."""

    def change(incoming: Incoming, reply: Reply) -> Reply:
        old = reply.value(pointer)
        if callable(value) and old is MISSING:
            return reply
        return reply.with_value(pointer, value(old) if callable(value) else value)

    return changed(change, when)


def removed(pointer: str, when: When) -> Make:
    """A place of a document taken away."""
    return json_patch(pointer, REMOVED, when)


def moved(source: str, target: str, when: When) -> Make:
    """A value under another name."""
    return changed(
        lambda incoming, reply: reply.with_value(target, reply.value(source)).with_value(source, REMOVED),
        when,
    )


# -- operators on the looks at one job ---------------------------------------------------------------------


def trace_patch(change: Change | dict[str, Any], *looks: int, when: When = job) -> Make:
    """Change some of the looks at each job, by number from 1 among the looks that `when` takes.

    Negative numbers mean all looks but these.
    """
    chosen = {abs(look) for look in looks}
    is_all_but = bool(looks) and looks[0] < 0
    apply: Change = (lambda incoming, reply: patched(reply, change)) if isinstance(change, dict) else change

    def make() -> Wrap:
        seen: Counter[str | None] = Counter()

        def serve(ask: Serve, incoming: Incoming) -> Reply:
            reply = ask(incoming)
            if not when(incoming, reply) or incoming.key != KEY:
                return reply
            seen[incoming.job_id] += 1
            return apply(incoming, reply) if (seen[incoming.job_id] in chosen) is not is_all_but else reply

        return lambda application: between(application, serve)

    return make


def each_look(change: Callable[[int, Reply], Reply], when: When = job) -> Make:
    """A change that knows which look at the job it is, counted from 1."""

    def make() -> Wrap:
        seen: Counter[str | None] = Counter()

        def serve(ask: Serve, incoming: Incoming) -> Reply:
            reply = ask(incoming)
            if not when(incoming, reply):
                return reply
            seen[incoming.job_id] += 1
            return change(seen[incoming.job_id], reply)

        return lambda application: between(application, serve)

    return make


def frozen_look(number: int, *, until: int = 10_000) -> Make:
    """From look `number` on, up to look `until`, each job is shown as it was shown first."""

    def make() -> Wrap:
        seen: Counter[str | None] = Counter()
        first: dict[str | None, Reply] = {}

        def serve(ask: Serve, incoming: Incoming) -> Reply:
            reply = ask(incoming)
            if not job(incoming, reply):
                return reply
            seen[incoming.job_id] += 1
            first.setdefault(incoming.job_id, reply)
            return first[incoming.job_id] if number <= seen[incoming.job_id] <= until else reply

        return lambda application: between(application, serve)

    return make


def identity(pointer: str, value_of: Callable[[int, Any], Any], when: When) -> Make:
    """A value that depends on the number of the job, from 1 in the order in which jobs are first seen."""

    def make() -> Wrap:
        numbers: dict[Any, int] = {}

        def serve(ask: Serve, incoming: Incoming) -> Reply:
            reply = ask(incoming)
            if not when(incoming, reply):
                return reply
            who = incoming.job_id or reply.value("/data/jobId")
            number = numbers.setdefault(who, len(numbers) + 1)
            return reply.with_value(pointer, value_of(number, reply.value(pointer)))

        return lambda application: between(application, serve)

    return make


def clock(seconds: float, *pointers: str, when: When = job) -> Make:
    """Timestamps that are off."""

    def change(incoming: Incoming, reply: Reply) -> Reply:
        for pointer in pointers:
            moment = datetime.datetime.fromisoformat(reply.value(pointer))
            reply = reply.with_value(pointer, iso(moment + datetime.timedelta(seconds=seconds)))
        return reply

    return changed(change, when)


def iso(moment: datetime.datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def cost(value: Any) -> Make:
    """Another price."""
    return json_patch("/data/creditsUsed", value, ended)


# -- operators on requests ---------------------------------------------------------------------------------


def cross_key(when: Asks, change: Change | None = None) -> Make:
    """Requests that count as the first account's, whatever key they carry."""

    def serve(ask: Serve, incoming: Incoming) -> Reply:
        if not when(incoming):
            return ask(incoming)
        reply = ask(incoming.with_key(KEY))
        return change(incoming, reply) if change else reply

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
        shown: list[Reply] = []

        def serve(ask: Serve, incoming: Incoming) -> Reply:
            if incoming.job_id is not None and when(incoming):
                return shown[-1] if shown else _JOB
            reply = ask(incoming)
            if job(incoming, reply):
                shown.append(reply)
            return reply

        return lambda application: between(application, serve)

    return make


def refusing(when: Asks, reply: Reply | int = 400) -> Make:
    """Requests that never reach the server: they are refused with a status, or answered with a reply."""
    no = refusal(reply) if isinstance(reply, int) else reply
    return lambda: (
        lambda application: between(
            application, lambda ask, incoming: no if when(incoming) else ask(incoming)
        )
    )


def patched(reply: Reply, values: dict[str, Any]) -> Reply:
    """An answer with several values put."""
    for pointer, value in values.items():
        reply = reply.with_value(pointer, value)
    return reply


def of_the_first_job(pointer: str) -> Make:
    """A value that each job has from the first one that was looked at."""

    def make() -> Wrap:
        first: list[Any] = []

        def serve(ask: Serve, incoming: Incoming) -> Reply:
            reply = ask(incoming)
            if not job(incoming, reply):
                return reply
            first.append(reply.value(pointer))
            return reply.with_value(pointer, first[0])

        return lambda application: between(application, serve)

    return make


def same_job_for_all() -> Make:
    """Every submission answers with the job of the first."""

    def make() -> Wrap:
        first: list[Reply] = []

        def serve(ask: Serve, incoming: Incoming) -> Reply:
            reply = ask(incoming)
            if created(incoming, reply):
                first.append(reply)
                return first[0]
            return reply

        return lambda application: between(application, serve)

    return make


def once(reply: Reply, when: Asks) -> Make:
    """The first request of a kind gets an answer of ours."""

    def make() -> Wrap:
        answered: list[Incoming] = []

        def serve(ask: Serve, incoming: Incoming) -> Reply:
            if when(incoming) and not answered:
                answered.append(incoming)
                return reply
            return ask(incoming)

        return lambda application: between(application, serve)

    return make


def planned(plan: str) -> Make:
    """All jobs go by a plan of the mock."""

    def serve(ask: Serve, incoming: Incoming) -> Reply:
        return ask(dataclasses.replace(incoming, environ={**incoming.environ, "HTTP_X_WISHED_PLAN": plan}))

    return lambda: lambda application: between(application, serve)
