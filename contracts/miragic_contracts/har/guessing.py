"""What recorded requests were for, told from what they look like. In doubt nothing is claimed."""

from __future__ import annotations

import dataclasses
import urllib.parse
from collections.abc import Sequence

from miragic_contracts.pointers import value_at
from miragic_contracts.spec import Operation, Spec, form_names
from miragic_contracts.trace import Answer, Exchange, Intent, Request


def intent_of(request: Request, operation: Operation, answer: Answer | None, spec: Spec) -> Intent:
    """What a request was for. A submission whose form was not kept is only known to be good where it
    was taken.
    """
    if request.method != operation.method:
        return Intent.WRONG_METHOD
    if operation.id == spec.poll.id:
        return Intent.POLL
    form, names = request.form, form_names(spec)
    if form is None:
        return Intent.SUBMIT if answer and answer.is_success else Intent.OTHER
    if form.file_name is None:
        return Intent.NO_FILE
    format = form.field(names.format) if names.format else None
    if names.format and format is None:
        return Intent.NO_FORMAT
    if names.format and format not in names.formats:
        return Intent.WRONG_FORMAT
    # Whether the bytes were a recording is not told.
    return Intent.SUBMIT if answer and answer.is_success else Intent.SUBMIT_NOISE


def guess_jobs(exchanges: Sequence[Exchange], spec: Spec) -> tuple[Exchange, ...]:
    """The exchanges with their jobs numbered. A look at an id that no answer ever told of is a look in
    vain.
    """
    numbers: dict[str, int] = {}
    for exchange in exchanges:
        job_id = _told_id(exchange, spec)
        if job_id is not None:
            numbers.setdefault(job_id, len(numbers) + 1)
    return tuple(_with_job(exchange, numbers, spec) for exchange in exchanges)


def _with_job(exchange: Exchange, numbers: dict[str, int], spec: Spec) -> Exchange:
    if exchange.intent is Intent.POLL:
        job = numbers.get(_asked_id(exchange))
        intent = Intent.POLL if job is not None else Intent.UNKNOWN_JOB
        return dataclasses.replace(exchange, job=job, intent=intent)
    return dataclasses.replace(exchange, job=numbers.get(_told_id(exchange, spec) or ""))


def _told_id(exchange: Exchange, spec: Spec) -> str | None:
    """The id that an answer gave out, or that a successful look proves to be one."""
    if exchange.answer is None or not exchange.answer.is_success:
        return None
    if exchange.operation == spec.poll.id:
        return _asked_id(exchange)
    given = value_at(exchange.answer.document, spec.lifecycle.submit.id)
    return given if isinstance(given, str) else None


def _asked_id(exchange: Exchange) -> str:
    path = exchange.request.path.partition("?")[0]
    return urllib.parse.unquote(path.rstrip("/").rpartition("/")[2])
