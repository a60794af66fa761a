"""What can be typed: commands, options, help, completion."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest
from miragic_stt._cli.arguments import make_parser

from tests.client.cli.service import JOB, job


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "COMMAND"),
        (["transcrybe", "x"], "invalid choice"),
        (["transcribe"], "FILE"),
        (["wait", "job-1", "--timeout", "0"], "above 0"),
        (["wait", "job-1", "--timeout", "soon"], "above 0, or 'none'"),
        (["transcribe", "x", "--concurrency", "0"], "1 or more"),
        (["transcribe", "x", "--concurrency", "two"], "1 or more"),
        (["transcribe", "x", "--format", "ogg"], "invalid choice"),
    ],
)
def test_a_mistyped_command_is_explained(run, words, says):
    """Exit code 2, usage on stderr, nothing on stdout."""
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert says in err


def test_no_limit_can_be_said(run):
    """The word for it is `none`."""
    assert make_parser().parse_args(["wait", "x", "--timeout", "none"]).timeout is None


def test_every_option_has_a_help_text(run):
    """Every command shows the address, the deadline and --json."""
    for command in ("transcribe", "submit", "status", "wait"):
        code, out, _ = run(command, "--help")
        assert code == 0
        for word in ("--base-url", "--timeout", "--json"):
            assert word in out
    assert "exit codes" in run("--help")[1]


def test_the_version_can_be_asked(run):
    """It is that of the distribution."""
    code, out, _ = run("--version")
    assert code == 0
    assert out.startswith("miragic-stt 0.")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "tcsh", "powershell"])
def test_completion_knows_the_commands(run, shell):
    """The script is made from the parser itself, and a shell that is here can read it."""
    pytest.importorskip("shtab")
    code, out, _ = run("completion", shell)
    assert code == 0
    assert "transcribe" in out
    assert "journal" in out
    if shell in ("bash", "zsh", "fish") and shutil.which(shell):
        subprocess.run([shell, "-n"], input=out, text=True, check=True)


def test_bash_completes_a_word(run):
    """As at the keyboard: a command, then one of its options."""
    pytest.importorskip("shtab")
    if not shutil.which("bash"):
        pytest.skip("bash is not here")
    _, script, _ = run("completion", "bash")
    ask = """
    ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
            _shtab_miragic_stt "" "${COMP_WORDS[COMP_CWORD]}" ""; echo "${COMPREPLY[@]}"; }
    ask miragic-stt tr
    ask miragic-stt transcribe --jo
    """
    answer = subprocess.run(["bash"], input=script + ask, text=True, check=True, capture_output=True)
    assert answer.stdout.split() == ["transcribe", "--journal"]


def test_completion_without_shtab_names_the_extra(run, monkeypatch):
    """It is not part of the base install."""
    monkeypatch.setitem(sys.modules, "shtab", None)
    code, _, err = run("completion", "bash")
    assert code == 2
    assert "miragic-stt-toolkit[cli]" in err


def test_a_refused_format_names_the_option(run, tmp_path):
    """The message names the option to type, not only the argument to pass."""
    odd = tmp_path / "talk.raw"
    odd.write_bytes(b"no format at all")
    code, _, err = run("transcribe", str(odd))
    assert code == 2
    assert "on the command line --format" in err


def test_a_job_id_that_looks_like_an_option_can_be_resumed(run, api):
    """The printed command can be typed as it stands."""
    url = JOB.replace("job-1", "-j")
    job(api, "PENDING", url=url)
    code, _, err = run("wait", "--timeout", "0.05", "--", "-j")
    assert code == 4
    resume = err.splitlines()[-1].removeprefix("miragic-stt: resume with: miragic-stt ")
    assert make_parser().parse_args(resume.split()).job_id == "-j"
