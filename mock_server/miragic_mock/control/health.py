"""The answer to whether the process is up.

Rule: it needs neither the control API's document nor the store, so that it can be given before anything else
is loaded, and to a probe that comes every second.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from typing import Final

from ..engine.engine import REQUEST_ID
from ..exchange.messages import Answer
from .paths import HEALTH_PATH

HEALTHY: Final[Mapping[str, str]] = {"status": "ok"}
_ANSWER: Final = Answer(200, json.dumps(HEALTHY, separators=(",", ":")).encode())


class Health:
    """Answers health checks, and numbers the answers."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def answer(self, method: str, path: str) -> Answer | None:
        """Return the answer to a health check, or None if the request is not one.

        HEAD is left to Flask, which takes the body away.
        """
        if method != "GET" or path != HEALTH_PATH:
            return None
        return _ANSWER.with_header(REQUEST_ID, f"health-{next(self._numbers)}")
