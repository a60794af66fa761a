"""A mock elsewhere, taken in hand by its URL."""

from __future__ import annotations

import pytest
from miragic_mock import ControlError, MockServer, connect


def test_connecting_to_a_tenant_makes_it_or_finds_it() -> None:
    """A key names its tenant, whether it was there before or not."""
    with MockServer() as server:
        for _ in range(2):
            with connect(server.url, api_key="shared") as mock:
                mock.plan("done=never")
                assert mock.api_key == "shared"
        assert [tenant["plan"] for tenant in server.tenants()] == ["done=never"]


def test_connecting_with_a_token() -> None:
    """Where the control API wants a token, it is given once."""
    server = MockServer(control_token="between-us")
    mock = server.start()
    try:
        with connect(mock.url) as stranger, pytest.raises(ControlError, match="Bearer"):
            stranger.tenants()
        with connect(mock.url, token="between-us") as friend:
            assert friend.tenants() == []
    finally:
        server.stop()
