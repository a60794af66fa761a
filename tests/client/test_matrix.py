"""What is promised: each promise has its removals and tests, and what has no other place is tested here.

That the tests fail without the feature is shown by `python -m bench.client_removals`, which takes longer.
"""

from __future__ import annotations

import ast
import importlib.metadata
import importlib.util
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.client.removals import MISHAPS, ROWS

FOLDER = Path(__file__).parent
VECTORS = Path(__file__).parents[2] / "contracts" / "miragic_contracts" / "vectors"
PACKAGE = Path(__file__).parents[2] / "client" / "miragic_stt"


def names_in(module: str) -> set[str]:
    tree = ast.parse((FOLDER / f"{module}.py").read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", ROWS)
def test_every_row_has_removals_that_can_be_made_and_tests_that_exist(row):
    """A text that moved, or a test that was renamed, is found before anybody runs the removals."""
    assert ROWS[row]
    for removal in ROWS[row]:
        assert removal.tests
        if removal.new is None:
            assert (PACKAGE / removal.file).is_file()
        else:
            assert (PACKAGE / removal.file).read_text("utf-8").count(removal.old) == 1, removal
        for name in removal.tests:
            if name.startswith("vector "):
                file, vector = name.removeprefix("vector ").split("/")
                vectors = json.loads((VECTORS / f"{file}.json").read_text("utf-8"))["vectors"]
                assert vector in {each["id"] for each in vectors}, name
            else:
                module, *_, test = name.split("[")[0].split("::")
                assert test in names_in(module), name


def test_every_number_of_the_regression_list_has_a_test_and_a_row():
    """One to nineteen."""
    numbers = {int(name[5:7]) for name in names_in("test_regressions") if name[5:7].isdigit()}
    assert numbers == {int(row[:2]) for row in MISHAPS} == set(range(1, 20))


def test_the_package_says_that_it_is_typed():
    """Type checkers of our users read our annotations."""
    spec = importlib.util.find_spec("miragic_stt")
    assert (Path(spec.origin).parent / "py.typed").is_file()


@pytest.mark.parametrize(("chance", "pause"), [(0.0, 0.375), (0.5, 0.5), (1 - 1e-9, 0.625)])
def test_retries_are_jittered(stage, chance, pause):
    """A quarter in both directions, so that clients that failed together do not come back together."""
    stage.client(stage.refused(503), stage.completed(), random=lambda: chance).wait("job-1")
    assert stage.slept == [pytest.approx(pause, abs=1e-6)]


def test_the_default_deadline_is_finite(stage):
    """A job that never ends is given up after 900 seconds; None has to be said."""
    from miragic_stt import WaitTimeoutError

    client = stage.client(*[stage.pending()] * 200)
    with pytest.raises(WaitTimeoutError):
        client.wait("job-1")
    assert 895 < stage.world.elapsed <= 900


def test_the_answer_around_a_document_is_kept(stage):
    """Status, headers and the server's name for the exchange, beside the raw document."""
    headers = {"X-Request-Id": "r-1", "X-Credits-Left": "7"}
    job = stage.client(stage.pending(headers=headers)).get("job-1")
    assert (job.http.status_code, job.http.request_id, job.http.headers["x-credits-left"]) == (
        200,
        "r-1",
        "7",
    )
    assert job.raw == {"id": "job-1", "status": "PENDING"}


def test_an_upload_is_never_held_in_memory(tmp_path):
    """Reading a file of 64 MiB to its end allocates less than 4 MiB at its peak."""
    import tracemalloc
    from contextlib import closing

    from miragic_stt._uploads.audio import open_audio
    from miragic_stt._uploads.multipart import MultipartBody

    path = tmp_path / "long.wav"
    with path.open("wb") as file:
        file.write(b"RIFF\x24\x08\x00\x00WAVE")
        file.truncate(64 << 20)
    tracemalloc.start()
    try:
        with closing(open_audio(path)) as audio:
            for _ in MultipartBody(audio, {"question": "?"}):
                pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 << 20


def test_the_base_install_needs_requests_only():
    """Everything else is an extra; urllib3 is what requests itself is made of."""
    project = tomllib.loads((FOLDER.parents[1] / "pyproject.toml").read_text("utf-8"))["project"]
    needed = {requirement.split(">")[0] for requirement in project["dependencies"]}
    brought = {requirement.split("<")[0] for requirement in importlib.metadata.requires("requests") or []}
    assert needed - brought == {"requests"}


def test_the_base_install_runs_on_requests_alone():
    """Every module that is imported without an extra is the standard library's, requests' or our own."""
    absent = [
        "click",
        "flask",
        "httpx",
        "jsonschema",
        "miragic_contracts",
        "miragic_mock",
        "rich",
        "shtab",
        "yaml",
    ]
    program = (
        f"import sys; sys.modules.update(dict.fromkeys({absent})); import miragic_stt, miragic_stt.__main__; "
        "miragic_stt.Client('key').close(); miragic_stt.__main__.main(['--version'])"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
