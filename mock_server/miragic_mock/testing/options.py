"""The options of a mock in this process.

Rule: they have the names and the meaning of those of `miragic-mock serve`.
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

    Plan, faults, scenario, clock, seed, credits and rate limit hold for each tenant that has none of its own.

    Attributes:
        plan: The plan of jobs.
        faults: What goes wrong, in order.
        scenario: The rules that choose plans, as TOML.
        clock: `real`, `frozen`, `60x` or a moment.
        seed: Another seed gives other ids and other made-up words.
        link_secret: What links to texts are signed with; without it they differ from run to run.
        credits: What each key may spend; None for no limit.
        rate_limit: How often each key may call: `60/min`.
        api_key: The key of a tenant to make; the mock in hand is then about it alone.
        transcription: The text of completed jobs, or `@FILE`.
        spec: The path of a contract.
        store: The URL of a store.
        settings: The switches.
        real_clock: Gives real epoch seconds.
    """

    plan: str
    faults: Sequence[str]
    scenario: str
    clock: str
    seed: int
    link_secret: str
    credits: int | None
    rate_limit: str
    api_key: str
    transcription: str
    spec: str | PathLike[str]
    store: str
    settings: Settings
    real_clock: Callable[[], float]
