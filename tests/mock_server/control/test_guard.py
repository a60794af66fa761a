"""Which callers the control API lets in."""

from __future__ import annotations

from typing import Any

import pytest
from miragic_mock.control.guard import Guard
from miragic_mock.errors import MockError


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "127.0.0.1:8080"}, 200),
        ({"Host": "[::1]:8080"}, 200),
        ({"Host": "mock.localhost"}, 200),
        ({"Host": "rebound.example"}, 403),
        ({"Host": "rebound.example/<"}, 403),
        ({"Host": "localhost,rebound.example"}, 403),
        ({"Host": ""}, 403),
        ({"Origin": "http://localhost:3000"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://[broken"}, 403),
    ],
)
def test_web_pages_from_elsewhere_are_kept_out(api: Any, headers: dict[str, str], status: int) -> None:
    """Without a token only this machine's names are answered, and no foreign page."""
    api.control("GET", "/jobs", headers=headers, status=status)
    api.control("GET", "/health", headers=headers)


def test_with_a_token_only_its_bearer_is_let_in(make_api: Any) -> None:
    """Off loopback each call but health needs the token, whatever the host."""
    api = make_api(guard=Guard(token="s3cret"))
    host = {"Host": "mock.example"}
    api.control("GET", "/jobs", headers=host, status=401)
    api.control("GET", "/jobs", headers=host | {"Authorization": "Bearer wrong"}, status=401)
    api.control("GET", "/jobs", headers=host | {"Authorization": "Basic s3cret"}, status=401)
    api.control("GET", "/jobs", headers=host | {"Authorization": "bearer s3cret"})
    api.control("GET", "/health", headers=host)


@pytest.mark.parametrize("token", ["", " ", "two words", "cl\xe9", "new\nline"])
def test_a_token_that_is_none_guards_nothing(token: str) -> None:
    """An empty token would let everybody in, an odd one nobody: neither is taken."""
    with pytest.raises(MockError, match="visible ASCII"):
        Guard(token=token)
