"""Guessing the purpose of recorded requests from what they look like.

Rule: in doubt a guess claims nothing, so that a sound server is never blamed for a strange request.
"""

from __future__ import annotations

import dataclasses
import urllib.parse
from collections.abc import Sequence

from ..pointers import value_at
from ..spec import Operation, Spec, form_names
from ..trace import Answer, Exchange, Intent, Request


def intent_of(request: Request, operation: Operation, answer: Answer | None, spec: Spec) -> Intent:
    """Return what a request was for.

    A submission whose form was not kept is known to be good only if it was accepted.
    """
    if request.method != operation.method:
        return Intent.WRONG_METHOD
    if operation.id == spec.poll.id:
        return Intent.POLL
    form, names = request.form, form_names(spec)
    if form is None:
        return Intent.SUBMIT if answer and answer.is_success else Intent.OTHER
    # From here on the form is known: what lacks a part was sent without it.
    if form.file_name is None:
        return Intent.NO_FILE
    format = form.field(names.format) if names.format else None
    if names.format and format is None:
        return Intent.NO_FORMAT
    if names.format and format not in names.formats:
        return Intent.WRONG_FORMAT
    # The bytes were not kept, so a refusal may be right: they need not have been a recording.
    return Intent.SUBMIT if answer and answer.is_success else Intent.SUBMIT_NOISE


def guess_jobs(exchanges: Sequence[Exchange], spec: Spec) -> tuple[Exchange, ...]:
    """Return exchanges with their jobs numbered.

    A poll of an id that no answer ever gave out is a poll of an unknown job.
    """
    # In a pass of its own: the file may begin after a submission, and a later poll that shows the job proves
    # that an id which an earlier poll asked for was real.
    numbers: dict[str, int] = {}
    for exchange in exchanges:
        job_id = _given_out_id(exchange, spec)
        if job_id is not None:
            numbers.setdefault(job_id, len(numbers) + 1)
    return tuple(_with_job(exchange, numbers, spec) for exchange in exchanges)


def _with_job(exchange: Exchange, numbers: dict[str, int], spec: Spec) -> Exchange:
    if exchange.intent is Intent.POLL:
        job = numbers.get(_polled_id(exchange))
        intent = Intent.POLL if job is not None else Intent.UNKNOWN_JOB
        return dataclasses.replace(exchange, job=job, intent=intent)
    return dataclasses.replace(exchange, job=numbers.get(_given_out_id(exchange, spec) or ""))


def _given_out_id(exchange: Exchange, spec: Spec) -> str | None:
    """Return the id that an answer gave out, or that a successful poll proves to be one."""
    if exchange.answer is None or not exchange.answer.is_success:
        return None
    if exchange.operation == spec.poll.id:
        return _polled_id(exchange)
    job_id = value_at(exchange.answer.document, spec.lifecycle.submit.id)
    return job_id if isinstance(job_id, str) else None


def _polled_id(exchange: Exchange) -> str:
    path = exchange.request.path.partition("?")[0]
    return urllib.parse.unquote(path.rstrip("/").rpartition("/")[2])
