"""The last catch: a defect of the mock ends one request, in the right shape, and no key is in the log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from miragic_mock.stores.memory import MemoryStore

KEY = "sk-a-key-that-nobody-may-see"


class Broken(MemoryStore):
    """A store with a defect, which says the key that it was asked for."""

    def tenants(self) -> Any:
        raise ZeroDivisionError(KEY)

    def glance(self, *_: object, **__: object) -> Any:
        raise RecursionError(KEY)


def test_the_api_answers_in_the_contracts_shape(make_api: Callable[..., Any], defects: list[str]) -> None:
    """The client gets the contract's error document, the metrics count it, the log has it without the key."""
    api = make_api(store=Broken()).as_(KEY)
    answer = api.poll("x")
    assert answer.status_code == 500
    assert answer.get_json()["success"] is False
    assert KEY not in answer.text
    assert [text.count("RecursionError: [key]") for text in defects] == [1]
    assert KEY not in defects[0]
    assert (api.engine.tally.defects(), api.engine.tally.answers()) == (1, {("other", 500): 1})
    defects.clear()


def test_the_control_api_answers_in_its_own_shape(make_api: Callable[..., Any], defects: list[str]) -> None:
    """A control call gets the control API's error."""
    api = make_api(store=Broken())
    error = api.control("GET", "/metrics", status=500, about=None)["error"]
    assert (error["status"], "defect" in error["message"]) == (500, True)
    assert api.engine.tally.defects() == 1
    defects.clear()


def test_the_next_request_is_answered(make_api: Callable[..., Any], defects: list[str]) -> None:
    """A defect ends nothing but its own request."""
    api = make_api(store=Broken())
    assert [api.poll("x").status_code for _ in range(2)] == [500, 500]
    api.control("GET", "/health")
    assert len(defects) == 2
    defects.clear()
