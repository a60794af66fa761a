"""OpenAPI Overlays (version 1.0.0): recording what a server was seen to do, and changing a contract by it."""

from .applying import OverlayError, apply_overlay, load_spec_with, read_overlay
from .recording import as_overlay

__all__ = ["OverlayError", "apply_overlay", "as_overlay", "load_spec_with", "read_overlay"]
