"""Faults of any answer: status, headers, framing, JSON."""

from __future__ import annotations

import json

from miragic_contracts.rules import Severity

from tests.broken_servers import operators as op
from tests.broken_servers.mutant import Mutant, group
from tests.broken_servers.operators import completed, created, ended, job, pending, refused, with_status
from tests.broken_servers.wire import REMOVED, Incoming, Reply, refusal

NOT_FOUND = refusal(404, "NOT_FOUND", "There is no such job.")


def put(reply: Reply) -> op.Change:
    return lambda _asked, _called: reply


def _repr(body: bytes) -> bytes:
    return repr(json.loads(body)).encode()


def _twice(body: bytes) -> bytes:
    return body.replace(b'"success":', b'"success":false,"success":', 1)


def _nan(body: bytes) -> bytes:
    return body.replace(b'"creditsUsed":', b'"_":NaN,"creditsUsed":', 1)


def _wrong_retry_after(incoming: Incoming, reply: Reply) -> Reply:
    return refusal(429, "TOO_MANY_REQUESTS", "Slow down.").with_header("Retry-After", "soon")


STATUS = (
    *group(
        "status",
        "status-declared",
        created_203=op.status(203, created),
        created_206=op.status(206, created),
        created_299=op.status(299, created),
        job_201=op.status(201, job),
        job_202_while_pending=op.status(202, pending),
        job_203_when_completed=op.status(203, completed),
        job_206=op.status(206, job),
    ),
    *group(
        "status",
        "no-server-error",
        job_500_once=op.trace_patch(put(refusal(500)), 2),
        job_500_after_its_end=op.trace_patch(put(refusal(500)), 2, when=ended),
        created_500=op.status(500, created),
        unknown_job_500=op.changed(
            put(refusal(500)), lambda incoming, reply: incoming.job_id is not None and reply.status == 404
        ),
        no_file_500=op.refusing(lambda incoming: incoming.is_submit and incoming.file_name is None, 500),
        wrong_format_500=op.refusing(lambda incoming: incoming.part("audio_format") == "tiff", 500),
        no_key_500=op.refusing(lambda incoming: incoming.key is None, 500),
        quotes_500=op.refusing(lambda incoming: "'" in (incoming.file_name or ""), 500),
        job_501=op.trace_patch(put(refusal(501)), 1),
    ),
)

HEADERS = (
    *group(
        "header",
        "media-type",
        created_html=op.header("Content-Type", "text/html; charset=utf-8", created),
        job_text=op.header("Content-Type", "text/plain", job),
        error_html=op.header("Content-Type", "text/html", refused),
        job_none=op.header("Content-Type", REMOVED, job),
        created_none=op.header("Content-Type", REMOVED, created),
        job_latin=op.header("Content-Type", "application/json; charset=iso-8859-1", job),
        error_binary=op.header("Content-Type", "application/octet-stream", refused),
        completed_form=op.header("Content-Type", "application/x-www-form-urlencoded", completed),
    ),
    *group(
        "header",
        "answer-headers",
        allow_missing=op.header("Allow", REMOVED, with_status(405)),
        retry_after_word=op.trace_patch(_wrong_retry_after, 1),
        retry_after_fraction=op.trace_patch(put(refusal(429).with_header("Retry-After", "1.5")), 1),
        retry_after_negative=op.trace_patch(put(refusal(503).with_header("Retry-After", "-1")), 2),
    ),
)

FRAMING = (
    *group(
        "framing",
        "framing",
        length_short=op.changed(lambda _, t: t.with_header("Content-Length", len(t.body) - 1), job),
        length_long=op.changed(lambda _, t: t.with_header("Content-Length", len(t.body) + 9), created),
        length_none_at_all=op.changed(lambda _, t: t.with_header("Content-Length", 0), completed),
        body_without_end=op.body(lambda body: body + b" " * (2 << 20), completed),
    ),
    *group(
        "json",
        "json",
        python_repr=op.body(_repr, completed),
        python_repr_created=op.body(_repr, created),
        cut=op.body(lambda body: body[: len(body) // 2], completed),
        cut_once=op.trace_patch(lambda _, reply: reply.with_body(reply.body[:40]), 2),
        empty=op.body(lambda _: b"", job),
        empty_error=op.body(lambda _: b"", refused),
        html_error=op.body(lambda _: b"<html><body>Not Found</body></html>", with_status(404)),
        text_error=op.body(lambda _: b"Unauthorized", with_status(401)),
        nan=op.body(_nan, completed),
        mark_before=op.body(lambda body: b"\xef\xbb\xbf" + body, job),
        utf_16=op.body(lambda body: body.decode().encode("utf-16"), job),
        latin_1=op.body(lambda body: body.decode().encode("latin-1", "replace") + b"\xe9", completed),
        list=op.body(lambda body: b"[" + body + b"]", job),
        encoded_twice=op.body(lambda body: json.dumps(body.decode()).encode(), completed),
        null=op.body(lambda _: b"null", created),
        tail=op.body(lambda body: body + b"<!-- 9 ms -->", job),
        comma=op.body(lambda body: body[:-1] + b",}", created),
    ),
    *group(
        "json",
        "json-names",
        name_twice=op.body(_twice, completed),
        name_twice_created=op.body(_twice, created),
    ),
)

ERRORS = (
    *group(
        "error",
        "error-not-success",
        success_true=op.json_patch("/success", True, refused),
        success_true_401=op.json_patch("/success", True, with_status(401)),
        success_word=op.json_patch("/success", "true", with_status(404)),
        with_data=op.json_patch("/data", {"jobId": None}, with_status(400)),
    ),
    *group(
        "error",
        "error-document",
        Severity.WARNING,
        no_code=op.removed("/error/code", refused),
        code_empty=op.json_patch("/error/code", "", with_status(401)),
        code_number=op.json_patch("/error/code", 401, with_status(401)),
        no_message=op.removed("/error/message", refused),
        message_list=op.json_patch("/error/message", ["bad"], with_status(400)),
        no_success=op.body(lambda body: body.replace(b'"success"', b'"ok"'), refused),
        error_text=op.json_patch("/error", "INVALID_API_KEY", with_status(401)),
    ),
    *group(
        "error",
        "no-innards",
        python=op.json_patch(
            "/error/message",
            'Traceback (most recent call last):\n  File "app.py", line 3, in view',
            with_status(400),
        ),
        node=op.json_patch(
            "/error/message",
            "TypeError: x is undefined\n    at Object.run (/srv/app/routes/job.js:10:5)",
            with_status(404),
        ),
        java=op.json_patch("/error/stack", "at com.example.Job.find(Job.java:42)", with_status(404)),
        php=op.json_patch("/error/trace", "#0 /srv/www/index.php(12): run()", with_status(400)),
        sql=op.json_patch("/error/message", "SQLSTATE[42S02]: Base table not found", with_status(404)),
        orm=op.json_patch("/error/message", "PrismaClientKnownRequestError: P2025", with_status(404)),
    ),
)

WIRE: tuple[Mutant, ...] = (*STATUS, *HEADERS, *FRAMING, *ERRORS)
