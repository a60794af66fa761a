"""Progress on standard error, as bars or as lines."""

from __future__ import annotations

import sys

import pytest
from miragic_stt._progress import JobAccepted, JobObserved, Retrying, UploadProgress

from tests.client.cli.service import created, job


@pytest.mark.parametrize("rich", [True, False])
def test_progress_is_shown_on_stderr_when_asked_for(run, api, talk, monkeypatch, rich):
    """The upload, the wait and the server's own figure; in bars, or in lines where there is no rich."""
    if rich:
        pytest.importorskip("rich")
    else:
        monkeypatch.delitem(sys.modules, "miragic_stt._cli.bars", raising=False)
        monkeypatch.setitem(sys.modules, "rich", None)
        monkeypatch.setitem(sys.modules, "rich.console", None)
    created(api)
    job(api, "COMPLETED", transcription="hello")
    code, out, err = run("transcribe", talk, "--progress", "always")
    assert (code, out) == (0, "hello\n")
    assert "COMPLETED" in err
    if not rich:
        assert [line.split(": ", 1)[1] for line in err.splitlines()] == [
            "uploading, 100 % sent",
            "waiting for job job-1",
            "COMPLETED",
        ]


def test_progress_needs_a_terminal_or_to_be_asked_for(run, api, talk):
    """`auto` shows nothing in a pipe, `never` nothing at all."""
    created(api)
    job(api, "COMPLETED", transcription="hello")
    assert run("transcribe", talk, "--progress", "auto")[2] == ""
    assert run("transcribe", talk, "--progress", "never")[2] == ""


def test_a_bar_waits_where_there_is_no_figure(stage, wav):
    """All bytes sent is not the end: the wait is a phase of its own."""
    pytest.importorskip("rich")
    from miragic_stt import ServerError
    from miragic_stt._cli.bars import _amount

    job = stage.client(stage.pending(progress=40)).get("job-1")
    bare = stage.client(stage.pending()).get("job-1")
    done = stage.client(stage.completed()).get("job-1")
    assert _amount(UploadProgress(5, 10)) == (5, 10)
    assert _amount(JobAccepted(job)) == (0, None)
    assert _amount(JobObserved(bare, 1, 0.0)) == (0, None)
    assert _amount(JobObserved(job, 1, 0.0)) == (40, 100)
    assert _amount(JobObserved(done, 2, 1.0)) == (1, 1)
    assert _amount(Retrying(ServerError("no"), 1.0)) == (0, None)
