"""How a mock in this process is asked for.

Rule: the options have the names and the meaning of those of `miragic-mock serve`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike
from typing import Final, TypedDict

from ..domain.settings import Settings

API_KEY: Final = "mock-key"
"""The key to send where any will do."""


class MockOptions(TypedDict, total=False):
    """How a mock in this process is made; what is left out is as in `miragic-mock serve`.

    `plan`, `faults`, `scenario` (TOML), `clock` (`real`, `frozen`, `60x` or a moment), `seed`, `credits` and
    `rate_limit` (`60/min`) hold for every tenant that has none of its own. `api_key` makes a tenant of that
    key, and the mock in hand is about it alone. `transcription` is a text or `@FILE`. `spec` is the path of a
    contract, `store` a store's URL. `settings` are the switches, `real_clock` gives real epoch seconds.
    """

    plan: str
    faults: Sequence[str]
    scenario: str
    clock: str
    seed: int
    credits: int | None
    rate_limit: str
    api_key: str
    transcription: str
    spec: str | PathLike[str]
    store: str
    settings: Settings
    real_clock: Callable[[], float]
