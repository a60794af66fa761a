"""A fault's script played by a WSGI server: it may wait, send in pieces, and break off once it has begun.

Rule: a script that begins otherwise is not for WSGI (`engine.injection.doors`), and never comes here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from ..domain.faults import Effect
from ..engine.injection.script import Cut, Head, Pause, Step, script
from ..exchange.messages import Answer

_FLUSH_S: Final = 0.02


def played(answer: Answer, effect: Effect, pause: Callable[[float], object]) -> Answer:
    """Return `answer` as WSGI sends it under `effect`, once it has waited for what comes before its head."""
    # WSGI takes status and headers before the body, so the script is played up to the end of its head here,
    # and the rest as the server fetches the body.
    head = Head(answer.status, answer.headers)
    steps = script(effect, head, answer.whole_body())
    for step in steps:
        if isinstance(step, bytes) and head.is_complete_with(step):
            return Answer(answer.status, _rest(steps, pause), tuple(head.headers()))
        if isinstance(step, Pause) and step.seconds is not None:
            pause(step.seconds)
    raise AssertionError("WSGI cannot end a connection without an answer")


def _rest(steps: Iterator[Step], pause: Callable[[float], object]) -> Iterator[bytes]:
    for step in steps:
        if isinstance(step, bytes):
            yield step
        elif isinstance(step, Pause) and step.seconds is not None:
            pause(step.seconds)
        elif isinstance(step, Cut):
            # A body shorter than announced leaves a server nothing but to close the connection. What it has
            # not flushed by then is lost, so it gets a moment to do so.
            pause(_FLUSH_S)
            return
