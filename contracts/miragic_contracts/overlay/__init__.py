"""OpenAPI Overlays (version 1.0.0): what was met turned into changes of the contract, and those changes
applied.
"""

from .applying import OverlayError, apply_overlay, load_spec_with, read_overlay
from .recording import as_overlay

__all__ = ["OverlayError", "apply_overlay", "as_overlay", "load_spec_with", "read_overlay"]
