"""Traces as HAR 1.2 files, the format in which browsers, proxies and test tools keep what was said.

What HAR has no word for stands under `_miragic`, as its rules allow; a file without it is read by what its
requests look like.
"""

from miragic_contracts.har.errors import HarError
from miragic_contracts.har.reading import read_har
from miragic_contracts.har.writing import as_har

__all__ = ["HarError", "as_har", "read_har"]
