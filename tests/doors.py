"""The import-linter contract behind "Rooms and doors": a door that is not listed is shut.

import-linter's own contracts forbid what they name, so a misspelt name forbids nothing and nobody notices.
This one allows what it names: a misspelt door stays shut and the import that needed it is reported. A row
that matches no module is an error, and so is a module that no row matches.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importlinter import Contract, ContractCheck, fields, output

if TYPE_CHECKING:
    from grimp import ImportGraph

STDLIB = "stdlib"
# `_typeshed` is there for type checkers only; it describes the standard library.
STDLIB_MODULES = sys.stdlib_module_names | {"_typeshed"}


@dataclass(frozen=True, slots=True)
class Room:
    """One row: modules, what they may import, and which parts of an open door are shut all the same."""

    modules: tuple[str, ...]
    doors: tuple[str, ...]
    shut: tuple[str, ...] = ()

    def rank(self, module: str) -> int:
        """How closely this row names `module` (0 for not at all): the closest row is the one that counts."""
        named = [pattern.removesuffix(".**") for pattern in self.modules if matches(pattern, module)]
        return max(map(len, named), default=0)

    def lets_in(self, imported: str) -> bool:
        """Whether a module of this room may import `imported`; inside a room all doors are open."""
        if any(matches(pattern, imported) for pattern in self.shut):
            return False
        if STDLIB in self.doors and imported.partition(".")[0] in STDLIB_MODULES:
            return True
        return any(matches(pattern, imported) for pattern in (*self.doors, *self.modules))


def matches(pattern: str, module: str) -> bool:
    """Whether a pattern names a module: `a.b` names that module, `a.b.**` also everything below it."""
    trunk = pattern.removesuffix(".**")
    return module == trunk or (trunk != pattern and module.startswith(trunk + "."))


class RoomsField(fields.Field[tuple[Room, ...]]):
    """The table of rooms as pyproject.toml holds it: a list of tables with the keys of `Room`."""

    def parse(self, raw_data: Any) -> tuple[Room, ...]:
        try:
            return tuple(Room(**{key: tuple(names) for key, names in row.items()}) for row in raw_data)
        except TypeError as error:
            raise fields.ValidationError(f"a room has the keys modules, doors and shut: {error}") from error


class Doors(Contract):
    """Every module is in one room and imports only through that room's doors."""

    rooms: Any = RoomsField()  # import-linter replaces the field by its parsed value on each contract

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        ours = [name for name in sorted(graph.modules) if not graph.is_module_squashed(name)]
        complaints = [*self._idle_patterns(ours), *self._trespasses(graph, ours)]
        return ContractCheck(kept=not complaints, metadata={"complaints": complaints})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for complaint in check.metadata["complaints"]:
            output.print_error(f"- {complaint}", bold=False)

    def _idle_patterns(self, ours: list[str]) -> Iterator[str]:
        for room in self.rooms:
            for pattern in room.modules:
                if not any(matches(pattern, name) for name in ours):
                    yield f"the room {pattern} matches no module: renamed or misspelt?"
            for name in room.shut:
                if name not in STDLIB_MODULES and not any(matches(name, module) for module in ours):
                    yield f"shut = {name} shuts nothing: neither ours nor the standard library's"

    def _trespasses(self, graph: ImportGraph, ours: list[str]) -> Iterator[str]:
        for module in ours:
            room = max(self.rooms, key=lambda room: room.rank(module))
            if not room.rank(module):
                yield f"{module} is in no room: give it a row in pyproject.toml"
                continue
            for imported in sorted(graph.find_modules_directly_imported_by(module)):
                if not room.lets_in(imported):
                    lines = graph.get_import_details(importer=module, imported=imported)
                    where = ", ".join(str(line["line_number"]) for line in lines)
                    doors = ", ".join(room.doors)
                    yield f"{module} (line {where}) may not import {imported}; its doors: {doors}"
