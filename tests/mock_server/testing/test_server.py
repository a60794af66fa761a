"""A mock on a socket of this process: started, stopped, and reached by others."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
import requests
from miragic_mock import MockError, MockServer
from miragic_mock.servers.addresses import listen

Opened = Callable[..., AbstractContextManager[Any]]


def test_a_port_in_use_is_said(served: Opened) -> None:
    """The error says at which address the server cannot listen, and what to do."""
    with served() as caller:
        port = int(caller.mock.url.rpartition(":")[2])
        with pytest.raises(MockError, match=rf"cannot listen on 127.0.0.1:{port}.*port 0"):
            MockServer(port=port).start()


def test_a_server_runs_once_at_a_time() -> None:
    """Starting twice is an error; after a stop the same server starts anew."""
    server = MockServer()
    assert repr(server) == "<MockServer not running>"
    for _ in range(2):
        mock = server.start()
        assert repr(server) == f"<MockServer at {mock.url}>"
        with pytest.raises(MockError, match="runs already"):
            server.start()
        server.stop()


def test_the_control_api_is_shut_off_loopback() -> None:
    """A server that others can reach makes a token up, and wants it over HTTP; in process nobody asks."""
    server = MockServer(host="0.0.0.0")
    mock = server.start()
    try:
        assert mock.state()["version"]
        assert requests.get(f"{mock.url}/_mock/", timeout=30).status_code == 401
        token = {"Authorization": f"Bearer {server.control_token}"}
        assert requests.get(f"{mock.url}/_mock/", headers=token, timeout=30).status_code == 200
    finally:
        server.stop()


def test_a_listener_stays_its_owners_when_an_option_fails() -> None:
    """What the mock could not use it does not close."""
    with listen("127.0.0.1", 0) as listener:
        with pytest.raises(MockError):
            MockServer(listener=listener, plan="done=maybe").start()
        assert listener.fileno() != -1
