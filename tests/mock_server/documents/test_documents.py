"""The documents of jobs and errors: valid in every state, like the contract's examples, consistent."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from miragic_contracts.schemas import Strength, document_schema
from miragic_contracts.spec import SpecError
from miragic_contracts.validation import Judge, judge
from miragic_mock.documents import documents
from miragic_mock.domain.settings import Settings
from miragic_mock.domain.tenants import SERVER, Tenant
from miragic_mock.wsgi.flask_app import create_app
from urllib3 import encode_multipart_formdata

START = 1_767_265_200.0


@pytest.fixture(scope="module")
def strict(spec: Any) -> dict[str, Judge]:
    """The strict schemas, by document."""
    return {name: judge(document_schema(spec, name, Strength.STRICT)) for name in ("job", "created", "error")}


TEXTS = st.text(st.characters(exclude_characters="%;,()[]", exclude_categories=["Cs", "Cc"]), max_size=20)
WHEN = st.sampled_from(["done=manual", "done=never", "done-after=3polls", "done-after=2x"]) | st.builds(
    "done-after={}s".format, st.integers(0, 20)
)
HOW = st.sampled_from(
    ["", ";outcome=failed", ";progress=stuck@60", ";progress=steps", ";credits=0"]
) | st.builds(";{}={}".format, st.sampled_from(["text", "error"]), TEXTS.map(str.strip).filter(bool))
SWITCHES = st.builds(
    Settings,
    times=st.sampled_from(["iso", "unix"]),
    progress=st.booleans(),
    download_signed_url=st.booleans(),
    refund_failed=st.booleans(),
    create_status=st.sampled_from([200, 201, 202]),
)


class Mocks:
    """A mock for each set of switches, made once; all tell the same time."""

    def __init__(self, spec: Any) -> None:
        self.now = START
        self.spec = spec
        self._clients: dict[Settings, Any] = {}

    def client(self, switches: Settings) -> Any:
        if switches not in self._clients:
            app = create_app(spec=self.spec, settings=switches, clock=lambda: self.now)
            self._clients[switches] = app.test_client()
        return self._clients[switches]


@pytest.fixture(scope="module")
def mocks(spec: Any) -> Mocks:
    """Mocks for properties."""
    return Mocks(spec)


@pytest.fixture(scope="module")
def problems(strict: dict[str, Judge]) -> Callable[[str, Any], Any]:
    """What the strict schema has against a document."""
    return lambda name, document: strict[name].problems(document)


@given(
    switches=SWITCHES,
    plan=st.builds("{}{}".format, WHEN, HOW),
    steps=st.lists(st.integers(0, 8), min_size=1, max_size=4),
    name=st.text(max_size=10),
    host=st.sampled_from(["localhost", "mock.example:8080", "[::1]", 'evil"host', "a b", "x" * 300, "ü"]),
)
@settings(max_examples=100, deadline=None)
def test_every_document_is_valid_in_every_state(
    mocks: Mocks, problems: Any, switches: Settings, plan: str, steps: list[int], name: str, host: str
) -> None:
    """Whatever the plan, the switches and the time, answers satisfy the strict schema, and jobs move on."""
    client, spec = mocks.client(switches), mocks.spec
    body, content_type = encode_multipart_formdata({"file": (name or "f", b"x"), "audio_format": "wav"})
    headers = {"X-API-Key": "k", "Host": host.encode("ascii", "replace").decode()}
    more = {"X-Mock-Plan": plan.encode().decode("latin-1"), "Content-Type": content_type}
    created = client.post(spec.submit.path, data=body, headers=headers | more)
    assert created.status_code == switches.create_status, created.text
    assert problems("created", created.get_json()) == ()
    path = spec.poll.path.replace("{jobId}", created.get_json()["data"]["jobId"])
    before = None
    for step in steps:
        mocks.now += step
        document = client.get(path, headers=headers).get_json()
        assert problems("job", document) == ()
        data = document["data"]
        assert ("progress" in data) <= switches.progress
        assert before is None or spec.lifecycle.may_follow(before["status"], data["status"])
        assert before is None or before["status"] not in spec.lifecycle.terminal or data == before
        before = data


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 413, 415, 422, 429, 500, 503])
def test_every_declared_error_is_the_contracts_example(
    api: Any, spec: Any, strict: dict[str, Judge], status: int
) -> None:
    """An error that says nothing of its own is, word for word, the contract's example of its status."""
    document = json.loads(api.engine.documents.error(status))
    assert strict["error"].problems(document) == ()
    examples = [
        example
        for operation in spec.operations.values()
        if str(status) in operation.responses
        for example in operation.responses[str(status)].json.examples.values()
    ]
    assert document in examples


@pytest.mark.parametrize("status", [408, 409, 501, 502, 504])
def test_an_undeclared_error_has_its_shape(api: Any, strict: dict[str, Judge], status: int) -> None:
    """A status that the contract has no example of is told in the same shape, with a code of its own."""
    document = json.loads(api.engine.documents.error(status))
    assert strict["error"].problems(document) == ()
    assert document["error"]["code"].isupper()
    assert document != json.loads(api.engine.documents.error(500))


def test_the_notes_tell_one_story(api: Any) -> None:
    """Times, processing time, credits, name, format and link of a finished job agree with one another."""
    job_id = api.submitted("done-after=9.937s;credits=7", name="3.mp3")
    api.time.pass_s(60)
    job = api.job(job_id)
    created, updated = (datetime.fromisoformat(job[name]) for name in ("createdAt", "updatedAt"))
    assert (updated - created).total_seconds() == 9.937
    assert job["metadata"]["processingTimeMs"] == 9937
    assert job["creditsUsed"] == 7
    assert job["metadata"]["apiResponse"] == {"success": True, "transcription": job["transcription"]}
    stored = job["audioUrl"].rpartition("/")[2]
    assert job["metadata"]["audioFilePath"].endswith(f"/{stored}")
    assert (job["audioFileName"], job["audioFormat"], stored.rpartition(".")[2]) == ("3.mp3", "mp3", "mp3")
    assert abs(int(stored.partition("-")[0]) / 1000 - created.timestamp()) < 1


def test_a_changed_example_changes_the_answer(
    make_api: Callable[..., Any], edited_spec: Callable[..., Any]
) -> None:
    """What the examples of an edited contract say, the answers say; what they leave out is left out."""
    spec = edited_spec(
        ("message: Speech-to-text job created successfully", "message: On its way"),
        ("message: Invalid or expired API key", "message: Who are you?"),
        ("/srv/uploads/speechToText/1767265200000", "/var/elsewhere/1767265200000"),
        ("https://backend.miragic.ai/uploads/speechToText/", "https://backend.miragic.ai/media/"),
        ("                  progress: 42\n", ""),
    )
    api = make_api(spec=spec)
    answer = api.submit("done-after=1s")
    assert answer.get_json()["message"] == "On its way"
    job_id = answer.get_json()["data"]["jobId"]
    assert "progress" not in api.job(job_id)
    api.time.pass_s(1)
    job = api.job(job_id)
    assert job["metadata"]["audioFilePath"].startswith("/var/elsewhere/1767265200000-")
    assert job["audioUrl"].startswith("http://localhost/media/")
    assert api.client.get(job["audioUrl"].removeprefix("http://localhost")).data == b"RIFF, or so"
    assert api.client.get(api.poll_path(job_id)).get_json()["error"]["message"] == "Who are you?"


def test_a_moved_field_is_filled_at_its_new_place(
    make_api: Callable[..., Any], edited_spec: Callable[..., Any]
) -> None:
    """The lifecycle's pointers say where a job's fields stand, in requests' answers as in errors."""
    spec = edited_spec(("errorMessage", "failureReason"), ("creditsUsed", "price"))
    job = (api := make_api(spec=spec)).job(api.submitted("done-after=0s;error=no;credits=5"))
    assert (job["failureReason"], job["price"]) == ("no", 5)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("audioFileName", "originalName"),
        ("audioFormat", "container"),
        ("audioUrl", "mediaUrl"),
        ("audioFilePath", "storedAt"),
        ("processingTimeMs", "workedMs"),
        ("download_signed_url", "textLink"),
    ],
)
def test_a_renamed_field_is_filled_under_its_new_name(
    make_api: Callable[..., Any], edited_spec: Callable[..., Any], old: str, new: str
) -> None:
    """No field's name is typed in the mock: what a contract calls another name says the same under it."""
    jobs = []
    for spec in (edited_spec(), edited_spec((old, new))):
        # A secret of its own, since a random one would sign each link differently.
        server = Tenant(SERVER, link_secret="the same")
        api = make_api(spec=spec, server=server, settings=Settings(download_signed_url=True))
        job = api.job(api.submitted("done-after=0s", name="böse.mp3"))
        jobs.append(job | job.pop("metadata"))
    before, after = jobs
    assert after == {new if name == old else name: value for name, value in before.items()}


def test_what_a_contract_has_no_place_for_is_as_in_its_example(
    make_api: Callable[..., Any], edited_spec: Callable[..., Any]
) -> None:
    """Without a place in the lifecycle nothing is filled in, and a link to the text cannot be switched on."""
    spec = edited_spec(
        ("    fileName: /data/audioFileName\n", ""), ("    download: /data/download_signed_url\n", "")
    )
    api = make_api(spec=spec)
    assert api.job(api.submitted("done-after=0s", name="mine.mp3"))["audioFileName"] == "welcome.mp3"
    with pytest.raises(SpecError, match=r"link.* contract has none"):
        make_api(spec=spec, settings=Settings(download_signed_url=True))


# switches ------------------------------------------------------------------------------------------------


def test_progress_can_be_left_out(make_api: Callable[..., Any]) -> None:
    """Without progress the document is as the page's example has it."""
    api = make_api(settings=Settings(progress=False))
    job_id = api.submitted("done-after=1s")
    assert "progress" not in api.job(job_id)
    api.time.pass_s(1)
    assert "progress" not in api.job(job_id)


def test_times_can_be_numbers(make_api: Callable[..., Any]) -> None:
    """As the page's table has it, moments are seconds since 1970."""
    api = make_api(settings=Settings(times="unix"))
    job_id = api.submitted("done-after=1.5s")
    api.time.pass_s(2)
    job = api.job(job_id)
    assert (job["createdAt"], job["updatedAt"]) == (START, START + 1.5)


def test_errors_can_be_flat(make_api: Callable[..., Any]) -> None:
    """The other shape seen in clients: the message beside `success`, no code."""
    api = make_api(settings=Settings(errors="flat"))
    assert api.poll("x").get_json() == {"success": False, "message": "There is no such job."}


def test_a_failed_job_can_cost_nothing(make_api: Callable[..., Any]) -> None:
    """With refunds a FAILED job shows no cost, and its credits can be spent again."""
    api = make_api(settings=Settings(refund_failed=True, credits=2))
    assert api.job(api.submitted("done-after=0s;outcome=failed"))["creditsUsed"] == 0
    assert api.job(api.submitted("done-after=0s"))["creditsUsed"] == 2
    assert api.submit().status_code == 402


# what is remembered --------------------------------------------------------------------------------------


def test_a_poll_that_shows_the_same_says_the_same(make_api: Callable[..., Any]) -> None:
    """The document of the last poll serves again, and only where job, state and host are as they were."""
    api = make_api().as_("k")
    job_id = api.submitted("done-after=100s")
    path = api.poll_path(job_id)

    def shown(host: str = "one.example") -> bytes:
        body: bytes = api.client.get(path, headers={"X-API-Key": "k", "Host": host}).data
        return body

    first = shown()
    assert shown() == first
    assert json.loads(shown("two.example"))["data"]["audioUrl"].startswith("http://two.example/")
    assert shown() == first
    api.time.pass_s(50)
    assert json.loads(shown())["data"]["progress"] == 50
    api.client.post(f"/_mock/jobs/{job_id}/finish", json={"text": "early"}, headers={"X-API-Key": "k"})
    assert json.loads(shown())["data"]["transcription"] == "early"


def test_what_is_remembered_is_bounded(make_api: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """In number and in size: a document beyond either is rendered anew."""
    monkeypatch.setattr(documents, "REMEMBERED", 3)
    api = make_api().as_("k")
    long_one = api.submitted(f"done-after=0s;text={'x' * documents.REMEMBERED_BYTES}")
    short_ones = [api.submitted(f"done-after={n}s") for n in range(5)]
    for job_id in (*short_ones, long_one):
        assert api.client.get(api.poll_path(job_id), headers={"X-API-Key": "k"}).status_code == 200
    remembered = api.engine.documents._last
    assert list(remembered) == short_ones[-3:]
