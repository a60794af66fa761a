"""All mutants."""

from __future__ import annotations

from tests.broken_servers.mutant import Mutant
from tests.broken_servers.mutants_access import REQUESTED
from tests.broken_servers.mutants_documents import DOCUMENTS
from tests.broken_servers.mutants_jobs import JOBS
from tests.broken_servers.mutants_wire import WIRE

MUTANTS: tuple[Mutant, ...] = (*WIRE, *DOCUMENTS, *JOBS, *REQUESTED)
