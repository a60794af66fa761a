"""An option whose value cannot be read is pointed at."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from miragic_mock.cli.commands import main


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--plan", "outcome=faild", "did you mean 'failed'?"),
        ("--delay", "soon", "a time (3s"),
        ("--clock", "12y", "expected real, frozen"),
        ("--clock", "-1x", "rate"),
        ("--clock", "1900-01-01", "time"),
        ("--rate-limit", "many", "60/min"),
        ("--rate-limit", "5/0s", "60/min"),
        ("--max-upload", "big", "64M"),
        ("--max-upload", "0", "at least one byte"),
        ("--api-key", "cl\xe9", "visible ASCII"),
        ("--api-key", " ", "visible ASCII"),
        ("--control-token", "", "or none"),
        ("--control-token", "two words", "visible ASCII"),
        ("--public-url", "mock.example", "https://mock.example"),
        ("--public-url", "ftp://mock.example", "https://mock.example"),
        ("--public-url", "http://mock.example?q", "https://mock.example"),
        ("--credits", "-1", "x>=0"),
    ],
)
def test_a_mistyped_option_is_pointed_at(option: str, value: str, words: str) -> None:
    """A value that cannot be read is a usage error that names the option and what would have been right."""
    done = CliRunner().invoke(main, ["serve", option, value])
    assert done.exit_code == 2
    assert option in done.output
    assert words in done.output
