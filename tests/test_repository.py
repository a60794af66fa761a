"""What must not be committed: addresses of registries, paths of one machine, anything like a real key."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]

# Character classes keep each pattern from matching the line that states it.
FORBIDDEN = {
    "a package registry's address": r"py[p]i\.org|python[h]osted|registry\.np[m]js|registry\.yarn[p]kg",
    "a Debian mirror's address": r"deb\.debia[n]\.org|archive\.ubunt[u]\.com",
    "a path of one machine": r"/roo[t]/|/hom[e]/[a-z]|/User[s]/[a-zA-Z]|/wor[k]/|/tm[p]/bash_jobs",
    "something like a real key": r"s[k]_live_[A-Za-z0-9_-]{24,}",
}


@pytest.fixture(scope="module")
def tracked_texts() -> dict[str, str]:
    """The text files under version control, by path; binary files and the fuzzers' samples are left out."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    texts = {}
    for name in filter(None, listed.stdout.decode().split("\0")):
        content = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b""
        if b"\0" not in content and not name.startswith("tests/fuzz/corpus/"):
            texts[name] = content.decode("utf-8")
    return texts


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_tracked_file_holds(tracked_texts: dict[str, str], what: str) -> None:
    """No tracked text file names a registry, a path of the machine it was written on, or a key."""
    pattern = re.compile(FORBIDDEN[what])
    found = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in tracked_texts.items()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("what", "sample"),
    [
        ("a package registry's address", "https://" + "py" + "pi.org/simple"),
        ("a path of one machine", "/" + "home/somebody/project"),
        ("something like a real key", "sk" + "_live_" + "0" * 24),
    ],
)
def test_the_patterns_bite(what: str, sample: str) -> None:
    """Each kind of leak would be found if it were there."""
    assert re.search(FORBIDDEN[what], f"see {sample} for more")


def test_locks_are_hashed_and_name_no_address(tracked_texts: dict[str, str]) -> None:
    """Every locked requirement carries a hash, and no lock says where to fetch it."""
    for name in ("requirements-dev.txt", "requirements-demo.txt", "requirements-fuzz.txt"):
        entries = re.split(r"\n(?=[a-zA-Z0-9])", tracked_texts[name])
        assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
        assert "://" not in tracked_texts[name]
    assert '"resolved"' not in tracked_texts["package-lock.json"]
    assert '"integrity"' in tracked_texts["package-lock.json"]


def test_the_demo_lock_agrees_with_the_developers_lock(tracked_texts: dict[str, str]) -> None:
    """The demo installs a part of the developers' packages, at the same versions."""
    demo, dev = (
        set(re.findall(r"^\S+==\S+", tracked_texts[name], re.MULTILINE))
        for name in ("requirements-demo.txt", "requirements-dev.txt")
    )
    assert demo < dev


def test_text_is_as_editorconfig_says(tracked_texts: dict[str, str]) -> None:
    """Text ends with a newline, and no line with a blank or a carriage return."""
    assert [name for name, text in tracked_texts.items() if text and not text.endswith("\n")] == []
    assert [name for name, text in tracked_texts.items() if re.search(r"[ \t\r]$", text, re.MULTILINE)] == []


def test_pre_commit_runs_what_make_check_runs() -> None:
    """Each check of `make check` is a hook, in the same order, and no hook is fetched from elsewhere."""
    (checks,) = re.findall(r"^check: (.+?) ##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    (repository,) = load_yaml(".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    assert [hook["entry"] for hook in repository["hooks"]] == [f"make {check}" for check in checks.split()]
    assert {(hook["language"], hook["pass_filenames"]) for hook in repository["hooks"]} == {
        ("system", "false")
    }
    assert all(re.compile(hook["files"]) for hook in repository["hooks"])


@pytest.mark.parametrize("form", ["bug", "feature", "observation"])
def test_an_issue_form_is_one_that_the_site_takes(form: str) -> None:
    """Each field of a form has an id and a label of its own, and says whether it is required."""
    loaded = load_yaml(f".github/ISSUE_TEMPLATE/{form}.yml")
    assert {"name", "description", "body"} <= loaded.keys() <= {"name", "description", "labels", "body"}
    fields = [item for item in loaded["body"] if item["type"] != "markdown"]
    assert {item["type"] for item in fields} <= {"input", "textarea", "dropdown", "checkboxes"}
    assert len({item["id"] for item in fields}) == len({item["attributes"]["label"] for item in fields})
    assert len({item["id"] for item in fields}) == len(fields)
    unclear = [item["id"] for item in fields if item["type"] != "checkboxes" and "required" not in str(item)]
    assert unclear == []


def test_a_release_is_made_without_a_token() -> None:
    """The release workflow reads no secret, and what attests and publishes runs nothing of the checkout."""
    text = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
    workflow = load_yaml(".github/workflows/release.yml")
    assert "secrets." not in text
    assert set(workflow["on"]) == {"push"}
    assert set(workflow["on"]["push"]) == {"tags"}
    assert workflow["permissions"] == {"contents": "read"}
    trusted = {
        name: job for name, job in workflow["jobs"].items() if "id-token" in job.get("permissions", {})
    }
    assert set(trusted) == {"attest", "python", "npm"}
    for job in trusted.values():
        assert not [step for step in job["steps"] if "checkout" in step.get("uses", "")]
    for job in workflow["jobs"].values():
        assert [step["run"] for step in job["steps"] if "${{" in step.get("run", "")] == []


def load_yaml(name: str) -> dict[str, Any]:
    """A file of ours as YAML in which every scalar is text, so that the key `on` stays a word."""
    loaded: dict[str, Any] = yaml.load((ROOT / name).read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return loaded
