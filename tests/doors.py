"""The import-linter contract "Rooms and doors": a module imports only what its room is allowed to.

import-linter's own contracts forbid what they name, so a misspelt name forbids nothing and nobody notices.
This one allows what it names: a misspelt door stays shut, and the import that needs it is reported. A row
that matches no module is an error, and so is a module that no row matches.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from importlinter import Contract, ContractCheck, fields, output

if TYPE_CHECKING:
    from grimp import ImportGraph

STDLIB: Final = "stdlib"
# `_typeshed` exists for type checkers only; it describes the standard library.
STDLIB_MODULES: Final = sys.stdlib_module_names | {"_typeshed"}


@dataclass(frozen=True, slots=True)
class Room:
    """A row of the table.

    Attributes:
        modules: Patterns of the modules in this room.
        doors: Patterns of what they may import; `stdlib` is the standard library.
        shut: Modules behind an open door that they may not import all the same.
    """

    modules: tuple[str, ...]
    doors: tuple[str, ...]
    shut: tuple[str, ...] = ()

    def rank(self, module: str) -> int:
        """Return how closely this row names a module, 0 for not at all; the closest row decides."""
        trunks = [pattern.removesuffix(".**") for pattern in self.modules if matches(pattern, module)]
        return max(map(len, trunks), default=0)

    def lets_in(self, imported: str) -> bool:
        """Return whether a module of this room may import another; inside a room every import is allowed."""
        if any(matches(pattern, imported) for pattern in self.shut):
            return False
        if STDLIB in self.doors and imported.partition(".")[0] in STDLIB_MODULES:
            return True
        return any(matches(pattern, imported) for pattern in (*self.doors, *self.modules))


def matches(pattern: str, module: str) -> bool:
    """Return whether a pattern names a module: `a.b` names that one, `a.b.**` also everything below it."""
    trunk = pattern.removesuffix(".**")
    return module == trunk or (trunk != pattern and module.startswith(trunk + "."))


class RoomsField(fields.Field[tuple[Room, ...]]):
    """The table of rooms in pyproject.toml: a list of tables with the attributes of `Room` as keys."""

    def parse(self, raw_data: Any) -> tuple[Room, ...]:
        try:
            return tuple(Room(**{key: tuple(names) for key, names in row.items()}) for row in raw_data)
        except TypeError as error:
            raise fields.ValidationError(f"a room has the keys modules, doors and shut: {error}") from error


class Doors(Contract):
    """The contract: every module is in a room, and imports only through the doors of that room."""

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
