"""A fake of the Miragic speech-to-text API: offline, on your clock, and failing on demand."""

from .connect import connect
from .control_calls import Document
from .errors import ControlError, MockError, PlanError
from .intercept import intercept
from .mock import Mock
from .mock_options import MockOptions
from .mock_server import MockServer
from .settings import Settings

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
