"""The table of faults, as people and programs read it."""

from __future__ import annotations

from miragic_mock.engine.injection.catalogue import described, manual, matrix
from miragic_mock.engine.injection.doors import DOORS
from miragic_mock.language.faults import KINDS, legal_parameters, parse_fault


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


def test_the_manual_names_every_parameter_with_its_meaning() -> None:
    """What the language takes in parentheses stands in the manual, and so does what it is for."""
    kinds = {kind["name"]: kind for kind in described()["kinds"]}
    conditions = {item["name"] for item in described()["conditions"]}
    for kind in KINDS:
        name = "STATUS" if kind.isdigit() else kind
        legal = set(legal_parameters(type(parse_fault(kind).effect)))
        assert legal == conditions | {item["name"] for item in kinds[name]["parameters"]}
        for item in kinds[name]["parameters"]:
            assert item["meaning"]
            assert f"{item['name']}" in manual()
            assert item["meaning"] in manual()
