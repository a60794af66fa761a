"""Tenants: known by a digest of their key, which is kept nowhere."""

from __future__ import annotations

import os
import re

import pytest
from miragic_mock.domain.clock import REAL
from miragic_mock.domain.jobs.plan import EMPTY
from miragic_mock.domain.tenants import SERVER, Tenant, is_key, new_api_key, tenant_id


def test_the_id_is_a_digest_that_stays() -> None:
    """The same key is the same tenant in every process and version; another key is another."""
    assert tenant_id("team-a") == "1a890ed146316072ad4603f851f57114"
    assert tenant_id("team-b") != tenant_id("team-a")
    assert re.fullmatch(r"[0-9a-f]{32}", tenant_id(""))
    assert re.fullmatch(r"[0-9a-f]{32}", tenant_id("\ud800"))


def test_no_key_is_the_server() -> None:
    """The server's id is no digest, so no key can reach it."""
    assert not re.fullmatch(r"[0-9a-f]{32}", SERVER)


def test_a_tenant_holds_no_key() -> None:
    """Nothing in a tenant's representation comes from its key but the digest."""
    key = "a-key-that-must-not-be-seen"
    assert key not in repr(Tenant(tenant_id(key)))


def test_a_blank_tenant_has_the_servers_ways() -> None:
    """Real time, no plan of its own, no limit."""
    tenant = Tenant("aa")
    assert (tenant.clock, tenant.plan, tenant.credits, tenant.rate_limit) == (REAL, EMPTY, None, None)
    assert not tenant.is_declared


def test_new_keys_are_told_apart_from_the_vendors() -> None:
    """Their own prefix, then 32 hexadecimal digits of the randomness given."""
    assert new_api_key(lambda size: bytes(range(size))) == "mock_key_000102030405060708090a0b0c0d0e0f"
    assert new_api_key(os.urandom) != new_api_key(os.urandom)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("k", True),
        ("a key", True),
        ("", False),
        (" ", False),
        ("\xe9", False),
        ("a\x00", False),
        ("a\t", False),
    ],
)
def test_a_key_is_what_every_server_passes_on(text: str, expected: bool) -> None:
    """Visible ASCII, blanks inside included; whatever else it was, some server would drop it."""
    assert is_key(text) is expected
