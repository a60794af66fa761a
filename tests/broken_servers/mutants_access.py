"""Faults of access, of what is taken and refused, and of what is echoed."""

from __future__ import annotations

import base64
import html
import unicodedata

from miragic_contracts.rules import Severity

from tests.broken_servers import further_field
from tests.broken_servers import operators as op
from tests.broken_servers.mutant import Mutant, group
from tests.broken_servers.operators import completed, created, cross_key, job, json_patch, refused, refusing
from tests.broken_servers.trial import KEY, SECOND_KEY
from tests.broken_servers.wire import Asked, Told, answer, refusal

UNAUTHORIZED = refusal(401, "INVALID_API_KEY", "Invalid or expired API key")


def is_look(asked: Asked) -> bool:
    return asked.job_id is not None


def is_truncated(asked: Asked) -> bool:
    return asked.key == KEY[:-1]


def is_wrong(asked: Asked) -> bool:
    return asked.key not in (None, "", KEY, SECOND_KEY, KEY[:-1])


def is_spelt_otherwise(asked: Asked) -> bool:
    names = asked.environ["miragic.header_names"]
    return "X-API-Key" not in names and any(name.lower() == "x-api-key" for name in names)


def _leaking(pointer: str) -> op.Change:
    def change(asked: Asked, told: Told) -> Told:
        return refusal(404, "NOT_FOUND", f"Not yours: {told.value(pointer)}")

    return change


def _by_second(asked: Asked) -> bool:
    return is_look(asked) and asked.key == SECOND_KEY


def _key_in(text: str) -> op.Make:
    return json_patch("/error/message", f"Unknown key: {text}", op.with_status(401))


def _echo_sent_key(asked: Asked, told: Told) -> Told:
    return told.with_value("/error/message", f"Request by {asked.key} was refused")


ACCESS = (
    *group(
        "key",
        "key-required",
        missing_on_submit=cross_key(lambda a: a.is_submit and a.key is None),
        missing_on_look=cross_key(lambda a: is_look(a) and a.key is None),
        empty_on_submit=cross_key(lambda a: a.is_submit and a.key == ""),
        empty_on_look=cross_key(lambda a: is_look(a) and a.key == ""),
        missing_is_404=refusing(lambda a: a.key is None, 404),
        missing_is_400=refusing(lambda a: a.key is None, 400),
        empty_is_422=refusing(lambda a: a.key == "", 422),
        missing_redirects=refusing(
            lambda a: a.key is None, answer({"success": False, "error": {"code": "X", "message": "x"}}, 302)
        ),
    ),
    *group(
        "key",
        "key-checked",
        wrong_on_submit=cross_key(lambda a: a.is_submit and is_wrong(a)),
        wrong_on_look=cross_key(lambda a: is_look(a) and is_wrong(a)),
        truncated_on_submit=cross_key(lambda a: a.is_submit and is_truncated(a)),
        truncated_on_look=cross_key(lambda a: is_look(a) and is_truncated(a)),
        wrong_is_404=refusing(is_wrong, 404),
        truncated_is_400=refusing(is_truncated, 400),
    ),
    *group(
        "key",
        "key-header-case",
        case_on_look=refusing(lambda a: is_look(a) and is_spelt_otherwise(a), UNAUTHORIZED),
        case_on_submit_too=refusing(is_spelt_otherwise, UNAUTHORIZED),
        case_on_look_forbidden=refusing(lambda a: is_look(a) and is_spelt_otherwise(a), 403),
    ),
    *group(
        "private",
        "jobs-private",
        second_reads=cross_key(_by_second),
        second_gets_text=cross_key(_by_second, _leaking("/data/transcription")),
        second_gets_owner=cross_key(_by_second, _leaking("/data/userId")),
        second_gets_link=cross_key(_by_second, _leaking("/data/audioUrl")),
        second_gets_question=cross_key(_by_second, _leaking("/data/question")),
    ),
    *group(
        "leak",
        "key-kept",
        plain=op.changed(_echo_sent_key, lambda a, t: t.status == 404 and a.key == KEY),
        base64=json_patch(
            "/error/id", base64.b64encode(f"user:{KEY}".encode()).decode(), op.with_status(404)
        ),
        in_header=op.header("X-Request-Key", KEY, job),
        in_job=json_patch("/data/metadata", {"requestedBy": KEY}, completed),
        in_message=json_patch("/message", f"Created for {KEY}", created),
        truncated_comes_back=_key_in(KEY[:-1]),
        second_comes_back=json_patch("/error/hint", SECOND_KEY, refused),
    ),
)


def no_file(asked: Asked) -> bool:
    return asked.is_submit and asked.key == KEY and asked.file_name is None


def no_format(asked: Asked) -> bool:
    return (
        asked.is_submit and asked.key == KEY and asked.part("audio_format") is None and asked.method == "POST"
    )


def wrong_format(asked: Asked) -> bool:
    return asked.key == KEY and asked.part("audio_format") == "tiff"


def is_good(asked: Asked) -> bool:
    return (
        asked.is_submit
        and asked.key == KEY
        and not (no_file(asked) or no_format(asked) or wrong_format(asked))
    )


def is_unknown(asked: Asked) -> bool:
    return is_look(asked) and len(asked.job_id or "") == 36


REQUESTS = (
    *group(
        "takes",
        "takes-recordings",
        mp3_refused=refusing(lambda a: is_good(a) and a.part("audio_format") == "mp3", 415),
        wav_refused=refusing(
            lambda a: is_good(a) and a.part("audio_format") == "wav" and a.part("question") is not None, 415
        ),
        odd_names_refused=refusing(lambda a: is_good(a) and not (a.file_name or "").isascii(), 400),
        long_names_refused=refusing(lambda a: is_good(a) and len(a.file_name or "") > 100, 400),
        blanks_in_names_refused=refusing(lambda a: is_good(a) and " " in (a.file_name or ""), 422),
        one_megabyte_at_most=refusing(lambda a: is_good(a) and len(a.body) > 1 << 20, 413),
        long_questions_refused=refusing(lambda a: is_good(a) and len(a.part("question") or "") > 500, 400),
        found_nowhere=refusing(is_good, 404),
        redirected=refusing(is_good, answer({}, 307)),
    ),
    *group(
        "refuses",
        "refuses-bad-forms",
        no_file=op.request_acceptance(no_file),
        no_format=op.request_acceptance(no_format),
        wrong_format=op.request_acceptance(wrong_format),
        no_file_200=refusing(
            no_file, answer({"success": False, "error": {"code": "X", "message": "no file"}})
        ),
        no_format_302=refusing(no_format, answer({}, 302)),
    ),
    *group(
        "job-id",
        "no-such-job",
        unknown_is_shown=op.showing_last_job(lambda a: is_unknown(a) and not a.environ.get("seen")),
        malformed_is_shown=op.showing_last_job(lambda a: len(a.job_id or "") == 26),
        suffix_ignored=op.showing_last_job(lambda a: (a.job_id or "").endswith("x")),
        unknown_is_200=op.changed(
            lambda a, t: answer({"success": False, "error": {"code": "NOT_FOUND", "message": "none"}}),
            lambda a, t: is_look(a) and t.status == 404 and a.key == KEY,
        ),
        unknown_is_null=op.changed(
            lambda a, t: answer({"success": True, "data": None}),
            lambda a, t: is_look(a) and t.status == 404 and a.key == KEY,
        ),
        unknown_redirects=op.changed(
            lambda a, t: answer({}, 303), lambda a, t: is_look(a) and t.status == 404 and a.key == KEY
        ),
    ),
    *group(
        "method",
        "method-refused",
        put_is_ignored=refusing(lambda a: a.method == "PUT", answer({"success": True})),
        put_redirects=refusing(lambda a: a.method == "PUT", answer({}, 301)),
    ),
)


def _latin(text: str) -> str:
    return text.encode().decode("latin-1")


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


QUESTION, NAME, FORMAT = "/data/question", "/data/audioFileName", "/data/audioFormat"

ECHO = (
    *group(
        "echo",
        "question-echo",
        question_ascii=json_patch(QUESTION, _ascii, job),
        question_mojibake=json_patch(QUESTION, _latin, job),
        question_cut=json_patch(QUESTION, lambda text: text[:255], job),
        question_lower=json_patch(QUESTION, str.lower, job),
        question_escaped=json_patch(
            QUESTION, lambda text: html.escape(text) + ("" if html.escape(text) != text else " "), job
        ),
        question_default_always=json_patch(QUESTION, "Transcribe this audio:", job),
        question_default_none=json_patch(
            QUESTION, lambda text: "" if text == "Transcribe this audio:" else text, job
        ),
        question_default_other=json_patch(
            QUESTION, lambda text: text.replace("this audio", "the audio"), job
        ),
        question_trimmed=json_patch(QUESTION, lambda text: text.rstrip(":"), job),
        question_of_the_first=op.of_the_first_job(QUESTION),
    ),
    *group(
        "echo",
        "file-name-echo",
        name_mojibake=json_patch(NAME, _latin, job),
        name_ascii=json_patch(NAME, _ascii, job),
        name_cut=json_patch(NAME, lambda text: text[:64], job),
        name_dashed=json_patch(NAME, lambda text: text.replace(" ", "-"), job),
        name_with_extension=json_patch(NAME, lambda text: text if "." in text else f"{text}.wav", job),
        name_of_the_upload=json_patch(NAME, "1767265200000-48213907.mp3", job),
        name_of_the_first=op.of_the_first_job(NAME),
    ),
    *group(
        "echo",
        "format-echo",
        format_always_mp3=json_patch(FORMAT, "mp3", job),
        format_always_wav=json_patch(FORMAT, "wav", job),
        format_of_the_first=op.of_the_first_job(FORMAT),
    ),
    *group(
        "echo",
        "form-echo",
        contract=further_field.contract_with_language,
        further_field_default_always=further_field.always(further_field.DEFAULT),
        further_field_other_always=further_field.always(further_field.OTHER),
        further_field_other_for_none=further_field.forgetting_the_default,
    ),
    *group(
        "echo",
        "texts-agree",
        Severity.WARNING,
        copy_differs=json_patch("/data/metadata/apiResponse/transcription", "Another text.", completed),
        copy_trimmed=json_patch(
            "/data/metadata/apiResponse/transcription", lambda text: text[:-1], completed
        ),
    ),
)

REQUESTED: tuple[Mutant, ...] = (*ACCESS, *REQUESTS, *ECHO)
