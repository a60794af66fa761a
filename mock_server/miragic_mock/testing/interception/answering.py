"""One call of `requests`, answered without a socket.

Rule: what a client sees is what `requests` shows of a real server, down to the exception that it raises. No
real time passes for a fault: its waits move the mock's clock, unless a sleep is given.
"""

from __future__ import annotations

import errno
import io
import threading
from collections.abc import Callable, Iterator, Mapping
from http.client import RemoteDisconnected
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import requests
from urllib3.exceptions import ProtocolError

from ...control.paths import is_control
from ...engine.injection.script import Cut, Head, Pause, Step, script
from ...exchange.messages import Readable, Request, length_of
from ..in_process import InProcess

Sleep = Callable[[float], object]
Answered = tuple[int, list[tuple[str, str]], Any]
"""Status, headers and body, as `responses` takes them."""


class _CallerError(BaseException):
    """What a caller's own code raised while the mock ran it: its body, or its way to sleep.

    It is no `Exception`, which the mock would take for a defect of its own and answer.
    """

    def __init__(self, raised: Exception) -> None:
        super().__init__(raised)
        self.raised = raised


# For each thread: an upload is read by the thread that sends it, and the body does not know its call.
class Patience(threading.local):
    """How long the call of this thread still waits, in seconds; None for ever."""

    left_s: float | None = None

    def stall(self, wait: Sleep, seconds: float) -> None:
        """Wait while an upload is read, and no longer than its sender does."""
        left_s = seconds if self.left_s is None else min(seconds, self.left_s)
        try:
            wait(left_s)
        except Exception as error:
            raise _CallerError(error) from error
        if self.left_s is not None:
            self.left_s -= left_s


def answer_call(opened: InProcess, wait: Sleep, patience: Patience, sent: Any) -> Answered:
    """Return what `responses` makes an answer of, or raise the exception that the call ends with."""
    request = _request(sent)
    is_control_call = is_control(request.path)
    timeout_s = patience.left_s = _read_timeout_s(sent)
    try:
        answer = opened.control.handle(request) if is_control_call else opened.engine.handle(request)
        if patience.left_s == 0:
            raise _timed_out(timeout_s, sent)
    except _CallerError as error:
        raise error.raised from None
    finally:
        patience.left_s = None
    body = answer.whole_body()
    if answer.effect is None:
        return answer.status, [*answer.headers, ("Content-Length", str(len(body)))], body
    head = Head(answer.status, answer.headers)
    return _played(sent, answer.status, head, script(answer.effect, head, body), timeout_s, wait)


def _request(sent: Any) -> Request:
    """Return what `requests` would put on the wire, as the engine takes it."""
    parts = urlsplit(sent.url)
    headers = _Headers(sent.headers)
    return Request(
        sent.method,
        unquote_to_bytes(parts.path or "/").decode("utf-8", "replace"),
        headers,
        _stream(sent.body),
        length_of(headers.get("Content-Length")),
        f"{parts.scheme}://{parts.netloc}",
        parts.query,
    )


class _Headers:
    """The headers of a prepared request, whose values may be bytes."""

    def __init__(self, headers: Mapping[str, str | bytes]) -> None:
        self._headers = headers

    def get(self, name: str, /) -> str | None:
        value = self._headers.get(name)
        return value.decode("latin-1") if isinstance(value, bytes) else value


def _played(
    request: Any,
    status: int,
    head: Head,
    steps: Iterator[Step],
    timeout_s: float | None,
    wait: Sleep,
) -> Answered:
    """Play a script up to its head; the rest is played as the client reads the body."""
    for step in steps:
        match step:
            case Pause(seconds):
                if _wait(seconds, timeout_s, wait):
                    raise _timed_out(timeout_s, request)
            case Cut(reset):
                raise requests.ConnectionError(
                    ProtocolError("Connection aborted.", _cut(reset)), request=request
                )
            case bytes():
                if head.is_complete_with(step):
                    rest = io.BufferedReader(_Rest(steps, head.length or 0, timeout_s, wait))
                    return status, head.headers(), rest
    raise AssertionError("a script ends with a body or a cut")


class _Rest(io.RawIOBase):
    """The body of an answer, as the rest of a script gives it."""

    def __init__(self, steps: Iterator[Step], length: int, timeout_s: float | None, wait: Sleep) -> None:
        self._steps, self._left, self._timeout_s, self._wait = steps, length, timeout_s, wait
        self._piece = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not self._piece and self._left:
            step = next(self._steps, None)
            if isinstance(step, bytes):
                self._piece = step[: self._left]
            elif isinstance(step, Pause):
                if _wait(step.seconds, self._timeout_s, self._wait):
                    raise TimeoutError("timed out")
            elif isinstance(step, Cut) and step.reset:
                raise _cut(reset=True)
            else:
                return 0
        size = min(len(buffer), len(self._piece))
        buffer[:size] = self._piece[:size]
        self._piece, self._left = self._piece[size:], self._left - size
        return size


def _wait(seconds: float | None, timeout_s: float | None, wait: Sleep) -> bool:
    """Wait, at most as long as the client does, and return whether it has given up."""
    if timeout_s is None:
        if seconds is None:
            raise requests.ReadTimeout("The answer hangs, and without a timeout the call would never end.")
        wait(seconds)
        return False
    wait(timeout_s if seconds is None else min(seconds, timeout_s))
    return seconds is None or seconds >= timeout_s


def _timed_out(timeout_s: float | None, request: Any) -> requests.ReadTimeout:
    return requests.ReadTimeout(f"Read timed out. (read timeout={timeout_s})", request=request)


def _cut(reset: bool) -> ConnectionError:
    if reset:
        return ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
    return RemoteDisconnected("Remote end closed connection without response")


def _read_timeout_s(request: Any) -> float | None:
    """The read timeout that the call was made with, in seconds; None for none."""
    # `responses` keeps here what the call gave to the adapter. Of a pair, the second is the read timeout.
    timeout = request.req_kwargs.get("timeout")
    if isinstance(timeout, tuple):
        timeout = timeout[1]
    read_timeout = getattr(timeout, "read_timeout", timeout)
    return None if read_timeout is None else float(read_timeout)


def _stream(body: Any) -> Readable:
    if body is None:
        return io.BytesIO()
    if isinstance(body, str | bytes):
        return io.BytesIO(body.encode("utf-8") if isinstance(body, str) else body)
    return io.BufferedReader(_Pieces(iter(body)))


class _Pieces(io.RawIOBase):
    """A body that its sender gives in pieces, read as one."""

    def __init__(self, pieces: Iterator[bytes | str]) -> None:
        self._pieces, self._piece = pieces, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not self._piece:
            try:
                piece = next(self._pieces, None)
            except Exception as error:
                raise _CallerError(error) from error
            if piece is None:
                return 0
            self._piece = piece.encode("utf-8") if isinstance(piece, str) else bytes(piece)
        size = min(len(buffer), len(self._piece))
        buffer[:size], self._piece = self._piece[:size], self._piece[size:]
        return size
