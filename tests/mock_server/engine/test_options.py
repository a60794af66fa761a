"""From the options of the command line to a mock: none is without effect."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from miragic_contracts.spec import default_spec_path
from miragic_mock.cli import commands as command_line
from miragic_mock.cli import serve as cli_serve
from miragic_mock.control.api import Control
from miragic_mock.domain.tenants import tenant_id
from miragic_mock.engine.options import Options, engine_of
from miragic_mock.language.plans import format_plan
from miragic_mock.wsgi.flask_app import app_of

FIELDS = {"audio_format": "mp3", "question": "and then?"}


@pytest.fixture
def api_of(api: Any) -> Iterator[Callable[[Options], Any]]:
    """A client of the mock that options make."""
    engines = []

    def make(options: Options) -> Any:
        engines.append(engine_of(options))
        return type(api)(app_of(engines[-1], Control(engines[-1])), api.time)

    yield make
    for engine in engines:
        engine.store.close()


@pytest.fixture
def options(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Options]:
    """The options that `serve` makes of arguments, without serving."""
    made: list[Options] = []
    monkeypatch.setattr(cli_serve, "serve", lambda options, **_: made.append(options))

    def parse(*arguments: str) -> Options:
        done = CliRunner().invoke(command_line.main, ["serve", *arguments], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return made.pop()

    return parse


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
    ("arguments", "shown"),
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
def test_simple_options_make_a_plan(
    options: Callable[..., Options], arguments: list[str], shown: str
) -> None:
    """What the simple options say is the server's plan; --plan wins where both speak."""
    assert format_plan(options(*arguments).server.plan) == shown


def test_the_clock_the_seed_and_the_limit_reach_the_tenants(options: Callable[..., Options]) -> None:
    """Seed and clock are the server's; the rate limit is each key's."""
    given = options("--seed", "9", "--clock", "2026-01-01T12:00:00Z", "--rate-limit", "60/min")
    assert (given.server.seed, given.server.clock.now(5e9)) == (9, 1_767_268_800.0)
    assert given.settings.rate_limit is not None
    assert (given.settings.rate_limit.requests, given.settings.rate_limit.per_s) == (60, 60.0)
    assert options("--clock", "60x").server.clock.rate == 60


def test_a_token_is_made_where_others_can_call(options: Callable[..., Options]) -> None:
    """Off loopback there is a token, ours or a fresh one; on loopback only if it was asked for."""
    assert options().control_token is None
    assert options("--control-token", "x").control_token == "x"
    made = options("--host", "0.0.0.0").control_token
    assert made
    assert made != options("--host", "0.0.0.0").control_token


def test_texts_come_from_the_first_source_that_has_one(
    api_of: Callable[[Options], Any], tmp_path: Path
) -> None:
    """A fixed text wins over a sidecar, that over a table, that over a hook, and all over made-up words."""
    (tmp_path / "hello.txt").write_text("beside", encoding="utf-8")
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    table = tmp_path / "table.json"
    digest = sha256(b"RIFF, or so").hexdigest()
    table.write_text(f'{{"{digest}": "by content"}}', encoding="utf-8")

    def text(**given: Any) -> str:
        api = api_of(Options(**given))
        return str(api.job(api.submitted("done-after=0s", fields=FIELDS))["transcription"])

    assert text(transcription="fixed", sidecar_dir=tmp_path) == "fixed"
    assert text(sidecar_dir=tmp_path, by_hash=table) == "beside"
    assert text(sidecar_dir=nothing, by_hash=table, hook="posixpath:join") == "by content"
    assert text(sidecar_dir=nothing, hook="posixpath:join").endswith("/and then?")
    assert len(text().split()) > 5


@pytest.mark.parametrize("audio_format", ["mp3", "wav"])
@pytest.mark.parametrize("size_bytes", [1, 2 * 1024 * 1024], ids=["in memory", "on disk"])
def test_a_hook_can_go_by_the_suffix(
    api_of: Callable[[Options], Any],
    audio_format: str,
    size_bytes: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The path that a hook gets ends with the declared format, whatever the client called the file, and what
    lies there is the upload; afterwards nothing does."""
    (tmp_path / "looking_hook.py").write_text("def look(path, _): return f'{path} {path.stat().st_size}'\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "looking_hook", raising=False)
    api = api_of(Options(hook="looking_hook:look"))
    fields = {"audio_format": audio_format}
    job_id = api.submitted("done-after=0s", content=b"x" * size_bytes, name="../a.exe", fields=fields)
    path, _, size = api.job(job_id)["transcription"].rpartition(" ")
    assert (Path(path).suffix, int(size)) == (f".{audio_format}", size_bytes)
    assert not Path(path).exists()
    assert api.client.get(urlsplit(api.job(job_id)["audioUrl"]).path).data == b"x" * size_bytes


def test_a_hook_that_fails_fails_the_submission(api_of: Callable[[Options], Any]) -> None:
    """What a hook raises is a 500 that says so, and no job is charged."""
    api = api_of(Options(hook="os:rmdir"))
    answer = api.submit(fields=FIELDS)
    assert (answer.status_code, "os:rmdir" in answer.get_json()["error"]["message"]) == (500, True)
    assert api.engine.store.totals(tenant_id(api.key)).jobs == 0


def test_sources_of_texts_are_handed_on(options: Callable[..., Options], tmp_path: Path) -> None:
    """Where texts come from reaches the mock under either of its names."""
    given = options("--transcripts", str(tmp_path), "--hook", "posixpath:join", "--transcription", "hi")
    assert (given.sidecar_dir, given.hook, given.transcription) == (tmp_path, "posixpath:join", "hi")
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
    """What is no overlay, or changes nothing, stops the start with one line that says so."""
    overlay = tmp_path / "wrong.yaml"
    overlay.write_text(content, encoding="utf-8")
    done = CliRunner().invoke(command_line.main, ["serve", "--port", "0", "--overlay", str(overlay)])
    assert done.exit_code == 1
    assert "overlay" in done.stderr
