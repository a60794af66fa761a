"""Servers that do what the contract leaves open, each in another way. None of them may be called wrong."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass

from miragic_mock.domain.settings import Settings

from tests.broken_servers import operators as op
from tests.broken_servers.operators import (
    Make,
    changed,
    created,
    ended,
    failed,
    job,
    pending,
    refused,
)
from tests.broken_servers.trial import SECOND_KEY, unchanged
from tests.broken_servers.wire import REMOVED, Incoming, Reply, refusal


@dataclass(frozen=True)
class Variant:
    """A sound server: switches of the mock, and what is changed in what it says.

    `warnings` names rules that may warn: of what was only seen, another shape is worth a word.
    """

    id: str
    make: Make = lambda: unchanged
    settings: Settings = Settings()  # noqa: RUF009  # a frozen value
    warnings: frozenset[str] = frozenset()


def _bare(incoming: Incoming, reply: Reply) -> Reply:
    """Only what is required of any job."""
    data = {name: reply.value(f"/data/{name}") for name in ("id", "status")}
    return reply.with_document({"success": True, "data": data})


def _all_null(incoming: Incoming, reply: Reply) -> Reply:
    data = {name: value if name in ("id", "status") else None for name, value in reply.value("/data").items()}
    return reply.with_document({"success": True, "data": data})


def _unix(incoming: Incoming, reply: Reply) -> Reply:
    for pointer in ("/data/createdAt", "/data/updatedAt"):
        moment = datetime.datetime.fromisoformat(reply.value(pointer))
        reply = reply.with_value(pointer, moment.timestamp())
    return reply


def _with_offset(incoming: Incoming, reply: Reply) -> Reply:
    zone = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
    for pointer in ("/data/createdAt", "/data/updatedAt"):
        moment = datetime.datetime.fromisoformat(reply.value(pointer))
        reply = reply.with_value(pointer, moment.astimezone(zone).isoformat(timespec="seconds"))
    return reply


def _opaque_ids() -> op.Wrap:
    """Ids that are no UUIDs: the real ones, backwards and without dashes."""

    def serve(ask: op.Serve, incoming: Incoming) -> Reply:
        if incoming.job_id is not None and incoming.job_id.startswith("j_"):
            real = _restored(incoming.job_id)
            path = incoming.environ["PATH_INFO"].replace(incoming.job_id, real)
            incoming = Incoming({**incoming.environ, "PATH_INFO": path}, incoming.body)
        reply = ask(incoming)
        for pointer in ("/data/jobId", "/data/id"):
            if isinstance(reply.value(pointer), str):
                reply = reply.with_value(pointer, "j_" + reply.value(pointer).replace("-", "")[::-1])
        return reply

    return lambda application: op.between(application, serve)


def _restored(job_id: str) -> str:
    digits = job_id.removeprefix("j_")[::-1]
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _refuse_noise(incoming: Incoming) -> bool:
    return incoming.is_submit and incoming.holds('filename="not-audio')


def _sign_link_anew(look: int, reply: Reply) -> Reply:
    link = f"https://cdn.example.org/upload.mp3?signature={look}"
    return reply.with_value("/data/audioUrl", link).with_value(
        "/data/download_signed_url", f"https://cdn.example.org/{look}/text"
    )


def _once(reply: Reply) -> op.Change:
    return lambda _asked, _called: reply


BUSY = refusal(429, "TOO_MANY_REQUESTS", "Slow down.").with_header("Retry-After", "3")
AWAY = refusal(503, "SERVICE_UNAVAILABLE", "Back soon.").with_header("Retry-After", "2")

VARIANTS: tuple[Variant, ...] = (
    Variant("as-it-is"),
    Variant("create-200", settings=Settings(create_status=200)),
    Variant("create-202", settings=Settings(create_status=202)),
    Variant("times-unix", settings=Settings(times="unix")),
    Variant("times-unix-fractions", changed(_unix, job)),
    Variant("times-with-offset-in-whole-seconds", changed(_with_offset, job)),
    Variant("no-progress", settings=Settings(progress=False)),
    Variant("download-link", settings=Settings(download_signed_url=True)),
    Variant("errors-flat", settings=Settings(errors="flat"), warnings=frozenset({"error-document"})),
    Variant("credits-back-when-failed", settings=Settings(refund_failed=True)),
    Variant("strict-mock", settings=Settings(strict=True)),
    Variant("cors", settings=Settings(cors=True)),
    Variant("pending-bare", changed(_bare, pending)),
    Variant("pending-all-null", changed(_all_null, pending)),
    Variant("failed-bare-but-for-its-reason", op.removed("/data/audioUrl", failed)),
    Variant("failed-all-charged-nothing", op.json_patch("/data/creditsUsed", 0, failed)),
    Variant("progress-null", op.json_patch("/data/progress", None, job)),
    Variant(
        "progress-fractions",
        op.json_patch("/data/progress", lambda old: old - 0.5 if old < 100 else 100.0, pending),
    ),
    Variant("processing-in-between", op.json_patch("/data/status", "PROCESSING", pending)),
    Variant("processing-after-a-while", op.trace_patch({"/data/status": "PROCESSING"}, -1, when=pending)),
    Variant(
        "more-states", op.each_look(lambda k, t: t.with_value("/data/status", f"STAGE_{k}"), when=pending)
    ),
    Variant("more-fields", op.json_patch("/data/language", "en", job)),
    Variant("more-fields-around", op.json_patch("/requestId", "r-1", op.always)),
    Variant("message-on-polls", op.json_patch("/message", "Job found", job)),
    Variant("opaque-ids", _opaque_ids),
    Variant("link-null", op.json_patch("/data/audioUrl", None, job)),
    Variant("links-signed-anew", op.each_look(_sign_link_anew)),
    Variant("metadata-null", op.json_patch("/data/metadata", None, ended)),
    Variant("price-three", op.cost(3)),
    Variant("price-fraction", op.cost(0.5)),
    Variant("refusal-text", op.planned("done-after=12s; text=I am unable to transcribe that.")),
    Variant("forbidden-for-unauthorised", changed(lambda a, t: t.with_status(403), op.with_status(401))),
    Variant("unprocessable-for-bad", changed(lambda a, t: t.with_status(422), op.with_status(400))),
    Variant("bad-request-for-malformed-id", op.refusing(lambda a: len(a.job_id or "") == 26, 400)),
    Variant("bad-request-for-unknown-ids", changed(lambda a, t: t.with_status(400), op.with_status(404))),
    Variant("forbidden-for-others", op.refusing(lambda a: a.job_id is not None and a.key == SECOND_KEY, 403)),
    Variant("not-found-for-wrong-method", op.refusing(lambda a: a.method == "PUT", 404)),
    Variant("noise-refused", op.refusing(_refuse_noise, 422)),
    Variant("noise-refused-415", op.refusing(_refuse_noise, 415)),
    Variant(
        "question-needed",
        op.refusing(lambda a: a.is_submit and a.part("question") is None and a.file_name == "audio", 400),
    ),
    Variant("too-many-once", op.trace_patch(_once(BUSY), 2)),
    Variant(
        "too-many-by-date",
        op.trace_patch(_once(BUSY.with_header("Retry-After", "Thu, 01 Jan 2026 11:00:20 GMT")), 1),
    ),
    Variant("too-many-without-a-hint", op.trace_patch(_once(BUSY.with_header("Retry-After", REMOVED)), 3)),
    Variant(
        "too-many-on-submit-once", op.once(BUSY, lambda a: a.is_submit and a.part("question") is not None)
    ),
    Variant("unavailable-once", op.trace_patch(_once(AWAY), 1)),
    Variant("unavailable-at-the-end", op.trace_patch(_once(AWAY), 2, when=ended)),
    Variant(
        "gateway-page-once",
        op.trace_patch(_once(Reply(502, (("Content-Type", "text/html"),), b"<html>Bad gateway</html>")), 2),
    ),
    Variant("media-type-spelt-oddly", op.header("Content-Type", 'Application/JSON; Charset="UTF-8"')),
    Variant("problem-json", op.header("Content-Type", "application/problem+json", refused)),
    Variant("more-headers", op.header("X-RateLimit-Remaining", "59")),
    Variant("other-error-codes", op.json_patch("/error/code", "E1001", refused)),
    Variant("pretty-json", op.body(lambda body: json.dumps(json.loads(body), indent=2).encode(), job)),
    Variant("done-at-once", op.planned("done-after=0s")),
    Variant("all-fail", op.planned("done-after=12s; outcome=failed")),
    Variant(
        "id-in-the-refusal",
        changed(lambda a, t: t.with_value("/error/message", f"No job {a.job_id}"), op.with_status(404)),
    ),
    Variant("created-with-more", op.json_patch("/data/createdAt", "2026-01-01T11:00:00.000Z", created)),
)
