"""A form field that a contract adds: checked, kept, shown and repeated, with no line of Python for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from miragic_contracts.schemas import Strength, document_schema
from miragic_contracts.spec import Spec
from miragic_contracts.validation import judge
from miragic_mock.domain.identity import request_digest
from miragic_mock.domain.jobs.job import Job, Upload
from miragic_mock.domain.tenants import SERVER, Tenant
from miragic_mock.errors import ScenarioError
from miragic_mock.records.journal import Exchange
from miragic_mock.records.manners import DEFAULT_MANNERS
from miragic_mock.records.manners import judge as judge_manners
from miragic_mock.stores import Store
from miragic_mock.stores.codec import exchange_from_text, exchange_to_text, job_from_text, job_to_text

from ..clients import Api

FIRST_IN_FORM = "        file:\n          description: The recording, as one file part."
FIRST_IN_JOB = "        id:\n          description: The id the submission answered with."
FIRST_IN_ANSWER = "            jobId:\n              description: What to poll with."


def with_field(before: str, name: str, schema: str) -> tuple[str, str]:
    """A replacement that declares a property above another."""
    indent = before[: len(before) - len(before.lstrip())]
    return before, f"{indent}{name}: {{x-evidence: documented, {schema}}}\n{before}"


LANGUAGE = with_field(FIRST_IN_FORM, "language", "type: string, enum: [en, de, fr], default: en")
SHOWN = with_field(FIRST_IN_JOB, "language", "type: string, enum: [en, de, fr]")


@pytest.fixture
def language(edited_spec: Callable[..., Spec]) -> Spec:
    """A contract whose form begins with a language, which a job's document repeats."""
    return edited_spec(LANGUAGE, SHOWN)


@pytest.fixture
def form() -> dict[str, str]:
    """The texts of a form that says a language."""
    return {"audio_format": "wav", "language": "de"}


def data_of(api: Api, job_id: str) -> dict[str, Any]:
    """A job's data, whose document is valid by the contract's strict schema."""
    document = api.poll(job_id).get_json()
    assert judge(document_schema(api.spec, "job", Strength.STRICT)).problems(document) == ()
    data: dict[str, Any] = document["data"]
    return data


def test_it_takes_no_other_fields_part(make_api: Callable[..., Api], language: Spec, form: Any) -> None:
    """A field with an `enum` and a `default`, written first, is neither the format nor the question."""
    api = make_api(spec=language)
    data = data_of(api, api.submitted(fields=form | {"question": "Who speaks?"}))
    assert (data["audioFormat"], data["question"], data["language"]) == ("wav", "Who speaks?", "de")


def test_a_value_outside_its_enum_is_refused(make_api: Callable[..., Api], language: Spec, form: Any) -> None:
    """With the name of the field and its choices; nothing is made or charged."""
    api = make_api(spec=language)
    answer = api.submit(fields=form | {"language": "xx"})
    assert answer.status_code == 400
    assert answer.get_json()["error"]["message"] == "language must be one of en, de, fr; got 'xx'."
    assert api.control("GET", "/jobs")["jobs"] == []


def test_a_job_repeats_it_in_every_state(make_api: Callable[..., Api], language: Spec) -> None:
    """As it was sent, or its default."""
    api = make_api(spec=language)
    for plan in ("done-after=3s", "done-after=0s", "done-after=0s;outcome=failed"):
        for sent in ({}, {"language": "en"}, {"language": "de"}):
            job_id = api.submitted(plan, fields={"audio_format": "mp3"} | sent)
            assert data_of(api, job_id)["language"] == sent.get("language", "en")


def test_every_store_keeps_it(
    make_api: Callable[..., Api], language: Spec, form: Any, store: Store, spec: Spec
) -> None:
    """The job, the control API's job and the journal say it, on each store; other jobs say nothing more."""
    api = make_api(spec=language, store=store)
    job_id = api.submitted(fields=form)
    refused = api.submit(fields=form | {"audio_format": "ogg"})
    assert refused.status_code == 400
    assert data_of(api, job_id)["language"] == "de"
    assert api.control("GET", f"/jobs/{job_id}")["fields"] == {"language": "de"}
    submission, refusal, poll = api.control("GET", "/journal")["exchanges"]
    assert submission["fields"] == {"language": "de"}
    assert "fields" not in refusal
    assert "fields" not in poll
    plain = make_api(spec=spec, store=store)
    assert plain.control("GET", f"/jobs/{plain.submitted()}")["fields"] == {}
    assert "fields" not in plain.control("GET", "/journal")["exchanges"][-1]


def test_it_costs_nothing_and_is_no_fact_of_har(
    make_api: Callable[..., Api], language: Spec, form: Any
) -> None:
    """The books are those of any job, and HAR goes on showing facts about the file alone."""
    api = make_api(spec=language)
    api.submitted(fields=form)
    books = api.control("GET", "/ledger")
    assert (books["charged"], books["jobs_created"]) == (2, 1)
    assert "language" not in json.dumps(api.control("GET", "/journal.har"))


def test_ids_follow_from_it(make_api: Callable[..., Api], language: Spec, spec: Spec, form: Any) -> None:
    """The same form gives the same id in every run, another value another, and a default the id of before."""
    de, fr = form, form | {"language": "fr"}
    ids = [
        [make_api(spec=language).submitted(fields=fields) for _ in range(2)]
        for fields in (de, fr, form | {"language": "en"}, {"audio_format": "wav"})
    ]
    assert all(one == other for one, other in ids)
    of_de, of_fr, of_en, of_default = (one for one, _ in ids)
    before = make_api(spec=spec).submitted(fields={"audio_format": "wav"})
    assert of_en == of_default == before
    assert len({of_de, of_fr, before}) == 3


def test_the_order_of_properties_changes_no_id(
    make_api: Callable[..., Api], edited_spec: Callable[..., Spec]
) -> None:
    """Two further fields, declared in either order and sent in either order, give one id."""
    one = with_field(FIRST_IN_FORM, "language", "type: string")
    other = with_field(FIRST_IN_FORM, "speakers", "type: integer")
    fields = {"audio_format": "mp3", "language": "de", "speakers": "2"}
    made = [
        make_api(spec=edited_spec(*edits)).submitted(fields=dict(sent))
        for edits in ((one, other), (other, one))
        for sent in (fields.items(), reversed(fields.items()))
    ]
    assert len(set(made)) == 1


def test_digests_without_further_fields_stay_what_they_are() -> None:
    """Ids of jobs of yesterday's contract are those of yesterday."""
    upload = Upload("a.mp3", "mp3", 1, "aa")
    assert request_digest(upload, "q") == "a63330ed2c02012bfdd8a618b3ff7582"
    assert len({request_digest(upload, "q", pairs) for pairs in ((), (("a", "b"),), (("a", ""),))}) == 3


@pytest.mark.parametrize(
    ("schema", "shown", "sent", "value"),
    [
        ("type: integer, minimum: 1", "type: integer", {"extra": "3"}, 3),
        ("type: boolean, default: true", "type: boolean", {}, True),
        ("type: boolean, default: true", "type: boolean", {"extra": "false"}, False),
        ("type: string", "type: [string, 'null']", {}, None),
        ("type: string", "type: string", {"extra": 'a "quoted" % text ä'}, 'a "quoted" % text ä'),
        ("type: string", "type: string", {}, "left out"),
        ("type: string", "type: string", {"extra": ""}, ""),
    ],
)
def test_it_is_shown_as_the_contract_says(
    make_api: Callable[..., Api],
    edited_spec: Callable[..., Spec],
    schema: str,
    shown: str,
    sent: dict[str, str],
    value: Any,
) -> None:
    """A value of the field's type; where there is none, null if that is allowed, else no such member."""
    spec = edited_spec(
        with_field(FIRST_IN_FORM, "extra", schema),
        with_field(FIRST_IN_JOB, "extra", shown),
        with_field(FIRST_IN_ANSWER, "extra", shown),
    )
    api = make_api(spec=spec)
    answer = api.submit(fields={"audio_format": "mp3"} | sent)
    created = answer.get_json()
    assert judge(document_schema(spec, "created", Strength.STRICT)).problems(created) == ()
    data = data_of(api, created["data"]["jobId"])
    assert data.get("extra", "left out") == created["data"].get("extra", "left out") == value


def test_what_is_no_number_of_json_is_refused(
    make_api: Callable[..., Api], edited_spec: Callable[..., Spec]
) -> None:
    """What Python's reader of JSON takes beyond JSON never reaches a document."""
    api = make_api(spec=edited_spec(with_field(FIRST_IN_FORM, "speed", "type: number, maximum: 9")))
    for text in ("NaN", "Infinity", "1e999", "[" * 9999, "9" * 9999, "two"):
        assert api.submit(fields={"audio_format": "mp3", "speed": text}).status_code == 400, text


def test_a_field_that_no_document_has_is_kept_all_the_same(
    make_api: Callable[..., Api], edited_spec: Callable[..., Spec], form: Any
) -> None:
    """It is shown by the control API, and changes nothing in a job's document."""
    api = make_api(spec=edited_spec(LANGUAGE))
    job_id = api.submitted(fields=form)
    assert "language" not in data_of(api, job_id)
    assert api.control("GET", f"/jobs/{job_id}")["fields"] == {"language": "de"}


def test_a_job_is_written_as_before_where_there_is_no_such_field(make_job: Callable[..., Job]) -> None:
    """What older versions stored can be read, and what has no further field is stored as they did."""
    job, more = make_job(), make_job(fields=(("language", "de"),))
    assert "fields" not in json.loads(job_to_text(job))
    assert job_from_text(job_to_text(job), 0) == job
    assert job_from_text(job_to_text(more), 0) == more
    exchange = Exchange("create", "POST", "/", 201, real_at=1.0, at=1.0, fields=(("language", "de"),))
    assert exchange_from_text(exchange_to_text(exchange), 0) == exchange
    assert "fields" not in exchange_to_text(exchange._replace(fields=None))


def test_the_same_file_with_another_value_is_no_second_upload() -> None:
    """A client that asks for the text in two languages has manners, though the first answer was lost."""

    def submission(number: int, language: str) -> Exchange:
        facts: dict[str, Any] = {"sha256": "aa", "question": "q", "job_id": f"job-{number}"}
        lost = Exchange("create", "POST", "/", None, real_at=number, at=number, number=number, **facts)
        return lost._replace(fields=(("language", language),))

    def rules(*languages: str) -> list[str]:
        exchanges = [submission(number, language) for number, language in enumerate(languages, start=1)]
        return [finding.rule for finding in judge_manners(exchanges, DEFAULT_MANNERS)]

    assert rules("de", "fr") == []
    assert rules("de", "de") == ["no-second-upload"]


def test_a_scenario_asks_for_it_and_for_no_field_that_is_not_there(
    make_api: Callable[..., Api], language: Spec, form: Any
) -> None:
    """A rule may ask for a field of the contract; another would fit nothing, and is refused."""
    api = make_api(spec=language)
    rule = '[[rule]]\nfields = {{ {} = "de" }}\nplan = "done-after=0s;outcome=failed"\n'
    api.control("PUT", "/scenario", json={"scenario": rule.format("language")})
    assert data_of(api, api.submitted(fields=form))["status"] == "FAILED"
    refused = api.control("PUT", "/scenario", json={"scenario": rule.format("languge")}, status=400)
    assert 'got "languge"; did you mean "language"?' in refused["error"]["message"]
    with pytest.raises(ScenarioError, match="expected one of language"):
        make_api(spec=language, server=Tenant(SERVER, scenario=rule.format("languge")))
    with pytest.raises(ScenarioError, match="expected no fields"):
        make_api(server=Tenant(SERVER, scenario=rule.format("language")))
