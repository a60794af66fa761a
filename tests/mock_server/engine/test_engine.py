"""The API as a client sees it: submit, poll, and everything that is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from miragic_mock.domain.settings import Settings


def test_a_job_runs_from_submission_to_its_text(api: Any) -> None:
    """A submitted job is PENDING with rising progress and ends with its text."""
    job_id = api.submitted("done-after=10s;text=good morning")
    assert api.job(job_id)["progress"] == 0
    api.time.pass_s(4)
    assert (api.job(job_id)["status"], api.job(job_id)["progress"]) == ("PENDING", 40)
    api.time.pass_s(6)
    done = api.job(job_id)
    assert (done["status"], done["transcription"], done["progress"]) == ("COMPLETED", "good morning", 100)


def test_a_failed_job_gives_its_reason(api: Any) -> None:
    """A job that fails answers 200 with FAILED, the reason and no text."""
    failed = api.job(api.submitted("done-after=0s;error=too loud"))
    assert (failed["status"], failed["errorMessage"], failed["transcription"]) == ("FAILED", "too loud", None)


def test_every_answer_can_be_named(api: Any) -> None:
    """Every answer has an id of its own: which poll of which job it was, else its number in the journal."""
    job_id = api.submitted()
    head = api.client.head(api.poll_path(job_id), headers=api.headers())
    answers = [api.submit(), api.poll(job_id), api.poll(job_id), head, api.poll("x"), api.poll("x")]
    answers += [api.client.get("/nowhere"), api.client.get("/nowhere")]
    ids = [answer.headers["X-Request-Id"] for answer in answers]
    assert len(set(ids)) == len(answers)
    assert ids[:3] == [f"{answers[0].get_json()['data']['jobId']}-0", f"{job_id}-1", f"{job_id}-2"]
    assert [request_id.rpartition("-")[2] for request_id in ids[3:]] == ["2", "6", "7", "1", "2"]


@pytest.mark.parametrize(
    "key", ["", "   ", "k\xe9y", "k\u00c3\u00a9y", "k\u20acy".encode().decode("latin-1"), None]
)
def test_without_a_key_nothing_is_answered(api: Any, key: str | None) -> None:
    """Both operations answer with the 401 that was seen on the wire.

    That holds for no key, an empty key and one with letters beyond ASCII, in Latin-1 as in UTF-8.
    """
    headers = {} if key is None else {"X-API-Key": key}
    for answer in (
        api.client.post(api.spec.submit.path, headers=headers),
        api.client.get(api.poll_path("x"), headers=headers),
    ):
        assert answer.status_code == 401
        assert answer.get_json() == {
            "success": False,
            "error": {"code": "INVALID_API_KEY", "message": "Invalid or expired API key"},
        }
        assert "X-API-Key" in answer.headers["WWW-Authenticate"]


def test_another_keys_job_is_not_there(api: Any) -> None:
    """A job of another key and a job that never was get the same answer."""
    job_id = api.submitted()
    stranger = api.as_("another-key")
    never = "0b9f7c52-6d0e-3a8c1f0d7e21"
    assert stranger.poll(job_id).data == stranger.poll(never).data
    assert stranger.poll(job_id).status_code == 404


def test_a_wrong_method_is_told_the_right_ones(api: Any) -> None:
    """A path with another method answers 405 and names the methods it takes."""
    answer = api.client.get(api.spec.submit.path, headers=api.headers())
    assert (answer.status_code, answer.headers["Allow"]) == (405, "OPTIONS, POST")
    answer = api.client.delete(api.poll_path("x"), headers=api.headers())
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    answer = api.client.options(api.spec.submit.path)
    assert (answer.status_code, answer.headers["Allow"], answer.data) == (204, "OPTIONS, POST", b"")


@pytest.mark.parametrize("path", ["/", "/nowhere", "//", "/api/v1/speech-to-text/generate/", "/%ff", "/a//b"])
def test_an_unknown_path_is_refused_in_json(api: Any, path: str) -> None:
    """Whatever the path, the refusal is the contract's document."""
    answer = api.client.get(path)
    assert answer.status_code == 404
    assert answer.get_json()["error"]["code"] == "NOT_FOUND"


def test_head_looks_without_counting(api: Any) -> None:
    """HEAD answers as GET would, without a body, and is no poll."""
    job_id = api.submitted("done-after=2polls")
    for _ in range(3):
        answer = api.client.head(api.poll_path(job_id), headers=api.headers())
        assert (answer.status_code, answer.data) == (200, b"")
    assert [api.job(job_id)["status"] for _ in range(2)] == ["PENDING", "COMPLETED"]


def test_a_renamed_path_answers_at_its_new_place(
    make_api: Callable[..., Any], edited_spec: Callable[..., Any]
) -> None:
    """With another path in the contract the old one is gone and the new one works."""
    api = make_api(
        spec=edited_spec(
            ("/api/v1/speech-to-text/generate:", "/v2/transcriptions:"),
            ("/api/v1/speech-to-text/jobs/{jobId}:", "/v2/transcriptions/{jobId}/state:"),
        )
    )
    assert api.job(api.submitted("done-after=0s"))["status"] == "COMPLETED"
    assert api.client.post("/api/v1/speech-to-text/generate", headers=api.headers()).status_code == 404
    assert api.client.get("/api/v1/speech-to-text/jobs/x", headers=api.headers()).status_code == 404


@pytest.mark.parametrize("status", [200, 201, 202])
def test_the_status_of_a_submission_can_be_chosen(make_api: Callable[..., Any], status: int) -> None:
    """All three statuses that the contract knows can be had."""
    assert make_api(settings=Settings(create_status=status)).submit().status_code == status


def test_browsers_are_let_in_on_request(make_api: Callable[..., Any], api: Any) -> None:
    """With CORS every answer, the preflight's too, tells a browser that any page may call."""
    open_api = make_api(settings=Settings(cors=True))
    preflight = open_api.client.options(open_api.spec.submit.path)
    assert preflight.status_code == 204
    assert "X-API-Key" in preflight.headers["Access-Control-Allow-Headers"]
    assert open_api.poll("x").headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in api.poll("x").headers


@pytest.mark.parametrize("piece", ["sk_live", "mock_key"])
def test_a_wrong_key_is_not_repeated(api: Any, piece: str) -> None:
    """A key never comes back in an answer, however wrong its plan is."""
    answer = api.as_(f"{piece}[done-aftr=3s]secret").submit()
    assert answer.status_code == 400
    assert "secret" not in answer.text
    assert piece not in answer.text


def test_an_engine_is_its_arguments(make_api: Callable[..., Any]) -> None:
    """Two mocks with equal arguments give equal answers, times and links included."""
    first, second = make_api(), make_api()
    assert first.submit("done-after=3s").data == second.submit("done-after=3s").data
    assert replace(first.engine.settings) == second.engine.settings
