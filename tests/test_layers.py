"""Rooms and doors: the table that `make layers` checks bites."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("contracts/miragic_contracts", "mock_server/miragic_mock", "client/miragic_stt")
LINT_IMPORTS = Path(sysconfig.get_path("scripts")) / "lint-imports"

# module, forbidden line, what it must be told
TRESPASSES = [
    pytest.param(
        "miragic_mock.domain.jobs.lifecycle", "import time", "time", id="the pure job reads the clock"
    ),
    pytest.param(
        "miragic_mock.domain.jobs.lifecycle", "import random", "random", id="the pure job rolls dice"
    ),
    pytest.param(
        "miragic_mock.domain.jobs.lifecycle",
        "import threading",
        "threading",
        id="the pure job starts a thread",
    ),
    pytest.param("miragic_mock.domain.jobs.lifecycle", "import flask", "flask", id="the pure job meets HTTP"),
    pytest.param(
        "miragic_mock.domain.jobs.lifecycle",
        "import miragic_mock.language.plans",
        "miragic_mock.language.plans",
        id="a higher room",
    ),
    pytest.param("miragic_mock.language.plans", "import flask", "flask", id="plans meet HTTP"),
    pytest.param("miragic_mock.stores.memory", "import flask", "flask", id="a store meets HTTP"),
    pytest.param(
        "miragic_contracts.spec.model", "import miragic_mock", "miragic_mock", id="contract to mock"
    ),
    pytest.param("miragic_contracts.spec.model", "import hypothesis", "hypothesis", id="the spec draws"),
    pytest.param("miragic_contracts.spec.model", "import flask", "flask", id="the spec meets HTTP"),
    pytest.param(
        "miragic_contracts.__main__", "import flask", "flask", id="the checker meets the mock's HTTP"
    ),
    pytest.param("miragic_contracts.__main__", "import miragic_stt", "miragic_stt", id="checker to client"),
    pytest.param("miragic_mock.errors", "import miragic_stt", "miragic_stt", id="mock to client"),
    pytest.param("miragic_stt._api", "import yaml", "yaml", id="the client reads the spec"),
    pytest.param("miragic_stt._api", "import httpx", "httpx", id="httpx outside the async transport"),
    pytest.param("miragic_stt._api", "import miragic_mock", "miragic_mock", id="client to mock"),
    pytest.param(
        "miragic_stt._api", "def late():\n    import miragic_contracts", "miragic_contracts", id="lazily"
    ),
    pytest.param("miragic_stt._protocol", "import requests", "requests", id="the client's protocol does I/O"),
    pytest.param(
        "miragic_stt._uploads.audio",
        "import miragic_stt._transports.wire",
        "miragic_stt._transports.wire",
        id="the client's audio knows the wire",
    ),
    pytest.param(
        "miragic_stt._transports.wire",
        "from .. import _call",
        "miragic_stt._call",
        id="a transport of the client knows its core",
    ),
    pytest.param(
        "miragic_stt._client", "from .batch import journal", "miragic_stt.batch.journal", id="core to batch"
    ),
    pytest.param(
        "miragic_stt._driver",
        "def late():\n    from .batch import threads",
        "miragic_stt.batch.threads",
        id="core to batch, lazily",
    ),
    pytest.param(
        "miragic_stt._call", "from ._cli import report", "miragic_stt._cli.report", id="core to command line"
    ),
    pytest.param("miragic_stt._call", "import miragic_stt", "miragic_stt", id="core to face"),
    pytest.param(
        "miragic_stt.batch.outcome",
        "from .._cli import report",
        "miragic_stt._cli.report",
        id="batch to command line",
    ),
]


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    """Checks the packages below `root` by the table in its pyproject.toml."""
    search_path = os.pathsep.join(str((root / package).parent) for package in PACKAGES)
    return subprocess.run(
        [str(LINT_IMPORTS), "--no-logo", "--no-cache"],
        cwd=root,
        env=os.environ | {"PYTHONPATH": search_path, "COLUMNS": "400"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def file_of(root: Path, module: str) -> Path:
    folder = next(root / package for package in PACKAGES if module.startswith(package.partition("/")[2]))
    return folder.parent.joinpath(*module.split(".")).with_suffix(".py")


@pytest.fixture(scope="module")
def copied_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what lint-imports reads."""
    root = tmp_path_factory.mktemp("tree")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    (root / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "doors.py", root / "tests")
    return root


@pytest.fixture(scope="module")
def complaints(copied_tree: Path) -> str:
    """What the copy is told with every trespass and an idle row in it."""
    for case in TRESPASSES:
        module, line, _ = case.values
        with file_of(copied_tree, str(module)).open("a", encoding="utf-8") as source:
            source.write(f"\n{line}\n")
    table = copied_tree / "pyproject.toml"
    rows = table.read_text(encoding="utf-8")
    idle = '    { modules = ["miragic_mock.lifecicle"], doors = ["stdlib"], shut = ["tiem"] },\n'
    table.write_text(rows.replace("rooms = [\n", "rooms = [\n" + idle), encoding="utf-8")
    checked = lint_imports(copied_tree)
    assert checked.returncode == 1, checked.stderr
    return checked.stdout


@pytest.mark.parametrize(("module", "line", "imported"), TRESPASSES)
def test_a_trespass_is_reported(complaints: str, module: str, line: str, imported: str) -> None:
    """A forbidden import, however late it happens, is reported with its module and its line."""
    told = [text for text in complaints.splitlines() if f"- {module} (line " in text]
    assert any(f"may not import {imported};" in text for text in told), f"silent about {line!r}: {told}"


@pytest.mark.parametrize(
    ("module", "line", "imported"),
    [
        pytest.param("exchange.call", "import miragic_mock.engine.polls", "engine.polls", id="outright"),
        pytest.param(
            "engine.polls", "def late():\n    import miragic_mock.wsgi.adapter", "wsgi.adapter", id="lazily"
        ),
    ],
)
def test_an_upward_import_is_reported(
    copied_tree: Path, complaints: str, module: str, line: str, imported: str
) -> None:
    """A room of the mock that imports a higher one is reported with both modules, however late it does."""
    source = file_of(copied_tree, f"miragic_mock.{module}")
    before = source.read_text(encoding="utf-8")
    source.write_text(f"{before}\n{line}\n", encoding="utf-8")
    try:
        told = lint_imports(copied_tree).stdout
    finally:
        source.write_text(before, encoding="utf-8")
    assert f"- miragic_mock.{module} -> miragic_mock.{imported} (l." in told


@pytest.mark.parametrize(
    "complaint",
    [
        "the room miragic_mock.lifecicle matches no module",
        "shut = tiem shuts nothing",
    ],
)
def test_a_row_that_names_nothing_is_reported(complaints: str, complaint: str) -> None:
    """A renamed or misspelt module cannot silence its row."""
    assert complaint in complaints


def test_a_module_in_no_row_is_reported(copied_tree: Path) -> None:
    """A package that no row names may not slip past the table."""
    table = copied_tree / "pyproject.toml"
    rows = table.read_text(encoding="utf-8")
    table.write_text(
        rows.replace('modules = ["miragic_stt._uploads.**"]', 'modules = ["miragic_stt._uploads"]'),
        encoding="utf-8",
    )
    try:
        assert "- miragic_stt._uploads.audio is in no room" in lint_imports(copied_tree).stdout
    finally:
        table.write_text(rows, encoding="utf-8")
