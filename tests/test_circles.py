"""No module imports itself on a detour, not even by an import that runs late, inside a function."""

from __future__ import annotations

import ast
import graphlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGES = ["miragic_contracts", "miragic_mock", "miragic_stt"]
CHECKED_ONLY = ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def modules_of(package: str) -> dict[str, Path]:
    """The modules of a package, by name."""
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    root = Path(spec.origin).parent
    return {name_of(root, path): path for path in sorted(root.rglob("*.py"))}


def name_of(root: Path, path: Path) -> str:
    parts = path.relative_to(root.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_that_run(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports in a node, those inside functions included, those for type checkers left out."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield node
    children = ast.iter_child_nodes(node)
    if isinstance(node, ast.If) and ast.unparse(node.test) in CHECKED_ONLY:
        children = iter(node.orelse)
    for child in children:
        yield from imports_that_run(child)


def imported_by(module: str, path: Path, modules: dict[str, Path]) -> set[str]:
    """The modules among `modules` that importing and using `module` imports."""
    found: set[str] = set()
    for statement in imports_that_run(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(statement, ast.Import):
            found.update(alias.name for alias in statement.names)
            continue
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        dots = "." * statement.level
        base = importlib.util.resolve_name(f"{dots}{statement.module or ''}", package)
        for alias in statement.names:
            # `from . import x` imports the module x where there is one, and else a name of the package.
            submodule = f"{base}.{alias.name}"
            found.add(submodule if submodule in modules else base)
    # The packages above an imported module are imported with it. Those above the importer are there already.
    for name in list(found):
        found.update(above for above in packages_above(name) if above not in packages_above(module))
    return found & modules.keys() - {module}


def packages_above(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_imports_itself_on_a_detour(package: str) -> None:
    """The modules can be put in an order in which each imports only earlier ones."""
    modules = modules_of(package)
    graph = {module: imported_by(module, path, modules) for module, path in modules.items()}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail(f"a circle of imports: {' <- '.join(error.args[1])}")


@pytest.mark.parametrize(
    ("source", "is_circle"),
    [
        ("from . import b", True),
        ("from .b import name", True),
        ("import package.b", True),
        ("def late():\n    from .b import name", True),
        ("if TYPE_CHECKING:\n    from .b import name", False),
        ("if TYPE_CHECKING:\n    pass\nelse:\n    from .b import name", True),
        ("if not TYPE_CHECKING:\n    from .b import name", True),
        ("import b", False),
    ],
)
def test_a_circle_is_found(tmp_path: Path, source: str, is_circle: bool) -> None:
    """However it is written, and unless only a type checker sees it."""
    files = {"package": "", "package.a": source, "package.b": "from .a import name"}
    modules = {name: tmp_path / f"{name}.py" for name in files}
    for name, path in modules.items():
        path.write_text(files[name], encoding="utf-8")
    graph = {name: imported_by(name, path, modules) for name, path in modules.items()}
    assert graph["package.b"] == {"package.a"}
    assert (graph["package.a"] == {"package.b"}) is is_circle
