"""Tenants by the control API: made, changed, ended, and whom a call is about."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from miragic_mock.domain.settings import Settings
from miragic_mock.domain.tenants import tenant_id


def test_a_tenant_is_made_with_a_key_of_its_own(api: Any) -> None:
    """The key of a new tenant is shown once, opens the API, and is in no other answer."""
    made = api.control(
        "POST", "/tenants", status=201, about=None, json={"credits": 3, "plan": "done-after=0s"}
    )
    theirs = api.as_(made["api_key"])
    assert theirs.job(theirs.submitted())["status"] == "COMPLETED"
    assert theirs.submit().status_code == 402
    everything = json.dumps([api.control("GET", path, about=None) for path in ("/", "/tenants", "/journal")])
    assert made["api_key"] not in everything
    assert made["tenant"]["id"] in everything


def test_a_tenant_ends_whole(api: Any) -> None:
    """After the end of a tenant nothing of it is left, and its key is a stranger's."""
    made = api.control("POST", "/tenants", status=201, json={"api_key": "chosen"})
    theirs = api.as_("chosen")
    job_id = theirs.submitted()
    api.control("DELETE", f"/tenants/{made['tenant']['id']}", status=204)
    assert theirs.poll(job_id).status_code == 404
    api.control("GET", f"/tenants/{made['tenant']['id']}")
    assert theirs.control("GET", "/journal")["exchanges"][0]["number"] == 1


def test_to_ask_for_a_tenant_makes_none(api: Any) -> None:
    """Asking after a tenant that has ended, with the key that was its own, does not bring it back."""
    api.submit()
    (name,) = [tenant["id"] for tenant in api.control("GET", "/tenants")["tenants"]]
    api.control("DELETE", f"/tenants/{name}", status=204)
    api.control("GET", f"/tenants/{name}", status=404)
    assert api.control("GET", "/tenants")["tenants"] == []


def test_a_tenant_lives_its_time(api: Any) -> None:
    """A tenant with a time to live ends whole after it: its jobs are gone, and its key is a stranger's."""
    made = api.control("POST", "/tenants", status=201, json={"ttl": 60})
    theirs = api.as_(made["api_key"])
    job_id = theirs.submitted()
    api.time.pass_s(60)
    assert [theirs.poll(job_id).status_code for _ in range(2)] == [404, 404]
    assert theirs.submit().status_code == 201


@pytest.mark.parametrize(
    "path",
    ["/tenants/{}", "/tenants/{}/jobs", "/tenants/{}/ledger", "/tenants/{}/wait?job={job}", "/jobs/{job}"],
)
def test_a_tenant_whose_time_is_over_is_not_looked_at(api: Any, path: str) -> None:
    """Nothing of it is there for the control API either, whoever looks first; its key can be given anew."""
    made = api.control("POST", "/tenants", status=201, json={"ttl": 60, "api_key": "short-lived"})
    job_id = api.as_("short-lived").submitted()
    here = path.format(made["tenant"]["id"], job=job_id)
    api.time.pass_s(59.9)
    api.control("GET", here, about=None)
    api.time.pass_s(0.1)
    api.control("GET", here, about=None, status=404)
    assert api.control("GET", "/tenants", about=None) == {"tenants": []}
    api.control("POST", "/tenants", status=201, json={"api_key": "short-lived"})


def test_an_upload_ends_with_its_tenant(api: Any) -> None:
    """A link to it leads nowhere from then on."""
    api.control("POST", "/tenants", status=201, json={"ttl": 60, "api_key": "short-lived"})
    theirs = api.as_("short-lived")
    link = urlsplit(theirs.job(theirs.submitted())["audioUrl"]).path
    assert api.client.get(link).status_code == 200
    api.time.pass_s(60)
    assert api.client.get(link).status_code == 404


def test_a_strangers_key_stays_out_where_keys_are_given(make_api: Any) -> None:
    """Where only given keys are let in, a tenant's key opens the API for its time, and never after it."""
    api = make_api(settings=Settings(known_tenants=frozenset({tenant_id("given")})))
    made = api.control("POST", "/tenants", status=201, json={"ttl": 60})
    theirs = api.as_(made["api_key"])
    assert theirs.submit().status_code == 201
    api.time.pass_s(60)
    assert [theirs.submit().status_code for _ in range(2)] == [401, 401]


def test_a_key_is_taken_once(api: Any) -> None:
    """A key that has a tenant cannot get another."""
    api.control("POST", "/tenants", status=201, json={"api_key": "mine"})
    api.control("POST", "/tenants", status=409, json={"api_key": "mine"})


def test_a_tenant_can_be_changed(api: Any) -> None:
    """What a change names is changed, null takes it back, what it leaves out stays."""
    name = api.control("POST", "/tenants", status=201, json={"credits": 1, "seed": 7})["tenant"]["id"]
    changed = api.control(
        "PATCH", f"/tenants/{name}", json={"credits": None, "rate_limit": "2/s", "name": "ci"}
    )
    assert (changed["credits"], changed["rate_limit"], changed["name"], changed["seed"]) == (
        None,
        "2/s",
        "ci",
        7,
    )
    problem = api.control("PATCH", f"/tenants/{name}", status=400, json={"plan": "done-aftr=2s"})
    assert "did you mean 'done-after'?" in problem["error"]["message"]


def test_a_call_can_name_its_tenant_by_id(api: Any) -> None:
    """Below /tenants/ID/ every call is about that tenant, whoever asks."""
    job_id = api.submitted()
    found = api.control("GET", f"/tenants/{tenant_id(api.key)}/jobs", about="somebody-else")
    assert [job["id"] for job in found["jobs"]] == [job_id]
    api.control("GET", "/tenants/nobody/jobs", status=404)
