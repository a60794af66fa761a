"""Rules for the requests that must be accepted or refused, and for what a refusal may show."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from ..redaction import MARKERS
from ..spec import form_names
from ..trace import Exchange, Intent
from .rule import Complaint, Severity, rule
from .view import KEY_REFUSED, View
from .wire import ANY_ANSWER, answer_of

# Stack traces and database errors, as the languages and libraries that serve APIs write them.
_INNARDS: Final = re.compile(
    r"""Traceback\ \(most\ recent\ call\ last\)  # Python
    | File\ "[^"]+",\ line\ \d+
    | \bat\ (?:[\w.$<>\[\]]+\ )?\(?(?:node:|file:|/|[A-Za-z]:\\)[^\s)]*:\d+:\d+  # Node
    | \bat\ [\w.$]+\([\w.]+\.(?:java|kt|scala):\d+\)  # the JVM
    | \#\d+\ /\S+\(\d+\):  # PHP
    | goroutine\ \d+\ \[  # Go
    | \bin\ /\S+\.php\b  # PHP
    | SQLSTATE\[ | \bORA-\d{5} | PrismaClient\w*Error | Sequelize\w*Error | \bER_[A-Z_]{4,}\b
    | node_modules[/\\]""",
    re.VERBOSE,
)


def good_submissions(view: View) -> Sequence[Exchange]:
    """Return submissions of recordings by a customer whose key is good."""
    # A refused key says nothing of the recording; `environment` reports it.
    tried = (e for e in view.judged if e.intent is Intent.SUBMIT and e.is_ordinary)
    return tuple(e for e in tried if answer_of(e).status not in KEY_REFUSED)


def bad_submissions(view: View) -> Sequence[Exchange]:
    """Return submissions whose form is not valid."""
    tried = view.probes(Intent.NO_FILE, Intent.NO_FORMAT, Intent.WRONG_FORMAT)
    return tuple(e for e in tried if answer_of(e).status not in KEY_REFUSED)


def strange_looks(view: View) -> Sequence[Exchange]:
    """Return polls of ids that were never given out."""
    tried = view.probes(Intent.UNKNOWN_JOB, Intent.MALFORMED_JOB, Intent.SUFFIXED_JOB)
    return tuple(e for e in tried if answer_of(e).status != 401)


def wrong_methods(view: View) -> Sequence[Exchange]:
    """Return requests with a method that the path does not have."""
    return view.probes(Intent.WRONG_METHOD)


def failures(view: View) -> Sequence[Exchange]:
    """Return the requests that were refused or failed."""
    return tuple(e for e in view.answered if answer_of(e).status >= 400)


@rule(
    "takes-recordings",
    "D5",
    needs="a submission of a recording",
    subjects=good_submissions,
    is_required=True,
    needs_body=False,
    lesser_grounds=("D2",),
)
def takes_recordings(exchange: Exchange, view: View) -> Iterator[Complaint]:
    """A recording in either format is accepted, whatever the name of its file, up to 2 MB at least.

    Whether the question may be left out is not known for sure (D2), so a refusal for that is information.
    """
    answer, form = answer_of(exchange), exchange.request.form
    if not answer.is_success and answer.status < 500:
        question = form_names(view.spec).question
        is_whole = not question or bool(form and form.field(question) is not None)
        codes = ", ".join(response.status for response in view.spec.submit.successes)
        yield Complaint(
            exchange,
            codes,
            f"{answer.status}: {answer.text[:120]}",
            grounds=() if is_whole else ("D2",),
            at_most=Severity.ERROR if is_whole else Severity.INFORMATION,
        )


@rule(
    "refuses-bad-forms",
    "D4",
    needs="a form that is not valid",
    subjects=bad_submissions,
    is_required=True,
    needs_body=False,
    lesser_grounds=("Q6",),
)
def refuses_bad_forms(exchange: Exchange, view: View) -> Iterator[Complaint]:
    """A form without a file, without a format, or with an undeclared format is refused."""
    status = answer_of(exchange).status
    if status < 400:
        yield Complaint(exchange, "a refusal: 400 or 422", f"{status}, and perhaps a job that was charged")
    # A refusal all the same, but one that says that path or method is wrong, which they are not.
    elif status in (404, 405):
        yield Complaint(exchange, "400 or 422", str(status), grounds=("Q6",))


@rule(
    "no-such-job",
    "D22",
    needs="a look at an id that never was",
    subjects=strange_looks,
    is_required=True,
    needs_body=False,
    lesser_grounds=("Q16",),
)
def no_such_job(exchange: Exchange, view: View) -> Iterator[Complaint]:
    """An id that was never issued, is malformed, or has a letter too many shows no job: 404, or 400."""
    status = answer_of(exchange).status
    if status < 400:
        yield Complaint(exchange, "404 or 400", str(status))
    # Another refusal may be sensible; the contract does not know (Q16).
    elif status not in (400, 403, 404, 422) and status < 500:
        yield Complaint(exchange, "404 or 400", str(status), grounds=("Q16",))


@rule(
    "method-refused",
    "RFC9110",
    needs="a request with another method",
    subjects=wrong_methods,
    needs_body=False,
)
def method_refused(exchange: Exchange, view: View) -> Iterator[Complaint]:
    """A method that a path does not have is refused: 405, or 404 (RFC 9110, section 15.5.6)."""
    status = answer_of(exchange).status
    # Frameworks that route by method and path at once, such as Express, answer 404 here.
    if status < 400:
        yield Complaint(exchange, "405 or 404", str(status))


@rule("no-innards", "OWASP", needs="a refused request", subjects=failures, is_required=True)
def no_innards(exchange: Exchange, view: View) -> Iterator[Complaint]:
    """No refusal shows a stack trace, or a database's error (OWASP API8)."""
    # A trace inside a JSON text has its line breaks and quotes escaped.
    match = _INNARDS.search(answer_of(exchange).text.replace("\\n", "\n").replace('\\"', '"'))
    if match:
        yield Complaint(exchange, "a sentence for people", f"{match[0][:80]!r}")


@rule("key-kept", "OWASP", needs=ANY_ANSWER, subjects=lambda view: view.answered, is_required=True)
def key_kept(exchange: Exchange, view: View) -> Iterator[Complaint]:
    """No answer repeats an API key, plain or encoded, in its headers or its body (OWASP API8)."""
    answer = answer_of(exchange)
    texts = (answer.text, *(text for pair in answer.headers for text in pair))
    # The driver has put a marker where the answer had a key, in whatever encoding: see `redaction`.
    if any(marker in text for text in texts for marker in MARKERS):
        yield Complaint(exchange, "no API key", "the key that was sent")
