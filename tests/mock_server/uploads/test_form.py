"""The form of a submission: what must be there, what it may hold, and where the rules come from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from miragic_mock.domain.settings import Settings


def refusal(answer: Any) -> str:
    """The message of a 400."""
    assert answer.status_code == 400, answer.text
    document = answer.get_json()
    assert document["success"] is False
    assert document["error"]["code"] == "BAD_REQUEST"
    return str(document["error"]["message"])


def test_a_missing_field_is_named(api: Any) -> None:
    """A form without a required field is refused with the field's name and what to send."""
    assert refusal(api.submit(fields={})) == "audio_format is required: send mp3 or wav."
    answer = api.client.post(
        api.spec.submit.path,
        data={"audio_format": "mp3"},
        headers=api.headers(),
        content_type="multipart/form-data",
    )
    assert refusal(answer) == "file is required: send a file."


@pytest.mark.parametrize("value", ["wav.", "MP3", "ogg", "", " mp3", "mp3\n", "é" * 500])
def test_a_value_that_is_not_allowed_is_named(api: Any, value: str) -> None:
    """Another format than the contract's two is refused, with both of them in the message."""
    assert refusal(api.submit(fields={"audio_format": value})).startswith(
        "audio_format must be one of mp3, wav"
    )


def test_an_empty_file_is_refused(api: Any) -> None:
    """A file of no bytes is a 400 that names the field."""
    assert refusal(api.submit(content=b"")) == "file is empty: send a recording of at least one byte."


def test_a_question_left_out_is_the_default(api: Any) -> None:
    """The question has a default, and is echoed as it was given."""
    assert api.job(api.submitted())["question"] == "Transcribe this audio:"
    job_id = api.submitted(fields={"audio_format": "wav", "question": "Wer spricht? “Ä”"})
    assert api.job(job_id)["question"] == "Wer spricht? “Ä”"


def test_a_misspelt_field_is_warned_of(api: Any) -> None:
    """The page's own curl sends `questiion`: the default question is asked, and a header says why."""
    answer = api.submit(fields={"audio_format": "mp3", "questiion": "what?"})
    assert answer.headers["X-Mock-Warning"] == "the form has no field 'questiion'; did you mean question?"
    assert api.job(answer.get_json()["data"]["jobId"])["question"] == "Transcribe this audio:"
    assert "X-Mock-Warning" not in api.submit().headers


def test_a_strict_mock_refuses_undeclared_fields(make_api: Callable[..., Any]) -> None:
    """With `strict` a field that the contract does not declare is a 400, and nothing is charged."""
    api = make_api(settings=Settings(strict=True))
    assert "questiion" in refusal(api.submit(fields={"audio_format": "mp3", "questiion": "what?"}))
    assert api.submit().status_code == 201


@pytest.mark.parametrize("name", ["audio_format", "file"])
def test_a_field_is_sent_once(api: Any, name: str) -> None:
    """A declared field that is there twice is refused."""
    part = f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="a"\r\n\r\nmp3\r\n'
    answer = api.client.post(
        api.spec.submit.path,
        data=(part * 2 + "--b--\r\n").encode(),
        headers=api.headers() | {"Content-Type": "multipart/form-data; boundary=b"},
    )
    assert refusal(answer) == f"'{name}' is in the form twice; send it once."


# the contract rules --------------------------------------------------------------------------------------


def test_a_new_required_field_is_refused_when_missing(
    make_api: Callable[..., Any], edited_spec: Callable[..., Any]
) -> None:
    """A field that an edited contract requires is demanded, and accepted once it is there."""
    spec = edited_spec(
        ("required: [file, audio_format]", "required: [file, audio_format, language]"),
        (
            "        audio_format:\n          description: The format of the recording.",
            "        language: {x-evidence: documented, type: string, minLength: 2}\n"
            "        audio_format:\n          description: The format of the recording.",
        ),
    )
    api = make_api(spec=spec)
    assert refusal(api.submit()) == "language is required: send a text."
    assert refusal(api.submit(fields={"audio_format": "mp3", "language": "x"})).startswith(
        "language has a value"
    )
    assert api.submit(fields={"audio_format": "mp3", "language": "en"}).status_code == 201


def test_a_new_enum_value_is_accepted(make_api: Callable[..., Any], edited_spec: Callable[..., Any]) -> None:
    """A format that an edited contract allows is taken and echoed."""
    api = make_api(spec=edited_spec(("enum: [mp3, wav]", "enum: [mp3, wav, ogg]")))
    job = api.job(api.submitted(fields={"audio_format": "ogg"}))
    assert job["audioFormat"] == "ogg"
    assert job["audioUrl"].endswith(".ogg")


def test_a_renamed_field_is_known_by_its_new_name(
    make_api: Callable[..., Any], edited_spec: Callable[..., Any]
) -> None:
    """A contract that renames a field renames it in the form and its echo: no name is typed in the mock."""
    spec = edited_spec(("audio_format", "sound_format"), ("audioFormat", "soundFormat"))
    api = make_api(spec=spec)
    assert "sound_format is required" in refusal(api.submit(fields={}))
    assert api.job(api.submitted(fields={"sound_format": "wav"}))["soundFormat"] == "wav"


def test_a_field_of_another_type_is_read_as_json_writes_it(
    make_api: Callable[..., Any], edited_spec: Callable[..., Any]
) -> None:
    """A form has only texts; one for a number is judged as the number it spells."""
    spec = edited_spec(
        (
            "        question:\n          description: >-",
            "        speakers: {x-evidence: assumed, type: integer, maximum: 9}\n"
            "        question:\n          description: >-",
        ),
    )
    api = make_api(spec=spec)
    assert api.submit(fields={"audio_format": "mp3", "speakers": "2"}).status_code == 201
    for wrong in ("two", "10", "2.5", '"2"', ""):
        assert "speakers" in refusal(api.submit(fields={"audio_format": "mp3", "speakers": wrong}))
