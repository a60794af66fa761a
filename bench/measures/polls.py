"""Target 1: polls of a job's status per second."""

from __future__ import annotations

from typing import Final

from ..contenders import BARE, OURS, PLAIN, READY_PATH, by_granian, ours, peers
from ..field import Bench, figures, goals_of_peers, measured
from ..jobs import submitted
from ..rates import CONNECTIONS, Load
from ..results import Outcome
from ..servers import Running

_JOBS: Final = 1000


def measure(bench: Bench) -> Outcome:
    """Measure the polls per second of our mock and of the others."""
    documents = bench.documents
    others = peers(documents)
    granian = [by_granian(BARE, "bare:answer", documents), by_granian(PLAIN, "plain:app", documents)]

    def load(server: Running) -> Load:
        is_ours = server.name == OURS
        paths = submitted(server, documents, _JOBS) if is_ours else [documents.job] * _JOBS
        return Load("GET", bench.file(f"polls-{server.port}", "\n".join(paths).encode()))

    field = measured(
        bench, [(ours(), READY_PATH), *((server, documents.job) for server in (*granian, *others))], load
    )
    return Outcome(
        1,
        "Status polls",
        f"{_JOBS} jobs of a key, half pending and half done, polled in turn over {CONNECTIONS} connections.",
        figures(field),
        goals_of_peers(field, "polls", others, of_bare=0.5, of_best=3.5),
        field.absent,
    )
