"""The house style that ruff cannot check, read from the source of the three packages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
PACKAGES: Final = {
    "miragic_contracts": ROOT / "contracts" / "miragic_contracts",
    "miragic_mock": ROOT / "mock_server" / "miragic_mock",
    "miragic_stt": ROOT / "client" / "miragic_stt",
}
MOST_MODULE_LINES: Final = 400
MOST_FUNCTION_LINES: Final = 45
# How a docstring must not begin. Each is a riddle, or a section of Google's form where the summary belongs.
BAD_BEGINNING: Final = re.compile(r"(One that|What is told|Whoever|Raises|Args)\b")
CONSTANT: Final = re.compile(r"_?[A-Z][A-Z0-9_]*")
# The inner one of two nested handlers needs a name of its own, or it would unbind the outer one's.
NAMES_OF_ERRORS: Final = ("error", "second_error")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """A module of a package, as source and as a tree."""

    path: Path
    source: str
    tree: ast.Module

    def at(self, node: ast.stmt | ast.expr | ast.excepthandler, what: str) -> str:
        """A complaint about a place in the module."""
        return f"{self.path.relative_to(ROOT)}:{node.lineno}: {what}"


@cache
def modules(package: str) -> tuple[Module, ...]:
    """The modules of a package, parsed once for all checks."""
    found = []
    for path in sorted(PACKAGES[package].rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        found.append(Module(path, source, ast.parse(source)))
    return tuple(found)


def functions(module: Module) -> Iterator[Function]:
    return (node for node in ast.walk(module.tree) if isinstance(node, Function))


def absolute_imports(module: Module, package: str) -> Iterator[str]:
    """Imports of the package by its own name; inside it they are relative.

    Test modules that are shipped are left out: pytest may load them under another name, without a package.
    """
    if module.path.name == "conftest.py" or module.path.name.startswith("test_"):
        return
    for node in ast.walk(module.tree):
        names = []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        if any(name.partition(".")[0] == package for name in names):
            assert isinstance(node, ast.Import | ast.ImportFrom)
            yield module.at(node, ast.unparse(node))


def lists_of_exports(module: Module, package: str) -> Iterator[str]:
    """`__all__` outside an `__init__`; elsewhere a leading underscore says what a module keeps to itself."""
    if module.path.name != "__init__.py":
        for node, name in module_names(module):
            if name == "__all__":
                yield module.at(node, name)


def misnamed_errors(module: Module, package: str) -> Iterator[str]:
    """Caught exceptions that are not called `error`."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler) and node.name and node.name not in NAMES_OF_ERRORS:
            yield module.at(node, f"except ... as {node.name}")


def constants_without_final(module: Module, package: str) -> Iterator[str]:
    """Constants of a module that are not annotated with `Final`."""
    for node, name in module_names(module):
        annotation = ast.unparse(node.annotation) if isinstance(node, ast.AnnAssign) else ""
        is_final = annotation.partition("[")[0] == "Final"
        # Type checkers do not accept a type variable with an annotation.
        is_type_variable = isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "TypeVar"
        if CONSTANT.fullmatch(name) and not is_final and not is_type_variable:
            yield module.at(node, name)


def riddles(module: Module, package: str) -> Iterator[str]:
    """Docstrings that begin with a riddle or with a section."""
    documented = (ast.Module, ast.ClassDef, *Function.__args__)
    for node in ast.walk(module.tree):
        if isinstance(node, documented) and BAD_BEGINNING.match(text := ast.get_docstring(node) or ""):
            assert isinstance(node.body[0], ast.stmt)
            yield module.at(node.body[0], text.partition("\n")[0])


def long_modules(module: Module, package: str) -> Iterator[str]:
    """Modules that ought to be two."""
    lines = len(module.source.splitlines())
    if lines > MOST_MODULE_LINES:
        yield f"{module.path.relative_to(ROOT)}: {lines} lines"


def long_functions(module: Module, package: str) -> Iterator[str]:
    """Functions that do too much to be read at once; what a docstring explains does not count."""
    for function in functions(module):
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        if ast.get_docstring(function) is not None:
            docstring = function.body[0]
            lines -= (docstring.end_lineno or docstring.lineno) - docstring.lineno + 1
        if lines > MOST_FUNCTION_LINES:
            yield module.at(function, f"{function.name}: {lines} lines")


def module_names(module: Module) -> Iterator[tuple[ast.Assign | ast.AnnAssign, str]]:
    """The names that a module binds at its top level by assignment, also under an `if` or a `try`."""
    outer: list[ast.stmt] = list(module.tree.body)
    for node in outer:
        if isinstance(node, ast.If | ast.Try):
            outer += [inner for inner in ast.iter_child_nodes(node) if isinstance(inner, ast.stmt)]
            outer += [inner for handler in getattr(node, "handlers", ()) for inner in handler.body]
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                named = target.elts if isinstance(target, ast.Tuple) else [target]
                yield from ((node, name.id) for name in named if isinstance(name, ast.Name))


CHECKS: Final = {
    "imports inside a package are relative": absolute_imports,
    "only an `__init__` has `__all__`": lists_of_exports,
    "a caught exception is called `error`": misnamed_errors,
    "a constant is `Final`": constants_without_final,
    "a docstring says what a thing is": riddles,
    f"a module has at most {MOST_MODULE_LINES} lines": long_modules,
    f"a function has at most {MOST_FUNCTION_LINES} lines": long_functions,
}


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("package", PACKAGES)
def test_the_style_is_kept(package: str, check: str) -> None:
    """No module of the package breaks the rule; a failure lists the places."""
    complaints = [text for module in modules(package) for text in CHECKS[check](module, package)]
    if complaints:
        pytest.fail("\n".join(complaints), pytrace=False)


BROKEN = '''
import miragic_mock.errors
from miragic_mock import Mock
__all__ = ["LIMIT"]
LIMIT = 1
LOW, _HIGH = 1, 2
T = TypeVar('T')
SOUND: Final[int] = 1
if LIMIT:
    INNER: int = 3
def first():
    """What is told to callers."""
    try:
        pass
    except OSError as failure:
        pass
'''


def test_the_checks_bite() -> None:
    """Each rule is broken by a sample, as often as it should be."""
    long = "def second():\n" + "    pass\n" * MOST_FUNCTION_LINES
    padding = "\n" * MOST_MODULE_LINES
    source = BROKEN + long + padding
    module = Module(ROOT / "sample.py", source, ast.parse(source))
    found = {name: len(list(check(module, "miragic_mock"))) for name, check in CHECKS.items()}
    assert list(found.values()) == [2, 1, 1, 4, 1, 1, 1]
