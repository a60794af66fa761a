"""What the suite must reach: the numbers that the tests hold and `make mutants` prints."""

from __future__ import annotations

LEAST_MUTANTS = 120
LEAST_VARIANTS = 20
SEEDS = range(10)
"""Each conforming variant is checked with each of these, and never called wrong."""
MOST_JOBS = 5
"""A run of the live profile makes no more."""
MEDIAN_REQUESTS = 80
"""Half of the runs of the mock's profile send no more (73 when this was written)."""
MEDIAN_CALLS = 640_000
"""Half of those runs call no more functions, the server's work included (578,000 when this was written).

More than half of the calls look for keys, in every spelling, in what is traced and reported.
"""
MEDIAN_WAIT_S = 1.0
"""Half of those runs spend less virtual time on waiting for jobs (0.36 s when this was written)."""
MEDIAN_S = 3.0
"""Half of the runs take less of the processor's time; only `make mutants` measures it, no test does."""
