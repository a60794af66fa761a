"""Rules for who may do what: keys, and other people's jobs (OWASP API1, API2)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Final

from ..trace import Exchange, Intent, Key
from .rule import Complaint, rule
from .view import KEY_REFUSED, Job, View, as_text
from .wire import answer_of

# Shorter values of a job are so common that they would be found in any answer.
_SHORTEST_SECRET: Final = 6


def without_key(view: View) -> Sequence[Exchange]:
    """Return the requests without a key, or with an empty one."""
    return view.keyed(Key.NONE, Key.EMPTY)


def with_bad_key(view: View) -> Sequence[Exchange]:
    """Return the requests with a key that was never given out."""
    return view.keyed(Key.WRONG, Key.TRUNCATED)


def spelt_otherwise(view: View) -> Sequence[Exchange]:
    """Return a customer's requests whose key header is not spelt as the contract spells it.

    There are none before a submission was accepted: only then is the key known to be good.
    """
    if not view.submissions:
        return ()
    usual = (view.spec.api_key_header, None)
    return tuple(e for e in view.judged if e.is_ordinary and view.spelling(e) not in usual)


def second_looks(view: View) -> Sequence[tuple[Exchange, Job]]:
    """Return polls of the first account's jobs with the second key, unless that key is no key at all."""
    # 401 says that the key is none at all, so its refusal proves nothing; 403 and 404 are refusals of the job
    # (Q7).
    tried = tuple(e for e in view.judged if e.key is Key.SECOND and e.intent is Intent.POLL)
    jobs = {job.number: job for job in view.jobs if job.looks}
    return tuple((e, jobs[e.job]) for e in tried if e.job in jobs and answer_of(e).status != 401)


@rule(
    "key-required",
    "D11",
    "OWASP",
    needs="a request without a key",
    subjects=without_key,
    is_required=True,
    needs_body=False,
)
def key_required(exchange: Exchange, view: View) -> Iterator[Complaint]:
    """Without a key, or with an empty one, both operations answer 401 or 403."""
    yield from _refused(exchange)


@rule(
    "key-checked",
    "OWASP",
    "D10",
    needs="a request with a wrong key",
    subjects=with_bad_key,
    is_required=True,
    needs_body=False,
)
def key_checked(exchange: Exchange, view: View) -> Iterator[Complaint]:
    """With a wrong key, or a real one that lacks a letter, both operations answer 401 or 403."""
    yield from _refused(exchange)


@rule(
    "key-header-case", "RFC9110", needs="a request with the header in another case", subjects=spelt_otherwise
)
def key_header_case(exchange: Exchange, view: View) -> Iterator[Complaint]:
    """The name of the header that carries the key may be spelt in any case (RFC 9110, section 5.1)."""
    status = answer_of(exchange).status
    # Any other status may have other reasons than the name of the header.
    if status in KEY_REFUSED:
        expected = f"{view.spelling(exchange)} to be taken for {view.spec.api_key_header}"
        yield Complaint(exchange, expected, str(status))


@rule("jobs-private", "OWASP", needs="a look with a second key", subjects=second_looks)
def jobs_private(pair: tuple[Exchange, Job], view: View) -> Iterator[Complaint]:
    """Another account's key neither reads a job nor learns any part of it (OWASP API1)."""
    exchange, job = pair
    answer = answer_of(exchange)
    if answer.is_success:
        yield Complaint(exchange, "404 or 403", str(answer.status))
        return
    for pointer, secret in _secrets(job, view):
        # JSON may write a letter as itself or as an escape, so both are looked for.
        escaped = (json.dumps(secret, ensure_ascii=is_ascii)[1:-1] for is_ascii in (True, False))
        if any(form in answer.text for form in (secret, *escaped)):
            yield Complaint(exchange, "nothing of the job", f"{pointer}: {as_text(secret)}")


def _refused(exchange: Exchange) -> Iterator[Complaint]:
    status = answer_of(exchange).status
    # A 5xx is found by `no-server-error`, and says nothing of the key.
    if status not in KEY_REFUSED and status < 500:
        yield Complaint(exchange, "401 or 403", str(status))


def _secrets(job: Job, view: View) -> Iterator[tuple[str, str]]:
    poll = view.spec.lifecycle.poll
    for pointer in filter(None, (poll.owner, poll.result, poll.upload, poll.file_name, poll.question)):
        # The last look knows most of the job: its text is there only at its end.
        value = job.looks[-1].value(pointer)
        if isinstance(value, str) and len(value) >= _SHORTEST_SECRET:
            yield pointer, value
