"""From options to a mock: where its texts come from."""

from __future__ import annotations

import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from miragic_mock.domain.tenants import tenant_id
from miragic_mock.engine.options import Options

FIELDS = {"audio_format": "mp3", "question": "and then?"}


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

    def text(**options: Any) -> str:
        api = api_of(Options(**options))
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
    """The path that a hook gets ends with the declared format, whatever the client called the file.

    What lies there is the upload; afterwards nothing does.
    """
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
