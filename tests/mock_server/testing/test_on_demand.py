"""A mock that starts when somebody first connects."""

from __future__ import annotations

import threading

import requests
from miragic_mock.testing.on_demand import OnDemand


def names() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


def test_the_first_client_starts_it() -> None:
    """Until then there is an address and one thread; then there is a mock, and nothing was lost meanwhile."""
    offered = OnDemand(plan="done=never")
    try:
        assert "miragic-mock" not in names()
        state = requests.get(f"{offered.url}/_mock/", timeout=10).json()
        assert state["plan"] == "done=never"
        assert "miragic-mock" in names()
    finally:
        offered.stop()
    assert not {name for name in names() if name.startswith("miragic")}


def test_nobody_may_come() -> None:
    """What was never wanted goes without a trace."""
    OnDemand().stop()
    assert not {name for name in names() if name.startswith("miragic")}
