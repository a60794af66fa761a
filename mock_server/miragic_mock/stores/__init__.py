"""Where the mock keeps its state: one protocol, three stores, and what opens a store by its URL."""

from .opening import open_store
from .protocol import DEFAULT_BOUNDS, Bounds, Evicted, Store, Totals

__all__ = ["DEFAULT_BOUNDS", "Bounds", "Evicted", "Store", "Totals", "open_store"]
