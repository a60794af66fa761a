"""`connect`: the mock in hand when it runs in another process, or on another machine.

Rule: the same methods as in process, each of them one call over HTTP.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus

from ..domain.tenants import tenant_id
from ..errors import ControlError
from .mock import Mock
from .options import API_KEY


@contextmanager
def connect(url: str, *, api_key: str | None = None, token: str | None = None) -> Iterator[Mock]:
    """Give the mock that listens at a URL, as `miragic-mock serve` prints it.

        with connect("http://127.0.0.1:8080") as mock:
            mock.advance(60)

    Its methods raise `requests.RequestException` where no server answers.

    Args:
        url: The mock's address.
        api_key: The key of the tenant that the mock in hand is about, which is made if it is not there; None
            for all tenants.
        token: What the control API wants of callers where the mock is not on a loopback address.
    """
    # Imported here: the pytest plugin loads this module in every test run.
    import requests

    from ..control.client import over_http

    with requests.Session() as session:
        session.trust_env = False  # no proxy stands between a test and its mock
        if token is not None:
            session.headers["Authorization"] = f"Bearer {token}"
        url = url.rstrip("/")
        mock = Mock(url=url, api_key=api_key or API_KEY, ask=over_http(session, url))
        yield mock if api_key is None else _of_tenant(mock, api_key)


def _of_tenant(mock: Mock, api_key: str) -> Mock:
    try:
        return mock.tenant(api_key=api_key)
    except ControlError as error:
        if error.status != HTTPStatus.CONFLICT:
            raise
        # It is there already, and its id follows from its key.
        return replace(mock, api_key=api_key, owner=tenant_id(api_key))
