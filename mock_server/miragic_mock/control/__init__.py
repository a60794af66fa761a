"""The control API: look into a mock, steer it, wait for it."""

from ..guard import Guard
from .api import PREFIX, Control
from .waiting import Waiting

__all__ = ["PREFIX", "Control", "Guard", "Waiting"]
