"""Where the control API stands.

Rule: imports nothing, so that a caller of the API need not load it.
"""

from __future__ import annotations

from typing import Final

PREFIX: Final = "/_mock"
HEALTH_PATH: Final = f"{PREFIX}/health"
TENANTS_PATH: Final = f"{PREFIX}/tenants"


def is_control(path: str) -> bool:
    """Return whether a path is the control API's."""
    return f"{path}/".startswith(f"{PREFIX}/")
