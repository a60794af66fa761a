"""What links in a job's document start with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from miragic_mock.domain.settings import Settings


def test_links_start_with_the_public_url(make_api: Callable[..., Any]) -> None:
    """Behind a proxy links start with what was given, else with what the client called."""
    api = make_api(settings=Settings(public_url="https://stt.example/mock"))
    assert api.job(api.submitted())["audioUrl"].startswith("https://stt.example/mock/uploads/")


@pytest.mark.parametrize("host", ["a b", "x/y", 'x"y', "x\\y", "evil.example/?", "[::g]", "x:y"])
def test_no_host_breaks_a_link(api: Any, host: str) -> None:
    """A Host header that is none does not get into links."""
    answer = api.client.get(api.poll_path(api.submitted()), headers=api.headers() | {"Host": host})
    assert answer.get_json()["data"]["audioUrl"].startswith("http://localhost/")
