"""The numbers that govern a call: how often to look, what to repeat, how long one request may take.

Names that end in `_s` are seconds. Each number is checked when the value is made.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from .._errors import UsageError

DEFAULT_TIMEOUT_S: Final = 900.0

# Sockets and clocks overflow after some centuries.
_LONGEST_S: Final = 366 * 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """How often a waiting call looks at its job: at once, then after pauses that grow.

    Attributes:
        first_s: The first pause.
        factor: Each pause is this many times the one before; at least 1.
        cap_s: No pause is longer, unless the server asks for it with Retry-After.
        jitter: Each pause is varied by up to this share in both directions; 0 to 1.
        missing_grace_s: For how long after the wait began a 404 means "not there yet"; 0 means never.
    """

    first_s: float = 1.0
    factor: float = 1.5
    cap_s: float = 15.0
    jitter: float = 0.2
    missing_grace_s: float = 0.0

    def __post_init__(self) -> None:
        _require_seconds("Polling.first_s", self.first_s)
        _require_seconds("Polling.cap_s", self.cap_s)
        _require("Polling.factor", self.factor, lambda it: 1 <= it < math.inf, "at least 1")
        _require_share("Polling.jitter", self.jitter)
        _require("Polling.missing_grace_s", self.missing_grace_s, lambda it: it >= 0, "0 or more")

    def pause_s(self, looks: int, chance: float) -> float:
        """Return the seconds to wait after that many looks (1 or more); `chance` is from [0, 1)."""
        return _jittered(_grown(self.first_s, self.factor, looks - 1, self.cap_s), self.jitter, chance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """What happens after a failure that may pass: a lost connection, 408, 425, 429, 5xx.

    Reading a job is repeated after all of these. The paid submission is repeated only where it cannot have
    been accepted: after 429, or when the connection broke before the last byte was handed over.

    Attributes:
        attempts: Requests made for one purpose in a row, the first included; 1 means never repeat.
        first_s: Pause before the first repetition; it doubles with each further one.
        cap_s: No pause is longer, unless the server asks for it with Retry-After.
        jitter: Each pause is varied by up to this share in both directions; 0 to 1.
        retry_after_ceiling_s: A server that asks for more than this gets no repetition: the error is raised.
    """

    attempts: int = 5
    first_s: float = 0.5
    cap_s: float = 8.0
    jitter: float = 0.25
    retry_after_ceiling_s: float = 120.0

    def __post_init__(self) -> None:
        _require("Retries.attempts", self.attempts, lambda it: it >= 1, "1 or more")
        _require_seconds("Retries.first_s", self.first_s)
        _require_seconds("Retries.cap_s", self.cap_s)
        _require_share("Retries.jitter", self.jitter)
        _require("Retries.retry_after_ceiling_s", self.retry_after_ceiling_s, lambda it: it >= 0, "0 or more")

    def pause_s(self, failures: int, chance: float) -> float:
        """Return the seconds to wait after that many failures in a row (from 1); `chance` is from [0, 1)."""
        return _jittered(_grown(self.first_s, 2.0, failures - 1, self.cap_s), self.jitter, chance)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestTimeouts:
    """How long one request may stall. The deadline of the call bounds all of them.

    Attributes:
        connect_s: To establish a connection for reading a job.
        upload_s: To establish a connection for an upload, and to hand over each of its blocks of 1 MiB:
            the libraries below have one setting for both.
        read_s: Between two pieces of an answer.
    """

    connect_s: float = 10.0
    upload_s: float = 60.0
    read_s: float = 30.0

    def __post_init__(self) -> None:
        for name in ("connect_s", "upload_s", "read_s"):
            _require_seconds(f"RequestTimeouts.{name}", getattr(self, name))


def check_timeout(timeout_s: float | None) -> float | None:
    """Return the overall timeout: seconds above 0, or None for no limit.

    Raises:
        UsageError: It is zero, negative or no number.
    """
    if timeout_s is not None:
        _require("timeout_s", timeout_s, lambda it: it > 0, "seconds above 0, or None for no limit")
    return timeout_s


def _grown(first_s: float, factor: float, steps: int, cap_s: float) -> float:
    # Beyond the cap the power is not computed: after a thousand polls it would overflow.
    exponent_at_cap = math.log(max(cap_s / first_s, 1.0), factor) if factor > 1 else 0.0
    return cap_s if factor > 1 and steps > exponent_at_cap else min(first_s * factor**steps, cap_s)


def _jittered(pause_s: float, jitter: float, chance: float) -> float:
    return pause_s * (1 + jitter * (2 * chance - 1))


def _require_seconds(name: str, value: float) -> None:
    _require(name, value, lambda it: 0 < it <= _LONGEST_S, "seconds above 0, a year at most")


def _require_share(name: str, value: float) -> None:
    _require(name, value, lambda it: 0 <= it < 1, "from 0 to below 1")


def _require(name: str, value: float, holds: Callable[[float], bool], expected: str) -> None:
    # A bool is an int in Python, but nobody means one second by True.
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not holds(value):
        raise UsageError(f"{name} must be {expected}, not {value!r}")
