"""What links in a job's document start with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from miragic_mock.domain.settings import Settings
from miragic_mock.domain.tenants import SERVER, Tenant
from miragic_mock.stores import Store


def test_links_start_with_the_public_url(make_api: Callable[..., Any]) -> None:
    """Behind a proxy links start with what was given, else with what the client called."""
    api = make_api(settings=Settings(public_url="https://stt.example/mock"))
    assert api.job(api.submitted())["audioUrl"].startswith("https://stt.example/mock/uploads/")


@pytest.mark.parametrize("host", ["a b", "x/y", 'x"y', "x\\y", "evil.example/?", "[::g]", "x:y"])
def test_no_host_breaks_a_link(api: Any, host: str) -> None:
    """A Host header that is none does not get into links."""
    answer = api.client.get(api.poll_path(api.submitted()), headers=api.headers() | {"Host": host})
    assert answer.get_json()["data"]["audioUrl"].startswith("http://localhost/")


SIGNED = Settings(download_signed_url=True)


def text_link(api: Any) -> str:
    return str(api.job(api.submitted("done-after=0s"))["download_signed_url"])


def test_nobody_can_guess_what_links_are_signed_with(make_api: Callable[..., Any]) -> None:
    """Two mocks with the same seed sign differently; what is alike is all but the signature."""
    links = [text_link(make_api(settings=SIGNED)).partition("&signature=") for _ in range(2)]
    assert links[0][0] == links[1][0]
    assert links[0][2] != links[1][2]


def test_the_same_secret_gives_the_same_links(make_api: Callable[..., Any]) -> None:
    """Whoever wants the same bytes in every run gives a secret."""
    server = Tenant(SERVER, link_secret="for tests")
    assert len({text_link(make_api(settings=SIGNED, server=server)) for _ in range(2)}) == 1


def test_links_outlive_the_process_and_hold_for_all(
    make_api: Callable[..., Any], open_fresh: Callable[..., Store]
) -> None:
    """Whoever has the store honours the links that another process gave away, before and after a restart."""
    store = open_fresh()
    path = text_link(make_api(settings=SIGNED, store=store)).removeprefix("http://localhost")
    assert make_api(settings=SIGNED, store=store).client.get(path).status_code == 200


def test_the_secret_is_shown_nowhere(make_api: Callable[..., Any]) -> None:
    """Neither the state of everything nor a tenant has it, nor does it stand where a tenant is printed."""
    api = make_api(server=Tenant(SERVER, link_secret="sshh"))
    for path in ("/", "/tenants"):
        assert "sshh" not in str(api.control("GET", path, about=None))
    assert "sshh" not in repr(api.engine.tenancy.server())
