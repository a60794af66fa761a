"""What the client promises, and for each promise what its source looks like without it.

A row is a feature that users of such clients ask for, or one of nineteen mishaps that other clients shipped.
Each of its removals is one small change of the source, with the tests that must then fail, every one of them.
`python -m bench.client_removals` makes each change in a copy of the package and runs those tests.
"""

from __future__ import annotations

from . import (
    clients,
    command_line,
    deadlines,
    errors,
    mishaps,
    models,
    pauses,
    paying,
    secrets,
    uploads,
    waiting,
)
from .removal import Removal, Rows

FEATURES: Rows = {
    **clients.ROWS,
    **models.ROWS,
    **errors.ROWS,
    **paying.ROWS,
    **pauses.ROWS,
    **deadlines.ROWS,
    **waiting.ROWS,
    **uploads.ROWS,
    **secrets.ROWS,
    **command_line.ROWS,
}
MISHAPS: Rows = mishaps.ROWS
ROWS: Rows = {**FEATURES, **MISHAPS}

__all__ = ["FEATURES", "MISHAPS", "ROWS", "Removal"]
