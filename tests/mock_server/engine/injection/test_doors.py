"""The table of doors and faults."""

from __future__ import annotations

import pytest
from miragic_mock.engine.injection.doors import GRANIAN, INTERCEPT, THREADS, WSGI
from miragic_mock.errors import PlanError
from miragic_mock.language.faults import KINDS, parse_fault


def test_two_doors_can_do_everything() -> None:
    """The thread server and the interception can do every fault there is."""
    for kind in KINDS:
        for door in (THREADS, INTERCEPT):
            assert door.refusal(parse_fault(kind).effect) is None


def test_a_refusal_names_the_door_the_reason_and_the_way_out() -> None:
    """A refusal says why, and through which door the fault can be had."""
    with pytest.raises(PlanError) as caught:
        GRANIAN.check(["503", "answer-lost(first=1)"])
    error = caught.value
    assert (error.word, error.text) == ("answer-lost", "answer-lost(first=1)")
    for words in ("granian", "without an answer", "--server threads"):
        assert words in str(error)


def test_any_wsgi_server_can_be_late_and_wrong() -> None:
    """What needs no hold of the connection goes through every door."""
    for text in ("429(retry-after=1)", "delay", "drip", "malformed-json", "status-back"):
        assert WSGI.refusal(parse_fault(text).effect) is None
