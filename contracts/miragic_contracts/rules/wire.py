"""Rules for every answer, whatever the request: status, headers, framing, JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from ..spec import Level, Operation
from ..trace import Answer, Exchange, Intent, Trouble
from .rule import Complaint, rule
from .view import View

ANY_ANSWER: Final = "any answer"


def answered(view: View) -> Sequence[Exchange]:
    """Return the answered exchanges that can be judged."""
    return view.judged


def attempted(view: View) -> Sequence[Exchange]:
    """Return the exchanges that were answered, with those whose answer broke off."""
    # Also of answers that say "not now": no outage excuses one that breaks off.
    broken = (e for e in view.trace.exchanges if e.trouble is Trouble.FRAMING)
    return (*view.answered, *broken)


def with_json_due(view: View) -> Sequence[Exchange]:
    """Return the exchanges whose answer must be a document.

    A proxy in front of the server often answers 413 by itself, in HTML, so that status is left out.
    """
    return tuple(e for e in view.judged if e.answer and e.answer.status != 413)


def answer_of(exchange: Exchange) -> Answer:
    """Return the answer of an exchange that was picked because it has one."""
    assert exchange.answer is not None
    return exchange.answer


@rule(
    "status-declared",
    "D12",
    "D26",
    needs=ANY_ANSWER,
    subjects=answered,
    needs_body=False,
    lesser_grounds=("Q6",),
)
def status_declared(exchange: Exchange, view: View) -> Iterator[Complaint]:
    """An answer's status is one that the contract lists for its operation.

    Another success code is an error: the contract lists every one that a client has to take for success.
    Where several are listed and one was observed, another is a change worth a warning. Another kind of
    refusal is information, since nobody knows them all. A redirection is neither.
    """
    operation, status = view.spec.operations[exchange.operation], answer_of(exchange).status
    if exchange.intent is Intent.WRONG_METHOD:
        return  # `method-refused` judges it: no operation lists answers to a method that it does not have
    listed = operation.responses.get(str(status))
    if listed and listed.is_success and listed.evidence.level is Level.ASSUMED:
        likeliest = operation.likeliest_success
        if likeliest.evidence.level is not Level.ASSUMED:
            expected = f"{likeliest.status}, as observed"
            yield Complaint(exchange, expected, str(status), grounds=(likeliest.place,))
    if listed:
        return
    declared = ", ".join(operation.responses)
    # Which refusals there are is an open question, which successes there are is not.
    grounds = () if status < 400 else ("Q6",)
    yield Complaint(exchange, f"one of {declared}", str(status), grounds=grounds)


@rule("no-server-error", "RFC9110", needs=ANY_ANSWER, subjects=answered, needs_body=False)
def no_server_error(exchange: Exchange, view: View) -> Iterator[Complaint]:
    """No request makes the server fail.

    A request that is wrong is the client's error and answers 4xx (RFC 9110, section 15.5); 5xx says that
    the server has a defect. 502, 503 and 504 come from an outage and are not judged.
    """
    answer = answer_of(exchange)
    # From `judged`, so 502, 503 and 504 do not come here.
    if answer.status >= 500:
        yield Complaint(exchange, "a status below 500", f"{answer.status}: {answer.text[:120]}")


@rule("framing", "RFC9110", needs=ANY_ANSWER, subjects=attempted)
def framing(exchange: Exchange, view: View) -> Iterator[Complaint]:
    """An answer arrives whole, and is as long as it says it is (RFC 9110, section 8.6)."""
    answer = exchange.answer
    if answer is None:
        yield Complaint(exchange, "a whole answer", exchange.detail or "an answer that broke off")
        return
    length = answer.header("Content-Length")
    # The size was counted after decoding, so it cannot be compared for a compressed body.
    is_coded = answer.header("Content-Encoding") not in (None, "identity")
    if not answer.is_whole:
        yield Complaint(exchange, "a document of a job", f"a body of more than {answer.size_bytes} bytes")
    elif length is not None and not is_coded and length != str(answer.size_bytes):
        yield Complaint(exchange, f"Content-Length: {answer.size_bytes}, the body's size", length)


@rule("media-type", "RFC9110", needs=ANY_ANSWER, subjects=with_json_due, needs_body=False)
def media_type(exchange: Exchange, view: View) -> Iterator[Complaint]:
    """A JSON body is announced as application/json, in UTF-8.

    RFC 9110, section 8.3, and RFC 8259, section 11.
    """
    content_type = answer_of(exchange).header("Content-Type")
    kind, _, parameters = (content_type or "").partition(";")
    # JSON has no such parameter (RFC 8259, section 11), but many frameworks send it; only a wrong one is a
    # breach.
    charset = re.search(r'charset\s*=\s*"?([^";\s]+)', parameters, re.IGNORECASE)
    is_json = kind.strip().lower() == "application/json" or kind.strip().lower().endswith("+json")
    if not is_json:
        yield Complaint(exchange, "Content-Type: application/json", content_type or "no Content-Type")
    elif charset and charset[1].lower() not in ("utf-8", "utf8"):
        yield Complaint(exchange, "UTF-8", content_type or "")


@rule("json", "RFC8259", "D23", needs=ANY_ANSWER, subjects=with_json_due, is_required=True)
def json_body(exchange: Exchange, view: View) -> Iterator[Complaint]:
    """A body is JSON as RFC 8259 has it: UTF-8 without a mark before it, an object, no NaN."""
    answer = answer_of(exchange)
    if answer.json_problem:
        yield Complaint(exchange, "a JSON object", f"{answer.json_problem}: {answer.text[:80]!r}")
    elif not isinstance(answer.document, dict):
        yield Complaint(exchange, "a JSON object", f"{answer.text[:80]!r}")


@rule("json-names", "RFC8259", needs=ANY_ANSWER, subjects=with_json_due)
def json_names(exchange: Exchange, view: View) -> Iterator[Complaint]:
    """No object has the same name twice (RFC 8259, section 4): parsers disagree on which one counts."""
    repeated = answer_of(exchange).repeated_names
    if repeated:
        yield Complaint(exchange, "each name once", f"more than one of {', '.join(repeated)}")


@rule("answer-headers", "RFC9110", needs=ANY_ANSWER, subjects=lambda view: view.answered)
def answer_headers(exchange: Exchange, view: View) -> Iterator[Complaint]:
    """The headers that the contract gives an answer are there where required, and well formed.

    `Allow` on 405 (RFC 9110, section 15.5.6); `Retry-After`, where it is sent, in seconds or as a date
    (section 10.2.3).
    """
    answer = answer_of(exchange)
    declared = _declared_headers(view.spec.operations[exchange.operation], answer.status)
    for name, is_required, pattern in declared:
        value = answer.header(name)
        if value is None and is_required:
            yield Complaint(exchange, f"the header {name}", "none")
        elif value is not None and not re.search(pattern, value):
            yield Complaint(exchange, f"{name} as {pattern}", value)


def _declared_headers(operation: Operation, status: int) -> Iterator[tuple[str, bool, str]]:
    response = operation.responses.get(str(status))
    for header in response.headers.values() if response else ():
        yield header.name, header.required, str(header.schema.get("pattern", ""))
