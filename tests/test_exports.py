"""What a package exports is what it says it exports, and each of it is explained."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

PACKAGES = ["miragic_contracts", "miragic_mock", "miragic_stt"]


def package_of(name: str) -> tuple[ModuleType, ast.Module]:
    package = importlib.import_module(name)
    assert package.__file__ is not None
    return package, ast.parse(Path(package.__file__).read_text(encoding="utf-8"))


def imported_names(tree: ast.Module) -> set[str]:
    """The public names that the imports of a module bind, `__future__` aside."""
    aliases = [
        alias
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom) and getattr(node, "module", None) != "__future__"
        for alias in node.names
    ]
    return {name for alias in aliases if not (name := alias.asname or alias.name).startswith("_")}


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_is_imports_and_a_list(name: str) -> None:
    """An `__init__.py` holds a docstring, imports and `__all__`, which names exactly what is imported."""
    package, tree = package_of(name)
    rest = [
        ast.unparse(node)
        for node in tree.body[1:]
        if not isinstance(node, ast.Import | ast.ImportFrom)
        and not (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__")
    ]
    assert ast.get_docstring(tree)
    assert rest == []
    assert set(package.__all__) == imported_names(tree)
    assert len(package.__all__) == len(set(package.__all__))


@pytest.mark.parametrize("name", PACKAGES)
def test_every_export_is_there_and_explained(name: str) -> None:
    """Each exported class and function exists and has a docstring."""
    package, _ = package_of(name)
    exports = {export: getattr(package, export) for export in package.__all__}
    mute = [
        export
        for export, value in exports.items()
        if (inspect.isclass(value) or inspect.isroutine(value)) and not (value.__doc__ or "").strip()
    ]
    assert mute == []


PYTEST_PLUGINS = ["miragic_contracts.testsuite.plugin", "miragic_mock.pytest_plugin"]


@pytest.mark.parametrize("name", PYTEST_PLUGINS)
def test_a_pytest_plugin_needs_nothing_but_pytest(name: str) -> None:
    """Every pytest run loads our plugins, also on the base install, so they import no other library."""
    code = (
        "import sys, pytest\n"
        "before = set(sys.modules)\n"
        f"import {name}\n"
        "ours = ('miragic_contracts', 'miragic_mock')\n"
        "names = {module.partition('.')[0] for module in set(sys.modules) - before}\n"
        "print(sorted(names - set(ours) - sys.stdlib_module_names))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
