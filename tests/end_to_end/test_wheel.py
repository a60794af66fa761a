"""What a user installs: the wheel holds the three packages and their data, and works without a checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = {"miragic_contracts", "miragic_mock", "miragic_stt"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.Path:
    """The wheel as built from this tree."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=60)
    (built,) = folder.glob("*.whl")
    return zipfile.Path(built)


def test_nothing_generic_lands_in_site_packages(wheel: zipfile.Path) -> None:
    """Three packages and the metadata: no `client`, no `tests`, no `contracts`."""
    top = {entry.name for entry in wheel.iterdir()}
    assert {name for name in top if not name.endswith(".dist-info")} == PACKAGES


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_the_packages_are_typed(wheel: zipfile.Path, package: str) -> None:
    """Each package tells type checkers that it is typed."""
    assert (wheel / package / "py.typed").is_file()


def test_the_contract_comes_with_the_wheel(wheel: zipfile.Path) -> None:
    """The wheel's contract is the repository's, byte for byte, and so are its JSON Schemas."""
    package = wheel / "miragic_contracts"
    assert (package / "openapi.yaml").read_bytes() == (ROOT / "openapi.yaml").read_bytes()
    shipped = ROOT / "contracts" / "miragic_contracts" / "json_schemas"
    for schema in shipped.rglob("*.json"):
        packed = package.joinpath("json_schemas", *schema.relative_to(shipped).parts)
        assert packed.read_bytes() == schema.read_bytes()


def test_the_wheel_works_without_a_checkout(wheel: zipfile.Path, tmp_path: Path) -> None:
    """Unpacked elsewhere, the contract is found and loads."""
    with zipfile.ZipFile(str(wheel.root.filename)) as archive:
        archive.extractall(tmp_path)
    program = "import miragic_contracts.spec as c; print(c.__file__); print(len(c.load_spec().operations))"
    finished = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    where, operations = finished.stdout.split("\n")[:2]
    assert Path(where).is_relative_to(tmp_path)
    assert operations == "2"
