"""Which test proves which promise: the features that users of such clients ask for, and the tests that fail
when one is removed. A promise without a test, or a test that is gone, fails here.
"""

from __future__ import annotations

import ast
import importlib.metadata
import importlib.util
import json
import tomllib
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
VECTORS = Path(__file__).parents[2] / "contracts" / "miragic_contracts" / "vectors"

# A test is `module::name`; a vector, run on both clients, is `vector file/id`.
MATRIX = {
    "sync and real async": [
        "test_vectors::test_the_client_passes",
        "test_vectors::test_the_asynchronous_client_passes",
        "test_async_client::test_a_transcription_takes_one_connection",
    ],
    "typed models, py.typed": ["test_matrix::test_the_package_says_that_it_is_typed"],
    "unknown fields kept": [
        "vector documents/extra-fields",
        "test_job::test_raw_and_extra_keep_what_is_not_known",
    ],
    "unknown status survives": [
        "vector polling/unknown-status",
        "test_waiting::test_an_unknown_status_is_waited_through_with_one_warning",
    ],
    "typed errors: status, body, request id, job id, retryable, attempts": [
        "test_errors::test_every_error_has_every_attribute",
        "test_regressions::test_09_answers_that_are_none_are_typed_and_quoted",
        "test_regressions::test_11_errors_pickle_and_copy",
        "vector paying/id-known-when-waiting-fails",
    ],
    "402 has a class of its own": ["vector reading/stays-402", "vector paying/not-repeated-402"],
    "errors picklable": ["test_errors::test_an_error_arrives_as_it_left"],
    "a failed job raises, with the job": [
        "vector polling/failed-with-reason",
        "test_waiting::test_a_failed_job_is_raised_with_its_reason_and_its_document",
    ],
    "retry policy by bytes handed to the socket": [
        "vector paying/reset-before-the-last-byte",
        "vector paying/reset-after-the-last-byte",
        "test_multipart::test_the_closing_boundary_is_handed_over_alone",
        "test_transport::test_an_upload_broken_halfway_is_repeated_whole",
    ],
    "submission outcome unknown": [
        "vector paying/answer-lost",
        "test_transport::test_an_upload_lost_after_its_end_is_not_repeated",
    ],
    "Retry-After in seconds and as a date": [
        "vector reading/retry-after-seconds",
        "vector reading/retry-after-date",
        "test_answers::test_retry_after_is_read_as_seconds_or_as_a_date",
    ],
    "Retry-After ceiling raises": ["vector reading/retry-after-over-ceiling"],
    "jitter in retries": ["test_matrix::test_retries_are_jittered"],
    "exponential and jittered polling": [
        "vector polling/schedule",
        "test_waiting::test_a_pause_varies_by_a_fifth_in_both_directions",
    ],
    "server poll hint": ["vector polling/poll-hint"],
    "polling tolerates transient errors, bounded": [
        "vector reading/502-then-completed",
        "vector reading/attempts-are-counted",
    ],
    "overall deadline, finite by default": [
        "vector deadline/last-look",
        "test_matrix::test_the_default_deadline_is_finite",
    ],
    "deadline covers upload and polling": ["vector deadline/deadline-covers-upload"],
    "request timeouts clipped to what remains": [
        "test_regressions::test_a_request_never_gets_more_time_than_is_left"
    ],
    "a result that arrives at the deadline is kept": ["vector deadline/result-at-the-bell"],
    "timeout error carries id, last state, history": [
        "test_waiting::test_the_wait_ends_by_its_deadline_with_a_last_look_and_a_receipt",
        "vector deadline/failures-count-too",
    ],
    "resume from an id in a new process": ["test_command_line::test_waiting_prints_the_text"],
    "cancel a wait; Ctrl-C keeps the id": [
        "test_regressions::test_a_stop_signal_ends_a_wait_and_keeps_the_id",
        "test_regressions::test_10_ctrl_c_during_a_pause_keeps_the_id",
        "test_async_client::test_cancelling_a_task_cancels_the_wait_and_leaves_the_id",
    ],
    "status iterator": [
        "test_regressions::test_the_statuses_of_a_job_can_be_iterated",
        "test_async_client::test_every_status_is_seen",
    ],
    "progress of upload and of job, as phases": [
        "test_transport::test_uploads_go_out_in_blocks_of_one_mebibyte",
        "test_waiting::test_every_look_is_reported",
        "test_command_line::test_a_bar_waits_where_there_is_no_figure",
    ],
    "constant-memory upload": [
        "test_multipart::test_an_iteration_gives_blocks_of_one_mebibyte",
        "test_matrix::test_an_upload_is_never_held_in_memory",
    ],
    "rewind or refuse on retry": [
        "test_multipart::test_a_rewound_body_is_the_same_body",
        "vector paying/stream-that-cannot-be-rewound",
        "test_regressions::test_06_a_stream_that_is_used_up_is_not_sent_empty",
    ],
    "path, bytes, file-like, tuple; format by its first bytes": [
        "test_audio::test_audio_comes_in_many_forms",
        "test_audio::test_a_format_is_known_by_its_first_bytes",
        "test_audio::test_what_cannot_be_transcribed_is_refused_with_its_reason",
    ],
    "custom session, base URL, environment": [
        "test_transport::test_a_foreign_session_is_used_and_not_closed",
        "test_secrets::test_the_base_url_is_found",
        "test_secrets::test_the_key_comes_from_the_environment",
    ],
    "context manager, pooled, foreign session not closed": [
        "test_transport::test_a_transcription_takes_one_connection",
        "test_transport::test_a_client_of_its_own_closes_its_connections",
        "test_regressions::test_19_a_foreign_session_is_not_closed",
    ],
    "thread-safety": ["test_transport::test_one_client_serves_many_threads"],
    "key redaction": [
        "test_secrets::test_the_key_is_in_nothing_that_an_error_shows",
        "test_secrets::test_the_key_is_in_no_frame_of_a_refused_connection",
        "test_secrets::test_what_looks_like_a_key_is_masked",
    ],
    "key never follows redirects": [
        "test_transport::test_the_key_does_not_follow_a_redirect",
        "test_async_client::test_the_key_does_not_follow_a_redirect",
    ],
    "raw response access": ["test_matrix::test_the_answer_around_a_document_is_kept"],
    "injectable clock, sleep, random": ["test_waiting::test_a_wait_of_thirty_minutes_is_scheduled_exactly"],
    "command line: JSON, exit codes, resume hint": [
        "test_command_line::test_json_is_one_document",
        "test_command_line::test_the_exit_code_says_how_it_ended",
        "test_command_line::test_ctrl_c_exits_with_130_and_the_command_that_goes_on",
    ],
    "dependencies: requests only": ["test_matrix::test_the_base_install_needs_requests_only"],
    "batch: order, isolation, journal": [
        "test_batch::test_outcomes_come_in_the_order_of_the_recordings",
        "test_batch::test_finished_jobs_are_asked_for_and_not_paid_again",
        "test_batch::test_a_crash_during_the_upload_is_an_unknown_outcome",
    ],
    "refusals recognised": ["test_job::test_a_refusal_is_recognised"],
}


def names_in(module: str) -> set[str]:
    tree = ast.parse((FOLDER / f"{module}.py").read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("feature", MATRIX)
def test_every_feature_has_tests_that_exist(feature):
    """The table names tests and vectors; each is there."""
    assert MATRIX[feature]
    for name in MATRIX[feature]:
        if name.startswith("vector "):
            file, vector = name.removeprefix("vector ").split("/")
            vectors = json.loads((VECTORS / f"{file}.json").read_text("utf-8"))["vectors"]
            assert vector in {each["id"] for each in vectors}, name
        else:
            module, test = name.split("::")
            assert test in names_in(module), name


def test_every_number_of_the_regression_list_has_a_test():
    """One to nineteen."""
    numbers = {int(name[5:7]) for name in names_in("test_regressions") if name[5:7].isdigit()}
    assert numbers == set(range(1, 20))


def test_the_package_says_that_it_is_typed():
    """Type checkers of our users read our annotations."""
    spec = importlib.util.find_spec("miragic_stt")
    assert (Path(spec.origin).parent / "py.typed").is_file()


@pytest.mark.parametrize(("chance", "pause"), [(0.0, 0.375), (0.5, 0.5), (1 - 1e-9, 0.625)])
def test_retries_are_jittered(stage, chance, pause):
    """A quarter in both directions, so that clients that failed together do not come back together."""
    stage.client(stage.refused(503), stage.completed(), random=lambda: chance).wait("job-1")
    assert stage.slept == [pytest.approx(pause, abs=1e-6)]


def test_the_default_deadline_is_finite(stage):
    """A job that never ends is given up after 900 seconds; None has to be said."""
    from miragic_stt import WaitTimeoutError

    client = stage.client(*[stage.pending()] * 200)
    with pytest.raises(WaitTimeoutError):
        client.wait("job-1")
    assert 895 < stage.world.elapsed <= 900


def test_the_answer_around_a_document_is_kept(stage):
    """Status, headers and the server's name for the exchange, beside the raw document."""
    headers = {"X-Request-Id": "r-1", "X-Credits-Left": "7"}
    job = stage.client(stage.pending(headers=headers)).get("job-1")
    assert (job.http.status_code, job.http.request_id, job.http.headers["x-credits-left"]) == (
        200,
        "r-1",
        "7",
    )
    assert job.raw == {"id": "job-1", "status": "PENDING"}


def test_an_upload_is_never_held_in_memory(tmp_path):
    """Reading a file of 64 MiB to its end allocates less than 4 MiB at its peak."""
    import tracemalloc
    from contextlib import closing

    from miragic_stt._audio import open_audio
    from miragic_stt._multipart import MultipartBody

    path = tmp_path / "long.wav"
    with path.open("wb") as file:
        file.write(b"RIFF\x24\x08\x00\x00WAVE")
        file.truncate(64 << 20)
    tracemalloc.start()
    try:
        with closing(open_audio(path)) as audio:
            for _ in MultipartBody(audio, {"question": "?"}):
                pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 << 20


def test_the_base_install_needs_requests_only():
    """Everything else is an extra; urllib3 is what requests itself is made of."""
    project = tomllib.loads((FOLDER.parents[1] / "pyproject.toml").read_text("utf-8"))["project"]
    needed = {requirement.split(">")[0] for requirement in project["dependencies"]}
    brought = {requirement.split("<")[0] for requirement in importlib.metadata.requires("requests") or []}
    assert needed - brought == {"requests"}
