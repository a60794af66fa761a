"""Which keys are let in, what they may spend, and how often they may ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from miragic_mock.domain.settings import Settings
from miragic_mock.domain.tenants import RateLimit, Tenant, tenant_id
from miragic_mock.stores import Store
from miragic_mock.stores.memory import MemoryStore


def test_given_keys_are_the_only_ones(make_api: Callable[..., Any]) -> None:
    """Where keys were named at the start, no other is let in until the control API makes a tenant of it."""
    api = make_api(settings=Settings(known_tenants=frozenset({tenant_id("a-key")})))
    assert api.submit().status_code == 201
    stranger = api.as_("stranger")
    assert stranger.submit().get_json()["error"]["code"] == "INVALID_API_KEY"
    assert api.client.post("/_mock/tenants", json={"api_key": "stranger"}).status_code == 201
    assert stranger.submit().status_code == 201


class Interrupted(MemoryStore):
    """A store at which somebody else is quicker: `meanwhile` runs once a tenant has been looked up."""

    meanwhile: Callable[[], object] | None = None

    def tenant(self, tenant_id: str) -> Tenant | None:
        found = super().tenant(tenant_id)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return found


def test_of_two_who_find_a_tenant_over_one_ends_it(make_api: Callable[..., Any]) -> None:
    """The other does not end the tenant that the key has got by then, whose job was acknowledged."""
    store = Interrupted()
    api = make_api(store=store)
    assert api.client.post("/_mock/tenants", json={"api_key": api.key, "ttl": 60}).status_code == 201
    api.time.pass_s(60)
    made: list[str] = []
    store.meanwhile = lambda: made.append(api.submitted())
    assert api.engine.tenancy.find(tenant_id(api.key), api.time()) is None
    assert api.job(made[0])["status"] == "PENDING"


def test_credits_run_out(make_api: Callable[..., Any]) -> None:
    """A submission that the tenant cannot pay is a 402, and charges nothing."""
    api = make_api(settings=Settings(credits=5))
    assert [api.submit().status_code for _ in range(3)] == [201, 201, 402]
    refused = api.submit().get_json()["error"]
    assert (refused["code"], "1 are left" in refused["message"]) == ("INSUFFICIENT_CREDITS", True)
    assert api.submit("credits=1").status_code == 201
    assert api.as_("another-key").submit().status_code == 201


def test_a_rate_limit_says_when_to_come_back(make_api: Callable[..., Any]) -> None:
    """Beyond the limit each request is a 429 whose Retry-After ends with the window; then all is well."""
    api = make_api(settings=Settings(rate_limit=RateLimit(2, 60)))
    job_id = api.submitted()
    assert api.poll(job_id).status_code == 200
    api.time.pass_s(13.5)
    refused = api.poll(job_id)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "47")
    assert refused.get_json()["error"]["code"] == "TOO_MANY_REQUESTS"
    assert api.as_("another-key").submit().status_code == 201
    api.time.pass_s(47)
    assert api.poll(job_id).status_code == 200


def test_the_ledger_shows_the_rate_limit(
    make_api: Callable[..., Any], open_fresh: Callable[..., Store]
) -> None:
    """Window by window, on any store: what was let in and what refused; refusals add up over all windows."""
    api = make_api(settings=Settings(rate_limit=RateLimit(2, 60)), store=open_fresh())
    job_id = api.submitted()

    def shown() -> tuple[Any, ...]:
        books = api.client.get("/_mock/ledger", headers=api.headers()).get_json()
        rate = books["rate_limit"]
        assert (rate["limit"], rate["window_s"]) == ("2/min", 60.0)
        ends_at = rate["window_ends_at"][11:]
        return ends_at, rate["used"], rate["left"], rate["refused"], books["rate_limited"]

    assert shown() == ("11:01:00.000Z", 1, 1, 0, 0)
    assert [api.poll(job_id).status_code for _ in range(3)] == [200, 429, 429]
    assert shown() == ("11:01:00.000Z", 2, 0, 2, 2)
    api.time.pass_s(60)
    assert shown() == ("11:02:00.000Z", 0, 2, 0, 2)
    assert [api.poll(job_id).status_code for _ in range(3)] == [200, 200, 429]
    assert shown() == ("11:02:00.000Z", 2, 0, 1, 3)
    api.client.post("/_mock/reset", headers=api.headers())
    assert shown() == ("11:02:00.000Z", 0, 2, 0, 0)


def test_a_planned_429_is_not_the_rate_limits(api: Any) -> None:
    """The books tell a fault from the limit; a tenant without a limit has refused nobody."""
    assert api.submit("fault=429(first=1)").status_code == 429
    books = api.client.get("/_mock/ledger", headers=api.headers()).get_json()
    assert (books["rate_limit"], books["rate_limited"]) == (None, 0)


def test_a_key_is_never_kept(api: Any) -> None:
    """Nothing in the store holds an API key, whatever was asked with it."""
    secret = api.as_("sk_test_very-secret")
    secret.poll(secret.submitted())
    name = tenant_id(secret.key)
    kept = [*api.engine.store.tenants(), *api.engine.store.jobs(name), api.engine.store.journal(name)]
    assert "very-secret" not in repr(kept)
