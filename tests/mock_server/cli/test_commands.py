"""The command line: what its options make of the mock, and its smaller commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from miragic_contracts.spec import default_spec_path
from miragic_mock.cli import serve as cli_serve
from miragic_mock.cli.arguments import ServeArguments
from miragic_mock.cli.commands import main, serve
from miragic_mock.domain.limits import Limits
from miragic_mock.domain.tenants import tenant_id
from miragic_mock.engine.injection.catalogue import manual, matrix
from miragic_mock.engine.options import Options
from miragic_mock.language.plans import format_plan


@pytest.fixture
def options(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Options]:
    """The options that `serve` makes of arguments, without serving."""
    made: list[Options] = []
    monkeypatch.setattr(cli_serve, "serve", lambda options, **_: made.append(options))

    def parse(*arguments: str) -> Options:
        done = CliRunner().invoke(main, ["serve", *arguments], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return made.pop()

    return parse


def test_no_option_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every option of the command is a field of its arguments, and is read on the way to a server."""
    monkeypatch.setattr(cli_serve, "serve", lambda options, **_: None)
    parameters = serve.make_context("serve", []).params
    read = set()

    class Noted:
        def __getattr__(self, name: str) -> Any:
            read.add(name)
            return parameters[name]

    cli_serve.start(Noted(), announce=lambda ready: None)  # type: ignore[arg-type]
    assert read | {"as_json"} == set(ServeArguments.__slots__) == set(parameters)


@pytest.mark.parametrize(
    ("arguments", "name", "value"),
    [
        ("--create-status 202", "create_status", 202),
        ("--times unix", "times", "unix"),
        ("--progress off", "progress", False),
        ("--download-signed-url", "download_signed_url", True),
        ("--errors flat", "errors", "flat"),
        ("--strict", "strict", True),
        ("--max-upload 10M", "max_upload_bytes", 10 * 1024 * 1024),
        ("--api-key a --api-key b", "known_tenants", frozenset({tenant_id("a"), tenant_id("b")})),
        ("--credits 7", "credits", 7),
        ("--refund-failed", "refund_failed", True),
        ("--cors", "cors", True),
        ("--public-url https://x/", "public_url", "https://x"),
        ("--max-connections 9", "limits", Limits(connections=9, body_s=None, idle_s=30)),
        ("--head-timeout 500ms", "limits", Limits(10_000, head_s=0.5, body_s=None, idle_s=0.5)),
    ],
)
def test_a_switch_is_a_setting(
    options: Callable[..., Options], arguments: str, name: str, value: Any
) -> None:
    """Each switch changes its setting, and only that."""
    changed, default = options(*arguments.split()).settings, options().settings
    differing = {field for field in changed.__slots__ if getattr(changed, field) != getattr(default, field)}
    assert differing == {name}
    assert getattr(changed, name) == value


@pytest.mark.parametrize(
    ("arguments", "plan"),
    [
        (["--delay", "3s"], "done-after=3s"),
        (["--delay", "5polls"], "done-after=5polls"),
        (["--delay", "2"], "done-after=2s"),
        (["--outcome", "failed"], "outcome=failed"),
        (["--outcome", "never"], "done=never"),
        (["--outcome", "never", "--delay", "2s"], "done=never"),
        (["--error", "busy"], "outcome=failed;error=busy"),
        (["--outcome", "completed", "--error", "busy"], "outcome=completed;error=busy"),
        (["--plan", "done=manual", "--delay", "2s"], "done=manual"),
        ([], ""),
    ],
)
def test_simple_options_make_a_plan(options: Callable[..., Options], arguments: list[str], plan: str) -> None:
    """What the simple options say is the server's plan; --plan wins where both speak."""
    assert format_plan(options(*arguments).server.plan) == plan


def test_the_clock_the_seed_and_the_limit_reach_the_tenants(options: Callable[..., Options]) -> None:
    """Seed and clock are the server's; the rate limit is each key's."""
    found = options("--seed", "9", "--clock", "2026-01-01T12:00:00Z", "--rate-limit", "60/min")
    assert (found.server.seed, found.server.clock.now(5e9)) == (9, 1_767_268_800.0)
    assert found.settings.rate_limit is not None
    assert (found.settings.rate_limit.requests, found.settings.rate_limit.per_s) == (60, 60.0)
    assert options("--clock", "60x").server.clock.rate == 60


def test_a_token_is_made_where_others_can_call(options: Callable[..., Options]) -> None:
    """Off loopback there is a token, ours or a fresh one; on loopback only if it was asked for."""
    assert options().control_token is None
    assert options("--control-token", "x").control_token == "x"
    made = options("--host", "0.0.0.0").control_token
    assert made
    assert made != options("--host", "0.0.0.0").control_token


def test_sources_of_texts_are_handed_on(options: Callable[..., Options], tmp_path: Path) -> None:
    """Where texts come from reaches the mock under either of its names."""
    found = options("--transcripts", str(tmp_path), "--hook", "posixpath:join", "--transcription", "hi")
    assert (found.sidecar_dir, found.hook, found.transcription) == (tmp_path, "posixpath:join", "hi")
    assert options("--sidecar-dir", str(tmp_path), "--by-hash", str(tmp_path)).by_hash == tmp_path
    store = f"sqlite:///{(tmp_path / 'x.db').as_posix()}"
    other = options("--store", store, "--spec", str(default_spec_path()))
    assert (other.store, other.spec) == (store, str(default_spec_path()))


OVERLAY = """overlay: 1.0.0
info: {title: What was met, version: 1.0.0}
actions:
  - target: $.components.responses.NotFound.content['application/json'].examples.notFound.value.error
    update: {code: JOB_UNKNOWN}
"""


def test_an_overlay_changes_the_contract_that_is_served(
    options: Callable[..., Options], api_of: Callable[[Options], Any], tmp_path: Path
) -> None:
    """What an OpenAPI Overlay changes in the contract, the mock does; the file itself is left alone."""
    overlay = tmp_path / "met.yaml"
    overlay.write_text(OVERLAY, encoding="utf-8")
    plain, changed = api_of(options()), api_of(options("--overlay", str(overlay)))
    assert changed.poll("unknown").json["error"]["code"] == "JOB_UNKNOWN"
    assert plain.poll("unknown").json["error"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    "content", ["overlay: 2.0.0\nactions: []\n", "overlay: 1.0.0\nactions:\n  - target: $.no\n"]
)
def test_an_overlay_that_does_not_fit_is_said(tmp_path: Path, content: str) -> None:
    """A file that is no overlay, or changes nothing, stops the start with one line that says so."""
    overlay = tmp_path / "wrong.yaml"
    overlay.write_text(content, encoding="utf-8")
    done = CliRunner().invoke(main, ["serve", "--port", "0", "--overlay", str(overlay)])
    assert done.exit_code == 1
    assert "overlay" in done.stderr


def test_a_plan_can_be_tried_out() -> None:
    """`plan` gives a plan's canonical spelling, for people and for programs."""
    run = CliRunner().invoke
    assert (
        "X-Mock-Plan: done-after=120s;outcome=failed"
        in run(main, ["plan", "outcome=failed;done-after=2m"]).output
    )
    parts = json.loads(run(main, ["plan", "--json", "credits=2"]).output)
    assert parts == {"plan": "credits=2", "parts": [{"word": "credits", "value": "2"}]}
    assert run(main, ["plan", "credits=x"]).exit_code == 2


def test_a_scenario_can_be_checked(tmp_path: Path) -> None:
    """`scenario` says what a file's rules do, or what is wrong with which."""
    file = tmp_path / "rules.toml"
    file.write_text('[[rule]]\nname = "*.wav"\nplan = "outcome=failed"\n', encoding="utf-8")
    assert "1. name *.wav: outcome=failed" in CliRunner().invoke(main, ["scenario", str(file)]).output
    file.write_text("[[rule]]\nnme = 1\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["scenario", str(file)])
    assert (done.exit_code, "nme" in done.output) == (1, True)


def test_the_command_lists_them() -> None:
    """`miragic-mock faults` shows the table and every parameter, or for programs each reason."""
    assert CliRunner().invoke(main, ["faults"]).output == manual() + "\n"
    assert manual().startswith(matrix())
    kinds = json.loads(CliRunner().invoke(main, ["faults", "--json"]).output)["kinds"]
    (found,) = [kind["examples"] for kind in kinds if kind["name"] == "answer-lost"]
    assert found["answer-lost"]["threads"] is None
    assert "--server threads" in found["answer-lost"]["granian"]
