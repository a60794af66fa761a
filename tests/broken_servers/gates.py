"""What the suite must reach: the numbers that the tests hold and `make mutants` prints."""

from __future__ import annotations

LEAST_MUTANTS = 120
LEAST_VARIANTS = 20
SEEDS = range(10)
"""Each conforming variant is checked with each of these, and never called wrong."""
MOST_JOBS = 5
"""A run of the live profile makes no more."""
MEDIAN_S = 3.0
"""Half of the runs on the mock take less, waiting included."""
