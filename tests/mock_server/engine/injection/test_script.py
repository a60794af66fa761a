"""What a fault does to the bytes, step by step."""

from __future__ import annotations

import pytest
from miragic_mock.engine.injection.script import Cut, Head, Pause, Step, is_unanswered, script
from miragic_mock.language.faults import KINDS, parse_fault

BODY = b"0123456789"


def head(length: int) -> bytes:
    """A head that announces a body of `length` bytes."""
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length


SCRIPTS = [
    pytest.param("delay(by=2s)", [Pause(2.0), head(10), BODY], id="delay"),
    pytest.param("hang", [Pause(None), Cut()], id="hang"),
    pytest.param("hang(for=3s)", [Pause(3.0), Cut()], id="hang for a time"),
    pytest.param("answer-lost", [Cut()], id="answer lost"),
    pytest.param("reset", [Cut(reset=True)], id="reset"),
    pytest.param("reset(when=after)", [head(10), b"01234", Cut(reset=True)], id="reset in mid-answer"),
    pytest.param("truncate(keep=3)", [head(10), b"012", Cut()], id="truncated"),
    pytest.param("content-length(delta=5)", [head(15), BODY, Cut()], id="too large"),
    pytest.param("content-length(delta=-20)", [head(0), BODY, Cut()], id="never below nothing"),
    pytest.param(
        "drip(chunk=4,pause=1s)",
        [head(10), b"0123", Pause(1.0), b"4567", Pause(1.0), b"89"],
        id="no pause after the last piece",
    ),
    pytest.param(
        "slow-headers(chunk=20,pause=1s)",
        [head(10)[:20], Pause(1.0), head(10)[20:], BODY],
        id="the head in pieces, the body at once",
    ),
    pytest.param("malformed-json", [head(10), BODY], id="nothing for the wire"),
]


@pytest.mark.parametrize(("fault", "steps"), SCRIPTS)
def test_a_fault_is_a_script(fault: str, steps: list[Step]) -> None:
    """Each effect has its steps, whatever door plays them."""
    assert list(script(parse_fault(fault).effect, Head(200, ()), BODY)) == steps


def test_an_undisturbed_answer_is_a_head_and_a_body() -> None:
    """Without a fault nothing happens on the wire."""
    assert list(script(None, Head(200, ()), BODY)) == [head(10), BODY]


def test_unanswered_is_what_never_sends_a_head() -> None:
    """Of all effects, three leave a client without even a status."""
    silent = {kind for kind in KINDS if is_unanswered(parse_fault(kind).effect)}
    assert silent == {"hang", "reset", "answer-lost"}
