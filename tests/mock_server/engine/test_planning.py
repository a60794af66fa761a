"""Which plan a submission gets, and whose word counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from miragic_mock.domain.tenants import SERVER, Tenant, tenant_id
from miragic_mock.language.plans import parse_plan

SCENARIO = '[[rule]]\nname = "*.mp3"\nplan = "text={}"\n'

# Nearest first; each names its own text, so the text that comes out names the layer that won.
LAYERS = ["header", "name", "question", "key", "tenant", "tenant's rule", "server's rule", "server"]


@pytest.mark.parametrize("nearest", range(len(LAYERS)))
def test_the_nearest_layer_wins(make_api: Callable[..., Any], nearest: int) -> None:
    """Of all that speak of a field the nearest counts, in this order; the job says which it was."""
    speaking = set(LAYERS[nearest:])

    def plan(layer: str) -> str:
        return f"done-after=0s;text={layer}" if layer in speaking else ""

    server = Tenant(
        SERVER,
        plan=parse_plan(plan("server")),
        scenario=SCENARIO.format("server's rule") if "server's rule" in speaking else "",
    )
    key = "k[text=key]" if "key" in speaking else "k"
    api = make_api(server=server).as_(key)
    api.engine.store.add_tenant(
        Tenant(
            tenant_id(key),
            plan=parse_plan(plan("tenant")),
            scenario=SCENARIO.format("tenant's rule") if "tenant's rule" in speaking else "",
        )
    )
    name = "a[text=name].mp3" if "name" in speaking else "a.mp3"
    question = "What?[text=question]" if "question" in speaking else "What?"
    job_id = api.submitted(
        plan("header") or None, name=name, fields={"audio_format": "mp3", "question": question}
    )
    api.time.pass_s(10)
    assert api.job(job_id)["transcription"] == LAYERS[nearest]
    job = api.engine.store.job(tenant_id(key), job_id)
    words = {"name": "file name", "key": "API key"}
    words |= {f"{whose}'s rule": f"rule 1 of the {whose}'s scenario" for whose in ("tenant", "server")}
    assert words.get(LAYERS[nearest], LAYERS[nearest]) in dict(job.plan_source)["text"]


def test_layers_complete_one_another(api: Any) -> None:
    """Each field of a plan comes from the nearest that gives it; a tag stays in the name that is echoed."""
    job = api.job(api.submitted("done-after=0s", name="x[outcome=failed;error=tired].wav"))
    assert (job["status"], job["errorMessage"]) == ("FAILED", "tired")
    assert job["audioFileName"] == "x[outcome=failed;error=tired].wav"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("done-aftr=3s", "a.mp3"),
        (None, "a[done-aftr=3s].mp3"),
        ("outcome=faild", "a.mp3"),
        ("fault=499", "a.mp3"),
    ],
)
def test_a_mistyped_plan_points_at_the_word(api: Any, header: str | None, name: str) -> None:
    """A plan of the client's that cannot be read is a 400 that points at the word, and makes no job."""
    answer = api.submit(header, name=name)
    assert answer.status_code == 400
    message = answer.get_json()["error"]["message"]
    assert "position" in message
    assert "done-aftr" in message or "faild" in message or "499" in message
    assert api.engine.store.jobs(tenant_id(api.key)) == []


def test_a_plan_in_a_header_may_have_any_letters(api: Any) -> None:
    """A header's bytes are read as UTF-8, as every HTTP library of today sends them."""
    plan = "done-after=0s;text=größer".encode().decode("latin-1")
    assert api.job(api.submitted(plan))["transcription"] == "größer"


def test_the_nth_submission_can_be_told_apart(make_api: Callable[..., Any]) -> None:
    """A scenario can treat a tenant's second submission unlike its first."""
    scenario = '[[rule]]\nnth = 2\nplan = "done-after=0s;outcome=failed"\n[[rule]]\nplan = "done-after=0s"\n'
    api = make_api(server=Tenant(SERVER, scenario=scenario))
    assert [api.job(api.submitted())["status"] for _ in range(3)] == ["COMPLETED", "FAILED", "COMPLETED"]


def test_a_magic_key_drives_an_unmodified_client(api: Any) -> None:
    """A key can stand for a plan."""
    never = api.as_("mock-never-1")
    job_id = never.submitted()
    api.time.pass_s(1e6)
    assert never.job(job_id)["status"] == "PENDING"
