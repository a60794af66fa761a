"""The pytest options of the rules as tests.

Rule: it imports nothing but pytest, since every pytest in an environment with this package imports it. What
the options are for is in `conftest`, which is imported only when these tests are collected.
"""

from __future__ import annotations

from typing import Final

import pytest

# Repeated here, since the checker must not be imported. A test holds it to the checker's.
PROFILES: Final = ("quick", "live", "mock")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("miragic", "Miragic contract")
    group.addoption(
        "--miragic-base-url", metavar="URL", help="The server to judge. Default: one that is installed."
    )
    group.addoption("--miragic-api-key", metavar="KEY", help="Also from MIRAGIC_API_KEY.")
    group.addoption("--miragic-second-api-key", metavar="KEY", help="Also from MIRAGIC_SECOND_API_KEY.")
    group.addoption("--miragic-profile", choices=PROFILES, help="Default: live, mock without a URL.")
    group.addoption("--miragic-max-jobs", type=int, metavar="N", help="Make no more jobs than this.")
    group.addoption(
        "--miragic-timeout", type=float, default=120.0, metavar="S", help="Seconds in which a job must end."
    )
    group.addoption("--miragic-seed", type=int, metavar="N", help="Chooses names and questions.")
    group.addoption(
        "--miragic-second-lane",
        action="store_true",
        help="Ask Schemathesis too, where it is installed; at a URL only what costs nothing.",
    )
