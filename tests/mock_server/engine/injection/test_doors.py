"""The table of doors and faults."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from miragic_mock.cli.commands import main
from miragic_mock.engine.injection.doors import DOORS, GRANIAN, INTERCEPT, THREADS, WSGI, matrix
from miragic_mock.errors import PlanError
from miragic_mock.language.faults import KINDS, parse_fault


def test_two_doors_can_do_everything() -> None:
    """The thread server and the interception can do every fault there is."""
    for kind in KINDS:
        for door in (THREADS, INTERCEPT):
            assert door.refusal(parse_fault(kind).effect) is None


def test_a_refusal_names_the_door_the_reason_and_the_way_out() -> None:
    """Who is refused learns why, and where the fault can be had."""
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


def test_the_matrix_has_every_fault_and_every_door() -> None:
    """The table for the documentation leaves out no door and no kind of fault but the statuses."""
    head, _, *rows = matrix().split("\n\n")[0].splitlines()
    assert [cell.strip() for cell in head.split("|")[2:-1]] == [door.name for door in DOORS]
    written = {row.split("`")[1].partition("(")[0] for row in rows}
    assert {kind for kind in KINDS if not kind.isdigit()} <= written
    for row in rows:
        marks = [cell.strip() for cell in row.split("|")[2:-1]]
        effect = parse_fault(row.split("`")[1]).effect
        assert marks == ["yes" if door.refusal(effect) is None else "refused" for door in DOORS]


def test_the_command_lists_them() -> None:
    """`miragic-mock faults` shows the table, or for programs each reason."""
    assert CliRunner().invoke(main, ["faults"]).output == matrix() + "\n"
    found = json.loads(CliRunner().invoke(main, ["faults", "--json"]).output)
    assert found["answer-lost"]["threads"] is None
    assert "--server threads" in found["answer-lost"]["granian"]
