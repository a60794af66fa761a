"""The mock as the server that the contract's tests judge where no URL is given."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import requests
from miragic_contracts.spec import load_spec
from miragic_mock.testing.contract_target import offer


def test_it_lets_in_its_two_keys_only() -> None:
    """Both keys of the target are let in, for jobs of their own; any other is refused."""
    poll = load_spec().poll.path.replace("{jobId}", "no-job")
    with offer() as target, requests.Session() as session:
        statuses = [
            session.get(target["base_url"] + poll, headers={"X-API-Key": key}).status_code
            for key in (target["api_key"], target["second_api_key"], "another-key")
        ]
    assert statuses == [404, 404, 401]


def test_the_contracts_tests_find_it_and_pass(tmp_path: Path) -> None:
    """`pytest --pyargs miragic_contracts` without a URL judges the mock, by every rule, and is content."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--pyargs", "miragic_contracts", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pass:" in done.stdout
    assert "skipped" not in done.stdout
