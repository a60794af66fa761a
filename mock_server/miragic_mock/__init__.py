"""A fake of the Miragic speech-to-text API: offline, on your clock, and failing on demand."""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .control.client import Document
    from .domain.settings import Settings
    from .errors import ControlError, MockError, PlanError
    from .testing.connect import connect
    from .testing.interception.intercept import intercept
    from .testing.mock import Mock
    from .testing.options import MockOptions
    from .testing.server import MockServer

__all__ = [
    "ControlError",
    "Document",
    "Mock",
    "MockError",
    "MockOptions",
    "MockServer",
    "PlanError",
    "Settings",
    "connect",
    "intercept",
]

_HOMES: Final = {
    "ControlError": ".errors",
    "Document": ".control.client",
    "Mock": ".testing.mock",
    "MockError": ".errors",
    "MockOptions": ".testing.options",
    "MockServer": ".testing.server",
    "PlanError": ".errors",
    "Settings": ".domain.settings",
    "connect": ".testing.connect",
    "intercept": ".testing.interception.intercept",
}


if not TYPE_CHECKING:  # type checkers would take any misspelt name for one that is there

    def __getattr__(name: str) -> Any:
        """Import a public name when it is first used (PEP 562).

        A test run that only loads the pytest plugin, or a program that only wants `Settings`, then pays for
        nothing else.

        Raises:
            AttributeError: there is no such name.
        """
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        # Kept as a global, so that Python does not come here for this name again.
        value = globals()[name] = getattr(import_module(_HOMES[name], __name__), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
