"""A package exports what its `__all__` lists, and every export has a docstring."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest

PACKAGES: Final = ["miragic_contracts", "miragic_mock", "miragic_stt"]


def package_of(name: str) -> tuple[ModuleType, ast.Module]:
    package = importlib.import_module(name)
    assert package.__file__ is not None
    return package, ast.parse(Path(package.__file__).read_text(encoding="utf-8"))


def public_imports(tree: ast.Module) -> list[ast.Import | ast.ImportFrom]:
    """Return the imports that bind public names; of a lazy package, those for type checkers."""
    lazy = [node for node in tree.body if isinstance(node, ast.If)]
    body = lazy[0].body if lazy else tree.body
    return [
        node
        for node in body
        if isinstance(node, ast.Import | ast.ImportFrom) and getattr(node, "module", None) != "__future__"
    ]


def imported_names(tree: ast.Module) -> set[str]:
    """Return the public names that the imports of a module bind, `__future__` aside."""
    aliases = [alias for node in public_imports(tree) for alias in node.names]
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
        and not (isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "_HOMES")
        and not (
            isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "not TYPE_CHECKING")
        )
        and not (isinstance(node, ast.FunctionDef) and node.name in ("__getattr__", "__dir__"))
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


PYTEST_PLUGINS: Final = ["miragic_contracts.testsuite.plugin", "miragic_mock.pytest_plugin"]


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


def test_the_mock_imports_what_is_used_and_no_more() -> None:
    """`import miragic_mock` alone loads no module of ours: a public name brings its own (PEP 562)."""
    code = (
        "import sys, miragic_mock\n"
        "print(sorted(name for name in sys.modules if name.startswith('miragic_')))\n"
        "from miragic_mock import *\n"
        "missing = sorted(set(miragic_mock.__all__) - set(globals()))\n"
        "print(missing, miragic_mock.__all__ == sorted(miragic_mock._HOMES))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["['miragic_mock']", "[] True"]


def test_type_checkers_find_the_mocks_names_where_they_are() -> None:
    """The imports under `TYPE_CHECKING` bring each name from the module that it is loaded from."""
    package, tree = package_of("miragic_mock")
    seen_by_checkers = {
        alias.name: "." * node.level + (node.module or "")
        for node in public_imports(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen_by_checkers == package._HOMES


TYPING_MOCK: Final = Path(__file__).parent / "mock_server" / "typing_mock.py"


def test_type_checkers_are_shown_the_whole_mock() -> None:
    """The uses that mypy and pyright check import each public name, and call each method of `Mock`."""
    package = importlib.import_module("miragic_mock")
    uses = ast.parse(TYPING_MOCK.read_text(encoding="utf-8"))
    imported = {
        alias.name
        for node in ast.walk(uses)
        if isinstance(node, ast.ImportFrom) and node.module == "miragic_mock"
        for alias in node.names
    }
    called = {
        node.func.attr
        for node in ast.walk(uses)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    methods = {name for name, _ in inspect.getmembers(package.Mock, inspect.isfunction) if name[0] != "_"}
    assert imported == set(package.__all__)
    assert methods - called == set()


def test_the_mock_says_what_it_does_not_have() -> None:
    """A misspelt name of the lazy package is an AttributeError that names it, as for any module."""
    package = importlib.import_module("miragic_mock")
    assert set(package.__all__) <= set(dir(package))
    with pytest.raises(AttributeError, match="'miragic_mock' has no attribute 'interceptt'"):
        _ = package.interceptt
