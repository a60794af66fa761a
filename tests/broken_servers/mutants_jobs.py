"""Faults in the life of a job: order, ends, identity, time. No single answer shows them."""

from __future__ import annotations

from typing import Any

from miragic_contracts.rules import Severity

from tests.broken_servers import operators as op
from tests.broken_servers.mutant import Mutant, group
from tests.broken_servers.operators import (
    clock,
    completed,
    ended,
    failed,
    identity,
    job,
    pending,
    trace_patch,
)
from tests.broken_servers.wire import REMOVED, Reply, refusal

PENDING = {
    "/data/status": "PENDING",
    "/data/transcription": None,
    "/data/errorMessage": None,
    "/data/progress": 99,
}
FAILED = {
    "/data/status": "FAILED",
    "/data/transcription": None,
    "/data/errorMessage": "It broke.",
    "/data/progress": REMOVED,
}
COMPLETED = {
    "/data/status": "COMPLETED",
    "/data/transcription": "Good morning.",
    "/data/errorMessage": None,
    "/data/progress": 100,
    "/data/metadata": None,
}
NOT_FOUND = refusal(404, "NOT_FOUND", "There is no such job.")
CREATED_AT, UPDATED_AT = "/data/createdAt", "/data/updatedAt"


def status(word: str) -> dict[str, Any]:
    return {"/data/status": word}


def _swinging(look: int, reply: Reply) -> Reply:
    return reply.with_value("/data/progress", 80 if look % 2 else 20) if reply.state == "PENDING" else reply


def _falling(look: int, reply: Reply) -> Reply:
    return reply.with_value("/data/progress", 90 - look) if reply.state == "PENDING" else reply


STATES = (
    *group(
        "state",
        "legal-moves",
        completed_then_pending=trace_patch(PENDING, 2, when=completed),
        completed_then_pending_late=trace_patch(PENDING, 3, when=completed),
        completed_then_pending_at_last=trace_patch(PENDING, 4, when=completed),
        completed_then_failed=trace_patch(FAILED, 2, when=completed),
        failed_then_pending=trace_patch(PENDING, 2, when=failed),
        failed_then_completed=trace_patch(COMPLETED, -1, when=failed),
        completed_then_archived=trace_patch(status("ARCHIVED"), 3, when=completed),
        completed_for_a_moment=trace_patch(COMPLETED, 1, when=pending),
        failed_for_a_moment=trace_patch(FAILED, 2, when=pending),
        stale_copy_after_the_end=op.frozen_look(8, until=8),
        lower_case_after_the_end=trace_patch(status("completed"), -1, when=completed),
    ),
    *group(
        "state",
        "never-back",
        processing_then_pending=trace_patch(status("PROCESSING"), 2, when=pending),
        queued_in_between=trace_patch(status("RETRYING"), 1, when=pending),
    ),
    *group(
        "state",
        "job-ends",
        pending_for_ever=op.each_look(lambda _, reply: op.patched(reply, PENDING), when=ended),
        processing_for_ever=op.each_look(
            lambda _, reply: reply.with_value("/data/status", "PROCESSING"), when=ended
        ),
        lower_case=op.json_patch("/data/status", str.lower, job),
        other_word=op.json_patch("/data/status", lambda _: "DONE", ended),
        frozen_at_first_look=op.frozen_look(1),
    ),
    *group(
        "progress",
        "progress-order",
        falls_once=trace_patch({"/data/progress": 0}, 4, when=pending),
        falls_at_the_second_look=op.each_look(
            lambda look, reply: reply.with_value("/data/progress", 60 if look == 1 else 5), when=pending
        ),
        swings=op.each_look(_swinging),
        falls_all_the_way=op.each_look(_falling),
        falls_by_a_hair=op.each_look(
            lambda look, reply: reply.with_value("/data/progress", 50.5 if look == 1 else 50.4), when=pending
        ),
    ),
    *group(
        "readable",
        "readable",
        not_at_once=trace_patch(lambda *_: NOT_FOUND, 1),
        not_in_the_middle=trace_patch(lambda *_: NOT_FOUND, 3),
        gone_when_done=op.changed(lambda *_: NOT_FOUND, completed),
        gone_after_one_look=trace_patch(lambda *_: NOT_FOUND, -1, when=completed),
        gone_at_last=trace_patch(lambda *_: refusal(410, "GONE"), 4, when=completed),
        forbidden_to_its_owner=trace_patch(lambda *_: refusal(403), 2),
        key_forgotten=trace_patch(lambda *_: refusal(401), 3),
        failed_is_400=op.changed(lambda *_: refusal(400), failed),
    ),
)

END_STAYS = group(
    "end",
    "end-stays",
    text_changes=trace_patch({"/data/transcription": "Another text."}, -1, when=completed),
    text_changes_at_last=trace_patch({"/data/transcription": "Another text."}, 4, when=completed),
    text_grows=op.each_look(
        lambda look, reply: reply.with_value(
            "/data/transcription", reply.value("/data/transcription") + "." * look
        ),
        when=completed,
    ),
    text_trimmed=trace_patch({"/data/transcription": "Good"}, 2, when=completed),
    reason_changes=trace_patch({"/data/errorMessage": "For another reason."}, -1, when=failed),
    credits_change=trace_patch({"/data/creditsUsed": 4}, -1, when=completed),
    updated_each_time=op.each_look(
        lambda look, reply: reply.with_value(UPDATED_AT, f"2026-01-01T12:00:{look:02}.000Z"), when=completed
    ),
    metadata_vanishes=trace_patch({"/data/metadata": None}, 3, when=completed),
    work_time_changes=op.each_look(
        lambda look, reply: reply.with_value("/data/metadata/processingTimeMs", 9000 + look), when=completed
    ),
    format_changes=trace_patch({"/data/audioFormat": "wav"}, -1, when=completed),
    upload_moves=trace_patch({"/data/audioUrl": "https://cdn.example.org/other.mp3"}, -1, when=completed),
    field_appears=trace_patch({"/data/language": "en"}, -1, when=completed),
    progress_vanishes=trace_patch({"/data/progress": REMOVED}, -1, when=completed),
    message_appears=trace_patch({"/message": "Job found"}, 2, when=completed),
)


IDENTITY = (
    *group(
        "identity",
        "id-echo",
        other_id=op.json_patch("/data/id", "5d1f3c7a-90be-4c1b-8f4e-2a6d0b7c9e13", job),
        upper_case=op.json_patch("/data/id", str.upper, job),
        prefixed=op.json_patch("/data/id", "job_{}".format, job),
        blank_added=op.json_patch("/data/id", lambda text: text + " ", job),
        other_id_once=trace_patch({"/data/id": "5d1f3c7a-90be-4c1b-8f4e-2a6d0b7c9e13"}, 2),
        other_id_when_done=op.json_patch("/data/id", "5d1f3c7a-90be-4c1b-8f4e-2a6d0b7c9e13", completed),
        without_dashes=op.json_patch("/data/id", lambda text: text.replace("-", ""), job),
    ),
    *group("identity", "ids-unique", same_id_for_all=op.same_job_for_all()),
    *group(
        "identity",
        "owner-one",
        owner_a_job=identity("/data/userId", lambda number, _: f"user-{number}", job),
        owner_of_the_second=identity("/data/userId", lambda n, old: "somebody" if n == 2 else old, job),
        owner_of_failed=op.json_patch(
            "/data/userId", "somebody", lambda a, t: "not-audio" in str(t.value("/data/audioFileName"))
        ),
    ),
    *group(
        "identity",
        "owner-stays",
        owner_changes_at_the_end=op.json_patch("/data/userId", "somebody-else", pending),
        owner_changes_once=trace_patch({"/data/userId": "somebody-else"}, 2),
    ),
    *group(
        "identity",
        "birth-stays",
        born_again=clock(-1, CREATED_AT, when=pending),
        born_again_each_time=op.each_look(
            lambda look, reply: reply.with_value(CREATED_AT, f"2026-01-01T10:59:{look:02}.000Z"), when=pending
        ),
    ),
)

TIMES = (
    *group(
        "time",
        "times-in-order",
        updated_before_created=clock(-60, UPDATED_AT),
        created_after_updated=clock(100, CREATED_AT),
    ),
    *group(
        "time",
        "update-order",
        goes_back_once=op.each_look(
            lambda look, reply: reply.with_value(UPDATED_AT, reply.value(CREATED_AT)) if look == 4 else reply,
            when=pending,
        ),
        goes_back_at_the_end=op.changed(
            lambda _, reply: reply.with_value(UPDATED_AT, reply.value(CREATED_AT)), completed
        ),
    ),
    *group(
        "time",
        "times-one-type",
        created_number=op.json_patch(CREATED_AT, 1767265200, job),
        updated_number=op.json_patch(UPDATED_AT, 1767265230, ended),
    ),
    *group(
        "time",
        "times-plausible",
        an_hour_off=clock(3600, CREATED_AT, UPDATED_AT),
        half_an_hour_off=clock(-1800, CREATED_AT, UPDATED_AT),
        a_day_off=clock(-86400, CREATED_AT, UPDATED_AT),
        milliseconds=op.changed(
            lambda _, reply: op.patched(reply, {CREATED_AT: 1767265200000, UPDATED_AT: 1767265200000}), job
        ),
        zero=op.changed(lambda _, reply: op.patched(reply, {CREATED_AT: 0, UPDATED_AT: 0}), job),
    ),
)

NEWS = group(
    "money",
    "cost-known",
    Severity.INFORMATION,
    three=op.cost(3),
    nothing=op.cost(0),
)

MONEY = group(
    "money",
    "cost-plausible",
    Severity.WARNING,
    two_thousand=op.cost(2000),
    in_cents_of_cents=op.cost(20_000.5),
)

JOBS: tuple[Mutant, ...] = (*STATES, *END_STAYS, *IDENTITY, *TIMES, *MONEY, *NEWS)
