"""The mock as a whole by the control API: its state and bounds, its metrics, a fresh start."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from miragic_mock.control.waiting import MOST_WAITING
from miragic_mock.uploads.multipart import FORM_BOUNDS
from prometheus_client.parser import text_string_to_metric_families


def test_reset_forgets_what_happened_to_one_tenant(api: Any) -> None:
    """A reset ends a tenant's jobs, journal and books, keeps what it was given, and touches no other."""
    other = api.as_("another-key")
    mine, theirs = api.submitted(), other.submitted()
    api.control("PUT", "/plan", json={"plan": "credits=9"})
    assert api.control("POST", "/reset") == {"tenants": 1}
    assert (api.poll(mine).status_code, other.poll(theirs).status_code) == (404, 200)
    assert api.control("GET", "/plan") == {"plan": "credits=9"}
    assert api.control("GET", "/ledger")["charged"] == 0
    api.control("POST", "/reset", about=None, status=400)
    api.control("POST", "/reset", about=None, json={"all": True})
    assert other.poll(theirs).status_code == 404


def test_metrics_count_answers(api: Any) -> None:
    """Prometheus reads how often each operation was answered with each status, and what there is."""
    job_id = api.submitted("credits=3")
    api.job(job_id)
    api.job(job_id)
    api.client.get("/nowhere")
    answer = api.client.get("/_mock/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    assert all(family.documentation and family.type != "unknown" for family in families.values())
    answers = {
        (sample.labels["operation"], sample.labels["status"]): sample.value
        for sample in families["miragic_mock_answers"].samples
    }
    assert answers == {("create", "201"): 1, ("status", "200"): 2, ("other", "404"): 1}
    single = {name: family.samples[0].value for name, family in families.items() if len(family.samples) == 1}
    assert single == {
        "miragic_mock_defects": 0,
        "miragic_mock_tenants": 1,
        "miragic_mock_jobs_submitted": 1,
        "miragic_mock_credits_charged": 3,
    }
    took = families["miragic_mock_answer_seconds"]
    assert (took.type, {sample.name.rpartition("_")[2] for sample in took.samples}) == (
        "summary",
        {"count", "sum"},
    )


def test_the_state_shows_the_bounds(api: Any) -> None:
    """The state of everything names the switches, the bounds and what was let go."""
    api.submitted()
    state = api.control("GET", "/")
    assert state["store"]["bounds"]["jobs"] == api.engine.store.bounds.jobs
    assert state["form"]["bounds"]["parts"] == FORM_BOUNDS.parts
    bounds = state["control"]["bounds"]
    assert bounds["waiting"] == MOST_WAITING
    long = b'"' + b"x" * bounds["body_bytes"]
    api.control("PUT", "/plan", status=400, data=long[:-1])
    api.control("PUT", "/plan", status=413, data=long)
    assert state["settings"]["max_upload_bytes"] == api.engine.settings.max_upload_bytes
    assert state["settings"]["limits"] == asdict(api.engine.settings.limits)
    assert set(state["store"]["evicted"].values()) == {0}
    assert state["settings"]["create_status"] == 201
    assert [tenant["jobs"] for tenant in state["tenants"]] == [1]
