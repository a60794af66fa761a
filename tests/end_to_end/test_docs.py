"""What the documents say is done: code blocks run, commands and options exist, links lead somewhere."""

from __future__ import annotations

import itertools
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from miragic_mock import PlanError
from miragic_mock.language.plans import MAGIC_KEYS, parse_plan

from tests.broken_servers import gates
from tests.end_to_end.conftest import needs

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    *sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")),
]
README_LINES = 120
SCRIPTS = sysconfig.get_path("scripts")

FENCE = re.compile(r"^```(?P<language>\w+)[^\n]*\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!\w+:|#)(?P<target>[^)#\s]+)")
MAKE = re.compile(r"`make (?P<target>[a-z][a-z-]*)|^\$ make (?P<typed>[a-z][a-z-]*)", re.MULTILINE)
TESTS = re.compile(r"`(?P<file>[^`]+)`")
TABLE_OF_TESTS = "| see the tests |"
# What in backticks is a path: a folder with its slash, or a file with a suffix of ours.
NAMED_PATH = re.compile(r"`(?P<path>[\w.-]+(?:/[\w.-]+)*(?:/|\.(?:py|md|toml|yaml|yml|json)))`")
LOCAL_URL = re.compile(r"http://(127\.0\.0\.1|localhost):\d+")
SERVING = ("miragic-mock", "serve")


class Block(NamedTuple):
    """One fenced block: where it stands, what language it says it is, and its lines."""

    document: str
    line: int
    language: str
    code: str


def blocks(*languages: str) -> list[Any]:
    """The documents' blocks of these languages, as parameters."""
    found = []
    for name in DOCUMENTS:
        text = (ROOT / name).read_text(encoding="utf-8")
        for match in FENCE.finditer(text):
            if match["language"] in languages:
                line = text.count("\n", 0, match.start()) + 1
                block = Block(name, line, match["language"], match["code"])
                found.append(pytest.param(block, id=f"{name}:{line}"))
    return found


PYTHON = blocks("python")
CONSOLE = blocks("console", "bash", "sh")


@pytest.fixture(scope="module")
def mock_url(start_mock: Any, recordings: Path) -> Iterator[str]:
    """A mock that knows the recordings' words and takes no time."""
    with start_mock("--plan", "done-after=0s", "--sidecar-dir", str(recordings)) as url:
        yield url


@pytest.fixture
def desk(tmp_path: Path, recordings: Path) -> Path:
    """A folder such as the reader would work in: the recordings lie where a checkout has them."""
    shutil.copytree(recordings, tmp_path / recordings.relative_to(ROOT))
    return tmp_path


def run(command: list[str] | str, desk: Path) -> subprocess.CompletedProcess[str]:
    environment = {"MIRAGIC_API_KEY": "test-key", "PATH": SCRIPTS + os.pathsep + os.environ["PATH"]}
    return subprocess.run(
        command,
        shell=isinstance(command, str),
        cwd=desk,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("block", PYTHON)
def test_python_runs(block: Block, desk: Path, mock_url: str) -> None:
    """A Python example runs as it stands, on a running mock's address; one with tests passes them."""
    source = LOCAL_URL.sub(mock_url, block.code)
    script = desk / "test_example.py"
    script.write_text(source, encoding="utf-8")
    runner = ["-m", "pytest", "-q", "-p", "no:cacheprovider"] if "\ndef test_" in "\n" + source else []
    finished = run([sys.executable, *runner, str(script)], desk)
    assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.mark.parametrize("block", CONSOLE)
def test_commands_run(block: Block, desk: Path, mock_url: str) -> None:
    """Each command of a console example succeeds; one that would not end is held against its help."""
    for line in typed_lines(block.code):
        words = shlex.split(line, comments=True)
        match tuple(words[:2]):
            case ("make", _) | ("git", "clone") | ("cd", _):
                pass  # targets have a test of their own; the rest is the reader's
            case ("pip", "install"):
                assert_extras_exist(words[2:])
            case ("curl", _) if shutil.which("curl") is None:
                needs("curl")
            case tuple(start) if start == SERVING:
                assert_options_exist(words)
            case _:
                finished = run(LOCAL_URL.sub(mock_url, line), desk)
                assert finished.returncode == 0, f"{line}\n{finished.stdout}{finished.stderr}"


def typed_lines(code: str) -> list[str]:
    """What follows `$ `, where the block shows answers too; else every line that is no comment."""
    lines = code.replace("\\\n", "").splitlines()
    prompted = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    return prompted or [line for line in lines if line.strip() and not line.startswith("#")]


def assert_extras_exist(requirements: list[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for extras in re.findall(r"\[([\w,]+)\]", " ".join(requirements)):
        assert set(extras.split(",")) <= set(project["optional-dependencies"])


def assert_options_exist(words: list[str]) -> None:
    """A command that would not end is held against its own help."""
    shown = run([shutil.which(words[0], path=SCRIPTS) or words[0], *words[1:2], "--help"], ROOT).stdout
    for option in (word.partition("=")[0] for word in words[2:] if word.startswith("--")):
        assert re.search(rf"{option}\b", shown), f"{words[0]} knows no {option}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    """A relative link names a file that is there."""
    page = ROOT / document
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def rows_with_tests() -> list[Any]:
    """The rows of the tables whose last column says where the tests are, as parameters."""
    found = []
    for document in DOCUMENTS:
        lines = (ROOT / document).read_text(encoding="utf-8").splitlines()
        starts = [at for at, line in enumerate(lines) if line.endswith(TABLE_OF_TESTS)]
        for start in starts:
            for line in itertools.takewhile(lambda line: line.startswith("|"), lines[start + 2 :]):
                claim, tests = line.strip("| ").rsplit(" | ", 1)
                found.append(pytest.param(TESTS.findall(tests), id=claim[:40]))
    return found


@pytest.mark.parametrize("files", rows_with_tests())
def test_each_claim_names_its_tests(files: list[str]) -> None:
    """A row of such a table names at least one file, and each is there and holds tests."""
    assert files
    for file in files:
        text = (ROOT / "tests" / file).read_text(encoding="utf-8")
        assert re.search(r"^def test_\w+\(", text, re.MULTILINE), file


def test_the_speeds_told_are_those_measured() -> None:
    """The manual's table is the one that `make bench` wrote, row for row."""
    told, measured = (
        re.findall(r"^\| \d\. .*\|$", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
        for name in ("docs/performance.md", "bench/RESULTS.md")
    )
    assert told == measured
    assert {row[2] for row in told} == set("123456789")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_make_targets_exist(document: str) -> None:
    """A target that a document names is in the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = {a or b for a, b in MAKE.findall((ROOT / document).read_text(encoding="utf-8"))}
    assert {target for target in named if not re.search(rf"^{target}:", makefile, re.MULTILINE)} == set()


def test_the_documents_have_examples() -> None:
    """The README has examples of each kind, and the manual a table of tests, so the tests above run."""
    assert rows_with_tests()
    assert [parameter.id for parameter in PYTHON if parameter.id.startswith("README.md")]
    assert [parameter.id for parameter in CONSOLE if parameter.id.startswith("README.md")]


def test_the_readme_is_short() -> None:
    """The README can be read in one go; what is longer belongs into the manual."""
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= README_LINES


def test_the_readme_leads_to_every_page() -> None:
    """The README links every page of the manual and every other document."""
    linked = set(LINK.findall((ROOT / "README.md").read_text(encoding="utf-8")))
    assert set(DOCUMENTS) - linked == {"README.md"}


@pytest.mark.parametrize("page", [name for name in DOCUMENTS if name.startswith("docs/")])
def test_a_page_opens_with_its_use(page: str) -> None:
    """Each page of the manual begins with what the reader can do with it."""
    title, _, first, *_ = (ROOT / page).read_text(encoding="utf-8").splitlines()
    assert title.startswith("# ")
    assert first.startswith("With this page you")


def test_the_readme_names_every_extra() -> None:
    """The README says what each extra is for, and names none that does not exist."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = re.findall(r"`\[([a-z]+)\]`", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert sorted(named) == sorted(project["optional-dependencies"])


@pytest.mark.parametrize("document", DOCUMENTS)
def test_counts_of_the_contracts_tables_are_right(document: str) -> None:
    """Where a document says `D1 to D40`, the contract's table ends there."""
    contract = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
    last = {"D": len(contract["x-discrepancies"]), "Q": len(contract["x-open-questions"])}
    told = re.findall(r"\b([DQ])1 to \1(\d+)", (ROOT / document).read_text(encoding="utf-8"))
    assert [(letter, int(number)) for letter, number in told if int(number) != last[letter]] == []


def test_the_checkers_table_tells_what_the_gates_hold() -> None:
    """What the manual says of our own checker is what the tests of the broken servers demand."""
    page = (ROOT / "docs/checker.md").read_text(encoding="utf-8")
    assert f"none, with each of {len(gates.SEEDS)} seeds" in page
    assert f"| jobs bought per run | at most {gates.MOST_JOBS} |" in page


def test_the_magic_keys_are_the_mocks() -> None:
    """The manual's table of magic keys is the mock's."""
    page = (ROOT / "docs/plans.md").read_text(encoding="utf-8")
    assert dict(re.findall(r"^\| `(mock-[a-z-]+)` \| `(.+)` \|$", page, re.MULTILINE)) == dict(MAGIC_KEYS)


def test_the_words_of_a_plan_are_explained() -> None:
    """The manual explains exactly the words that a plan may hold, and its examples are plans."""
    page = (ROOT / "docs/plans.md").read_text(encoding="utf-8")
    table = page.partition("| entry |")[2].partition("\n\n")[0]
    examples = re.findall(r"`([a-z-]+=[^`]+)`", table)
    for example in examples:
        parse_plan(example)
    with pytest.raises(PlanError) as caught:
        parse_plan("no-such-word=1")
    words = re.search(r"\((.+)\)", caught.value.expected)
    assert words
    assert {example.partition("=")[0] for example in examples} == set(words[1].split(", "))


@pytest.mark.parametrize("block", blocks("toml"))
def test_scenarios_are_taken(block: Block, desk: Path) -> None:
    """Each scenario in the manual passes the mock's own check."""
    (desk / "scenario.toml").write_text(block.code, encoding="utf-8")
    finished = run(["miragic-mock", "scenario", "scenario.toml"], desk)
    assert finished.returncode == 0, finished.stderr


def test_the_parts_that_commands_print_are_up_to_date() -> None:
    """`make pages` would change nothing."""
    finished = run([sys.executable, str(ROOT / "docs" / "make_pages.py"), "--check"], ROOT)
    assert finished.returncode == 0, finished.stderr


@pytest.mark.parametrize("document", ["CONTRIBUTING.md", "SECURITY.md"])
def test_named_paths_exist(document: str) -> None:
    """Every path that the recipes name is there; a bare `test_*.py` is the name of a test somewhere."""
    named = NAMED_PATH.findall((ROOT / document).read_text(encoding="utf-8"))
    missing = [
        path
        for path in named
        if not (any((ROOT / "tests").rglob(path)) if path.startswith("test_") else (ROOT / path).exists())
    ]
    assert missing == []


def test_every_target_says_what_it_does() -> None:
    """`make help` lists every target that a person would type."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = set(re.findall(r"^\.PHONY: (?!node_modules)(.+)$", makefile, re.MULTILINE))
    described = set(re.findall(r"^([a-z-]+):.*## .", makefile, re.MULTILINE))
    assert phony == described
