"""The table of faults: a kind that is half added is found at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from miragic_mock.domain import faults

SOURCE = Path(faults.__file__).read_text(encoding="utf-8")
CLASS = '''

@dataclass(frozen=True, slots=True)
class Garbage:
    """Bytes that are no HTTP."""


OnWire = (
'''
ROW = '    Kind("garbage", Garbage, "Answer with garbage.", spoils_errors=True),\n)\n"""Every kind'


def with_class(source: str) -> str:
    return source.replace("\nOnWire = (\n", CLASS, 1)


def in_union(source: str) -> str:
    return source.replace("OnWire = (\n", "OnWire = (\n    Garbage |\n", 1)


def with_row(source: str) -> str:
    return source.replace(')\n"""Every kind', ROW, 1)


def run(source: str) -> subprocess.CompletedProcess[str]:
    """Run the module with its source changed, in the place of the real one."""
    code = (
        "import sys\n"
        "from miragic_mock.domain import faults\n"
        "exec(compile(sys.stdin.read(), faults.__file__, 'exec'), vars(faults))\n"
    )
    return subprocess.run(
        [sys.executable, "-c", code], input=source, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(with_row(with_class(SOURCE)), id="a row, and in no union"),
        pytest.param(in_union(with_class(SOURCE)), id="in a union, and no row"),
    ],
)
def test_a_kind_that_is_half_added_is_refused_at_import(source: str) -> None:
    """Unions and rows say the same, or the error names the kind: it would be accepted, and never strike."""
    assert source != SOURCE
    finished = run(source)
    assert finished.returncode == 1
    assert "TypeError: faults: expected each effect once in a union and once in KINDS" in finished.stderr
    assert "Garbage" in finished.stderr


def test_a_kind_that_is_whole_is_taken() -> None:
    """A class, its name in a union and its row are all that the table asks for."""
    finished = run(with_row(in_union(with_class(SOURCE))))
    assert finished.returncode == 0, finished.stderr


def test_mypy_names_the_place_that_has_to_carry_a_new_kind_out(tmp_path: Path) -> None:
    """A copy of the mock with a whole new kind does not pass the type checker until the script knows it."""
    package = Path(faults.__file__).parents[1]
    copy = tmp_path / "miragic_mock"
    for path in ("domain", "engine/injection", "exchange", "errors.py"):
        for source in (package / path).rglob("*.py") if (package / path).is_dir() else [package / path]:
            target = copy / source.relative_to(package)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    (copy / "__init__.py").write_text("")
    (copy / "engine" / "__init__.py").write_text("")
    (copy / "domain" / "faults.py").write_text(with_row(in_union(with_class(SOURCE))), encoding="utf-8")
    checked = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--no-incremental", "--follow-imports=silent"),
            *("--ignore-missing-imports", "engine/injection/script.py"),
        ],
        cwd=copy,
        env={"MYPYPATH": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert '"assert_never" has incompatible type "Garbage"' in checked.stdout, checked.stdout + checked.stderr
