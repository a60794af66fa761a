"""How a call of the control API finds its view and its tenant."""

from __future__ import annotations

from typing import Any

import pytest
from miragic_mock.control.api import VIEWS


@pytest.mark.parametrize("key", ["", "   ", "\xe9", "\u00c3\u00a9"])
def test_a_call_about_a_key_that_is_none_is_refused(api: Any, key: str) -> None:
    """It is not taken for a call about all tenants: a server may pass on as empty what it cannot read."""
    api.control(
        "PUT", "/faults", about=None, headers={"X-API-Key": key}, json={"faults": ["503"]}, status=400
    )
    assert api.control("GET", "/faults", about=None) == {"faults": []}


def test_the_document_has_a_view_for_each_operation(api: Any) -> None:
    """Every operation of control.yaml is answered by a view, and every view is one's."""
    document = api.control("GET", "/openapi.json")
    named = {
        operation["operationId"]
        for item in document["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
    }
    assert named == {*VIEWS, "getDocument", "waitForJob"}


def test_unknown_paths_and_methods_are_refused(api: Any) -> None:
    """A path that is not there is a 404, another method a 405 with Allow, and OPTIONS asks for it."""
    api.control("GET", "/nothing", status=404)
    answer = api.client.post("/_mock/clock")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert api.client.post("/_mock/health").status_code == 405
    answer = api.client.options("/_mock/plan")
    assert (answer.status_code, answer.headers["Allow"]) == (204, "DELETE, GET, HEAD, OPTIONS, PUT")
